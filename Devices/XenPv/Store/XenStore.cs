using System;
using System.Buffers.Text;

namespace Multicosm.Devices.XenPv.Store;

/// <summary>
/// The store that all PV domains share: a tree of small texts by which guests, devices and the manager find each other. Each domain's part
/// lies in memory of its own (<see cref="StoreArea"/>). Requests name whoever makes them by the domain's number; 0, the manager, may do all.
/// </summary>
/// <source>Xen headers "io/xs_wire.h"</source>
public sealed partial class XenStore
{
    /// <summary>Bytes of the longest value.</summary>
    public const int MaximumValue = 2048;

    /// <summary>Domains at a time.</summary>
    public const int MaximumDomains = 256;

    private const int CommonNodes = 2048;
    private const int CommonBlocks = 8192;

    private readonly StoreArea _common = new(CommonNodes, CommonBlocks);
    private readonly XenStoreConnection?[] _connections = new XenStoreConnection?[MaximumDomains];

    /// <summary>An empty store: the arena must be open.</summary>
    public XenStore()
    {
        Span<byte> permissions = stackalloc byte[StorePermissions.EntryBytes];
        StorePermissions.Put(permissions, 0, StorePermissions.Read);
        _common.Begin(permissions);
        _ = Write("/local/domain"u8, []); // a new store has room
    }

    /// <summary>Sets what <paramref name="path"/> holds, for the manager; what is missing of it is created. <see cref="StoreError.Invalid"/>, <see cref="StoreError.NoSpace"/>.</summary>
    public StoreError Write(ReadOnlySpan<byte> path, ReadOnlySpan<byte> value)
    {
        Span<byte> copy = stackalloc byte[StorePath.BufferBytes];
        return StorePath.TryMakeAbsolute(path, 0, false, copy, out int length) ? Write(0, null, copy[..length], value) : StoreError.Invalid;
    }

    /// <summary>Reads what <paramref name="path"/> holds, for the manager: its length, or -1 if it is not there or longer than <paramref name="value"/>.</summary>
    public int Read(ReadOnlySpan<byte> path, Span<byte> value)
    {
        StoreError error = Open(0, null, path, 0, out StorePlace place);
        int blob = place.Area[place.Node].Value;
        return error == StoreError.None && place.Area.Strings.Length(blob) <= value.Length ? place.Area.Strings.CopyTo(blob, value) : -1;
    }

    /// <summary>Removes <paramref name="path"/> and all under it, for the manager: <see cref="StoreError.NoEntry"/>, <see cref="StoreError.Invalid"/>.</summary>
    public StoreError Remove(ReadOnlySpan<byte> path) => Remove(0, null, path);

    /// <summary>
    /// Gives <paramref name="path"/>, for the manager, to <paramref name="owner"/>; <paramref name="reader"/> may read it, others nothing.
    /// <see cref="StoreError.NoEntry"/>, <see cref="StoreError.NoSpace"/>.
    /// </summary>
    public StoreError Grant(ReadOnlySpan<byte> path, ushort owner, ushort reader)
    {
        Span<byte> list = stackalloc byte[2 * StorePermissions.EntryBytes];
        StorePermissions.Put(list, owner, 0);
        StorePermissions.Put(list[StorePermissions.EntryBytes..], reader, StorePermissions.Read);
        return SetPermissions(0, null, path, list);
    }

    /// <summary>The connection of <paramref name="domain"/>; null if it has none.</summary>
    internal XenStoreConnection? Connection(ushort domain)
    {
        foreach (XenStoreConnection? connection in _connections)
        {
            if (connection is not null && connection.Domain == domain)
            {
                return connection;
            }
        }

        return null;
    }

    /// <summary>Makes a domain's part: its own to read, the manager's to change.</summary>
    internal void Introduce(int slot, XenStoreConnection connection)
    {
        Span<byte> list = stackalloc byte[2 * StorePermissions.EntryBytes];
        StorePermissions.Put(list, 0, 0);
        StorePermissions.Put(list[StorePermissions.EntryBytes..], connection.Domain, StorePermissions.Read);
        connection.Area.Begin(list);
        _connections[slot] = connection;
        Fire("@introduceDomain"u8, false);
    }

    /// <summary>Removes a domain's part.</summary>
    internal void Release(int slot, XenStoreConnection connection)
    {
        if (_connections[slot] == connection)
        {
            _connections[slot] = null;
            connection.Area.Reset();
            Fire("@releaseDomain"u8, false);
        }
    }

    /// <summary>Tells all who watch <paramref name="path"/>, or something above it, or if it <paramref name="isRemoval"/> something under it.</summary>
    internal void Fire(ReadOnlySpan<byte> path, bool isRemoval)
    {
        foreach (XenStoreConnection? connection in _connections)
        {
            connection?.OnChanged(path, isRemoval);
        }
    }

    /// <summary>True if <paramref name="domain"/> may see that <paramref name="path"/> has changed: it may read it, or what is left of it.</summary>
    internal bool CanSee(ushort domain, ReadOnlySpan<byte> path) =>
        path[0] != (byte)'@' && Open(domain, null, path, StorePermissions.Read, out _) is StoreError.None or StoreError.NoEntry;

    /// <summary>
    /// Looks for <paramref name="path"/>, for <paramref name="domain"/>, which must have <paramref name="rights"/> on it or, if it is not
    /// there, on the deepest node of it that is: <see cref="StoreError.NoEntry"/>, <see cref="StoreError.Access"/>, <see cref="StoreError.NoSpace"/>.
    /// </summary>
    internal StoreError Open(ushort domain, StoreTransaction? transaction, ReadOnlySpan<byte> path, byte rights, out StorePlace place)
    {
        place = default;
        place.Area = Locate(path, out place.Path);
        place.Root = place.Area.Root;
        if (transaction is not null && !transaction.TryGetRoot(place.Area, out place.Root))
        {
            return StoreError.NoSpace;
        }

        place.Node = place.Area.Find(place.Root, place.Path, out place.Missing);
        Span<byte> list = stackalloc byte[StorePermissions.MaximumBytes];
        int length = place.Area.Strings.CopyTo(place.Area[place.Node].Permissions, list);
        if ((StorePermissions.RightsOf(domain, list[..length]) & rights) != rights)
        {
            return StoreError.Access;
        }

        return place.Missing.IsEmpty ? StoreError.None : StoreError.NoEntry;
    }

    /// <summary>Numbers of the domains that have a part, as "3\05\0" after <paramref name="length"/> bytes of <paramref name="list"/>.</summary>
    internal void ListDomains(Span<byte> list, ref int length)
    {
        foreach (XenStoreConnection? connection in _connections)
        {
            if (connection is not null && length + 6 <= list.Length)
            {
                _ = Utf8Formatter.TryFormat(connection.Domain, list[length..], out int digits); // 5 digits at most
                length += digits;
                list[length++] = 0;
            }
        }
    }

    private StoreArea Locate(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> rest)
    {
        if (StorePath.TrySplit(path, out ushort domain, out rest))
        {
            XenStoreConnection? connection = Connection(domain);
            if (connection is not null)
            {
                return connection.Area;
            }
        }

        rest = path.Length == 1 ? [] : path; // "/" is the top itself
        return _common;
    }
}
