using System;

namespace Multicosm.Devices.XenPv.Store;

/// <summary>
/// A part of the store with its own memory: what lies under /local/domain/N, or all the rest. So no domain can use up another's room.
/// Besides the tree that all see it holds the copies that transactions change. Each change is prepared apart and then linked in by one
/// assignment; whatever goes wrong before leaves the tree as it was.
/// </summary>
internal sealed partial class StoreArea
{
    private readonly StoreNode[] _nodes;
    private readonly int _quota;
    private ushort _free;
    private ulong _stamp;

    /// <summary>An area of <paramref name="nodes"/> nodes, half of them for the tree that all see, and <paramref name="blocks"/> blocks of 32 bytes: the arena must be open.</summary>
    public StoreArea(int nodes, int blocks)
    {
        _nodes = new StoreNode[nodes];
        _quota = (nodes - 1) / 2; // node 0 is none
        Strings = new BlobPool(blocks);
        Reset();
    }

    /// <summary>The area's strings.</summary>
    public BlobPool Strings { get; }

    /// <summary>The domain that it belongs to; 0 for the rest of the store.</summary>
    public ushort Domain { get; set; }

    /// <summary>The top of the tree that all see; 0 while the area is not in use.</summary>
    public ushort Root { get; private set; }

    /// <summary>Grows each time that the area is emptied: copies from before are gone.</summary>
    public uint Epoch { get; private set; }

    /// <summary>Grows with each change of the tree that all see.</summary>
    public ulong Generation { get; private set; }

    /// <summary>A copy of node <paramref name="index"/>.</summary>
    public StoreNode this[int index] => _nodes[index];

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        for (int i = 1; i < _nodes.Length; i++)
        {
            _nodes[i] = new StoreNode { NextSibling = (ushort)(i + 1 < _nodes.Length ? i + 1 : 0) };
        }

        _free = 1;
        Root = 0;
        Strings.Reset();
        Generation++;
        Epoch++;
    }

    /// <summary>Begins a tree of one node with <paramref name="permissions"/>.</summary>
    public void Begin(ReadOnlySpan<byte> permissions)
    {
        Reset();
        _ = Strings.TryAdd(permissions, out int list); // the pool is empty
        _ = TryCreate(0, [], list, out ushort root);
        _nodes[root].Count = 1;
        Root = root;
    }

    /// <summary>
    /// Looks for <paramref name="path"/> ("" or "/a/b") under <paramref name="root"/>. Gives the deepest node that is there and the part
    /// of the path that is not: empty if all is.
    /// </summary>
    public ushort Find(ushort root, ReadOnlySpan<byte> path, out ReadOnlySpan<byte> missing)
    {
        ushort node = root;
        missing = path;
        while (!missing.IsEmpty)
        {
            ushort child = Child(node, FirstName(missing, out ReadOnlySpan<byte> after));
            if (child == 0)
            {
                return node;
            }

            node = child;
            missing = after;
        }

        return node;
    }

    /// <summary>Sets what <paramref name="node"/> holds; <see cref="StoreError.NoSpace"/>.</summary>
    public StoreError SetValue(ushort root, ushort node, ReadOnlySpan<byte> value)
    {
        if (!Strings.TryAdd(value, out int blob))
        {
            return StoreError.NoSpace;
        }

        Strings.Release(_nodes[node].Value);
        _nodes[node].Value = blob;
        Changed(root, node);
        return StoreError.None;
    }

    /// <summary>Sets who may use <paramref name="node"/>; <see cref="StoreError.NoSpace"/>.</summary>
    public StoreError SetPermissions(ushort root, ushort node, ReadOnlySpan<byte> list)
    {
        if (!Strings.TryAdd(list, out int blob))
        {
            return StoreError.NoSpace;
        }

        Strings.Release(_nodes[node].Permissions);
        _nodes[node].Permissions = blob;
        Changed(root, node);
        return StoreError.None;
    }

    /// <summary>
    /// Creates the nodes of <paramref name="missing"/> under <paramref name="parent"/>, the last one with <paramref name="value"/>. They
    /// have their parent's permissions, but belong to <paramref name="creator"/> unless that is domain 0. <see cref="StoreError.NoSpace"/>.
    /// </summary>
    public StoreError Create(ushort root, ushort parent, ReadOnlySpan<byte> missing, ReadOnlySpan<byte> value, ushort creator)
    {
        if (!TryInherit(parent, creator, out int list))
        {
            return StoreError.NoSpace;
        }

        bool isDone = TryCreateChain(missing, value, list, out ushort first, out int count);
        Strings.Release(list);
        if (!isDone || _nodes[root].Count + count > _quota)
        {
            _ = FreeTree(first);
            return StoreError.NoSpace;
        }

        _nodes[first].Parent = parent;
        _nodes[root].Count += (ushort)count;
        Append(parent, first);
        Changed(root, parent);
        return StoreError.None;
    }

    /// <summary>Removes <paramref name="node"/>, which is not the top, and all under it.</summary>
    public void Remove(ushort root, ushort node)
    {
        ushort parent = _nodes[node].Parent;
        ref ushort link = ref _nodes[parent].FirstChild;
        while (link != node)
        {
            link = ref _nodes[link].NextSibling;
        }

        link = _nodes[node].NextSibling;
        _nodes[root].Count -= (ushort)FreeTree(node);
        Changed(root, parent);
    }

    /// <summary>Makes a copy of the tree that all see, for a transaction: its top, or 0 if there is no room.</summary>
    public ushort Copy() => CopyTree(Root);

    /// <summary>Gives back a copy that is not wanted.</summary>
    public void Discard(ushort root) => _ = FreeTree(root);

    /// <summary>Makes a copy the tree that all see.</summary>
    public void Publish(ushort root)
    {
        ushort old = Root;
        Root = root;
        Generation++;
        _ = FreeTree(old);
    }

    // The first name of a path that begins with '/'.
    private static ReadOnlySpan<byte> FirstName(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> after)
    {
        int end = path[1..].IndexOf((byte)'/');
        after = end < 0 ? [] : path[(end + 1)..];
        return end < 0 ? path[1..] : path[1..(end + 1)];
    }

    private ushort Child(ushort parent, ReadOnlySpan<byte> name)
    {
        ushort child = _nodes[parent].FirstChild;
        while (child != 0 && !Strings.IsEqual(_nodes[child].Name, name))
        {
            child = _nodes[child].NextSibling;
        }

        return child;
    }

    private void Changed(ushort root, ushort node)
    {
        _nodes[node].Stamp = ++_stamp;
        if (root == Root)
        {
            Generation++;
        }
    }
}
