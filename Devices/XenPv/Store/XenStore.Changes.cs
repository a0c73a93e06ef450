using System;

namespace Multicosm.Devices.XenPv.Store;

/// <content>Changes: of the tree that all see, and then watchers are told at once, or of a transaction's copy.</content>
public sealed partial class XenStore
{
    /// <summary>Sets a value; what is missing of the path is created.</summary>
    internal StoreError Write(ushort domain, StoreTransaction? transaction, ReadOnlySpan<byte> path, ReadOnlySpan<byte> value)
    {
        StoreError error = value.Length > MaximumValue ? StoreError.NoSpace : OpenToChange(domain, transaction, path, false);
        if (error is not (StoreError.None or StoreError.NoEntry))
        {
            return error;
        }

        _ = OpenAgain(domain, transaction, path, out StorePlace place); // found above
        error = place.Missing.IsEmpty ? place.Area.SetValue(place.Root, place.Node, value)
            : place.Area.Create(place.Root, place.Node, place.Missing, value, domain);
        return Tell(error, transaction, path, false);
    }

    /// <summary>Creates a node that holds nothing; nothing if it is there.</summary>
    internal StoreError MakeDirectory(ushort domain, StoreTransaction? transaction, ReadOnlySpan<byte> path)
    {
        StoreError error = Open(domain, transaction, path, StorePermissions.Write, out _);
        return error == StoreError.NoEntry ? Write(domain, transaction, path, []) : error;
    }

    /// <summary>Removes a node and all under it; nothing if it alone is missing. The top of a part cannot be removed.</summary>
    internal StoreError Remove(ushort domain, StoreTransaction? transaction, ReadOnlySpan<byte> path)
    {
        StoreError error = Open(domain, transaction, path, StorePermissions.Write, out StorePlace place);
        if (error == StoreError.NoEntry)
        {
            return place.Missing[1..].Contains((byte)'/') ? error : StoreError.None;
        }

        if (error == StoreError.None && place.Path.IsEmpty)
        {
            return StoreError.Invalid;
        }

        error = error == StoreError.None ? OpenToChange(domain, transaction, path, true) : error;
        if (error != StoreError.None)
        {
            return error;
        }

        _ = OpenAgain(domain, transaction, path, out place);
        place.Area.Remove(place.Root, place.Node);
        return Tell(StoreError.None, transaction, path, true);
    }

    /// <summary>Sets who may use a node, for its owner, who stays the owner unless the manager says otherwise.</summary>
    internal StoreError SetPermissions(ushort domain, StoreTransaction? transaction, ReadOnlySpan<byte> path, ReadOnlySpan<byte> list)
    {
        StoreError error = Open(domain, transaction, path, StorePermissions.Owner, out _);
        if (error == StoreError.None && domain != 0 && StorePermissions.Domain(list) != domain)
        {
            return StoreError.NotPermitted;
        }

        error = error == StoreError.None ? OpenToChange(domain, transaction, path, false) : error;
        if (error != StoreError.None)
        {
            return error;
        }

        _ = OpenAgain(domain, transaction, path, out StorePlace place);
        return Tell(place.Area.SetPermissions(place.Root, place.Node, list), transaction, path, false);
    }

    /// <summary>Ends a transaction with its changes: <see cref="StoreError.Again"/> if others came between.</summary>
    internal StoreError Commit(StoreTransaction transaction)
    {
        if (!transaction.TryCommit())
        {
            return StoreError.Again;
        }

        Span<byte> path = stackalloc byte[StorePath.BufferBytes];
        for (int i = 0; i < transaction.ChangeCount; i++)
        {
            int length = transaction.Change(i, path, out bool isRemoval);
            Fire(path[..length], isRemoval);
        }

        return StoreError.None;
    }

    // Checks the right to write, and makes a transaction ready: it has a copy of the area, and has noted the change.
    private StoreError OpenToChange(ushort domain, StoreTransaction? transaction, ReadOnlySpan<byte> path, bool isRemoval)
    {
        StoreError error = Open(domain, transaction, path, StorePermissions.Write, out StorePlace place);
        if (transaction is null || error is not (StoreError.None or StoreError.NoEntry))
        {
            return error;
        }

        return transaction.TryGetCopy(place.Area, out _) && transaction.TryNote(path, isRemoval) ? error : StoreError.NoSpace;
    }

    // In a transaction the node is now another: that of the copy.
    private StoreError OpenAgain(ushort domain, StoreTransaction? transaction, ReadOnlySpan<byte> path, out StorePlace place) =>
        Open(domain, transaction, path, 0, out place);

    private StoreError Tell(StoreError error, StoreTransaction? transaction, ReadOnlySpan<byte> path, bool isRemoval)
    {
        if (error == StoreError.None && transaction is null)
        {
            Fire(path, isRemoval);
        }

        return error;
    }
}
