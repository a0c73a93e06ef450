using System;

namespace Multicosm.Devices.XenPv.Store;

/// <content>The nodes themselves. Walks follow the links up again instead of calling themselves: a guest may nest nodes a thousand deep.</content>
internal sealed partial class StoreArea
{
    private bool TryCreate(ushort parent, ReadOnlySpan<byte> name, int permissions, out ushort node)
    {
        node = _free;
        if (node == 0 || !Strings.TryAdd(name, out int blob))
        {
            node = 0;
            return false;
        }

        _free = _nodes[node].NextSibling;
        _nodes[node] = new StoreNode { Parent = parent, Name = blob, Permissions = permissions, Stamp = ++_stamp };
        return true;
    }

    // What has been made before it failed hangs together under first.
    private bool TryCreateChain(ReadOnlySpan<byte> names, ReadOnlySpan<byte> value, int permissions, out ushort first, out int count)
    {
        first = 0;
        count = 0;
        ushort last = 0;
        while (!names.IsEmpty)
        {
            if (!TryCreate(last, FirstName(names, out names), permissions, out ushort node))
            {
                return false;
            }

            _ = Strings.Share(permissions);
            _nodes[last].FirstChild = last == 0 ? (ushort)0 : node;
            first = first == 0 ? node : first;
            last = node;
            count++;
        }

        return Strings.TryAdd(value, out _nodes[last].Value);
    }

    private bool TryInherit(ushort parent, ushort creator, out int list)
    {
        list = _nodes[parent].Permissions;
        if (creator == 0)
        {
            _ = Strings.Share(list);
            return true;
        }

        Span<byte> entries = stackalloc byte[StorePermissions.MaximumBytes];
        int length = Strings.CopyTo(list, entries);
        StorePermissions.Put(entries, creator, entries[2]);
        return Strings.TryAdd(entries[..length], out list);
    }

    private void Append(ushort parent, ushort child)
    {
        ref ushort link = ref _nodes[parent].FirstChild;
        while (link != 0)
        {
            link = ref _nodes[link].NextSibling;
        }

        link = child;
    }

    // Gives back top and all under it, which nothing links to any more; returns how many nodes. Nothing for 0.
    private int FreeTree(ushort top)
    {
        int count = 0;
        ushort node = top;
        while (node != 0)
        {
            while (_nodes[node].FirstChild != 0)
            {
                node = _nodes[node].FirstChild;
            }

            StoreNode leaf = _nodes[node];
            Strings.Release(leaf.Name);
            Strings.Release(leaf.Value);
            Strings.Release(leaf.Permissions);
            _nodes[node] = new StoreNode { NextSibling = _free };
            _free = node;
            count++;
            if (node == top)
            {
                break;
            }

            _nodes[leaf.Parent].FirstChild = leaf.NextSibling;
            node = leaf.Parent;
        }

        return count;
    }

    private ushort CopyTree(ushort root)
    {
        ushort top = CopyNode(root, 0);
        ushort source = root;
        ushort copy = top;
        while (copy != 0)
        {
            if (_nodes[source].FirstChild != 0)
            {
                source = _nodes[source].FirstChild;
                copy = _nodes[copy].FirstChild = CopyNode(source, copy);
                continue;
            }

            while (source != root && _nodes[source].NextSibling == 0)
            {
                source = _nodes[source].Parent;
                copy = _nodes[copy].Parent;
            }

            if (source == root)
            {
                return top;
            }

            source = _nodes[source].NextSibling;
            copy = _nodes[copy].NextSibling = CopyNode(source, _nodes[copy].Parent);
        }

        _ = FreeTree(top); // no room
        return 0;
    }

    private ushort CopyNode(ushort source, ushort parent)
    {
        ushort node = _free;
        if (node == 0)
        {
            return 0;
        }

        _free = _nodes[node].NextSibling;
        StoreNode copy = _nodes[source];
        copy.Parent = parent;
        copy.FirstChild = copy.NextSibling = 0;
        _ = Strings.Share(copy.Name);
        _ = Strings.Share(copy.Value);
        _ = Strings.Share(copy.Permissions);
        _nodes[node] = copy;
        return node;
    }
}
