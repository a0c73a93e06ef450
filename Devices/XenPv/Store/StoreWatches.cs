using System;

namespace Multicosm.Devices.XenPv.Store;

/// <summary>
/// What a guest watches, and of what it must still be told. Of two same tidings that wait one is enough; where there is no room for
/// another, the watch's own path stands for all that has changed under it.
/// </summary>
internal sealed class StoreWatches(BlobPool strings)
{
    /// <summary>Watches of a domain.</summary>
    public const int MaximumWatches = 128;

    /// <summary>Bytes of the longest token.</summary>
    public const int MaximumToken = 512;

    private const int MaximumEvents = 128;

    private readonly Watch[] _watches = new Watch[MaximumWatches];
    private readonly Tiding[] _queue = new Tiding[MaximumEvents];
    private int _first;
    private int _count;

    /// <summary>Watches there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a watch of absolute <paramref name="path"/>, and tells of it at once: <see cref="StoreError.Exists"/>, <see cref="StoreError.TooBig"/>, <see cref="StoreError.NoSpace"/>.</summary>
    public StoreError Add(ReadOnlySpan<byte> path, ReadOnlySpan<byte> token, bool isRelative)
    {
        if (Find(path, token) >= 0)
        {
            return StoreError.Exists;
        }

        int free = FindUnused();
        if (free < 0 || token.Length > MaximumToken)
        {
            return StoreError.TooBig;
        }

        if (!strings.TryAdd(path, out int pathBlob))
        {
            return StoreError.NoSpace;
        }

        if (!strings.TryAdd(token, out int tokenBlob))
        {
            strings.Release(pathBlob);
            return StoreError.NoSpace;
        }

        // The first tiding is what the guest waits for: it needs no room in the queue.
        _watches[free] = new Watch { IsUsed = true, IsRelative = isRelative, IsDue = true, Path = pathBlob, Token = tokenBlob };
        Count++;
        return StoreError.None;
    }

    /// <summary>Removes a watch, and what waits for it: <see cref="StoreError.NoEntry"/>.</summary>
    public StoreError Remove(ReadOnlySpan<byte> path, ReadOnlySpan<byte> token)
    {
        int index = Find(path, token);
        if (index < 0)
        {
            return StoreError.NoEntry;
        }

        Drop(index);
        return StoreError.None;
    }

    /// <summary>Removes all.</summary>
    public void Clear()
    {
        for (int i = 0; i < MaximumWatches; i++)
        {
            if (_watches[i].IsUsed)
            {
                Drop(i);
            }
        }
    }

    /// <summary>True if a watch is interested in a change of <paramref name="path"/>.</summary>
    public bool IsWatched(ReadOnlySpan<byte> path, bool isRemoval)
    {
        for (int i = 0; i < MaximumWatches; i++)
        {
            if (_watches[i].IsUsed && IsInterested(i, path, isRemoval, out _))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Queues tidings for all watches that are interested in a change of <paramref name="path"/>.</summary>
    public void Queue(ReadOnlySpan<byte> path, bool isRemoval)
    {
        for (int i = 0; i < MaximumWatches; i++)
        {
            if (_watches[i].IsUsed && IsInterested(i, path, isRemoval, out bool isBelow))
            {
                _watches[i].IsDue |= isBelow || !TryQueue(i, path);
            }
        }
    }

    /// <summary>Takes the next tiding: puts path and token, each ended by a zero, into the empty <paramref name="reply"/>; false if there is none.</summary>
    public bool TryTake(StoreReply reply, ReadOnlySpan<byte> ownPath)
    {
        int index = FindDue();
        int path = index < 0 ? 0 : strings.Share(_watches[index].Path);
        if (index >= 0)
        {
            _watches[index].IsDue = false;
        }
        else if (_count > 0)
        {
            index = _queue[_first].Watch;
            path = _queue[_first].Path;
            _first = (_first + 1) % MaximumEvents;
            _count--;
        }
        else
        {
            return false;
        }

        Write(reply, in _watches[index], path, ownPath.Length);
        strings.Release(path);
        return true;
    }

    // To a watch that was set by a relative path changes are told by relative paths.
    private void Write(StoreReply reply, in Watch watch, int path, int ownLength)
    {
        int length = strings.CopyTo(path, reply.Payload);
        int skipped = watch.IsRelative ? Math.Min(ownLength + 1, length) : 0;
        reply.Payload[skipped..length].CopyTo(reply.Payload);
        reply.PayloadLength = length - skipped;
        _ = reply.TryAdd("\0"u8); // a path and a token fit
        reply.PayloadLength += strings.CopyTo(watch.Token, reply.Payload[reply.PayloadLength..]);
        _ = reply.TryAdd("\0"u8);
    }

    // When something is removed, watches of what was below it are told by their own path.
    private bool IsInterested(int index, ReadOnlySpan<byte> path, bool isRemoval, out bool isBelow)
    {
        int own = _watches[index].Path;
        int length = strings.Length(own);
        isBelow = isRemoval && length > path.Length && strings.StartsWith(own, path) && strings.At(own, path.Length) == (byte)'/';
        bool isAbove = length <= path.Length && strings.IsEqual(own, path[..length])
            && (length == path.Length || (length == 1 && path[0] == (byte)'/') || path[length] == (byte)'/');
        return isBelow || isAbove;
    }

    private bool TryQueue(int watch, ReadOnlySpan<byte> path)
    {
        for (int i = 0; i < _count; i++)
        {
            ref Tiding tiding = ref _queue[(_first + i) % MaximumEvents];
            if (tiding.Watch == watch && strings.IsEqual(tiding.Path, path))
            {
                return true;
            }
        }

        if (_count == MaximumEvents || !strings.TryAdd(path, out int blob))
        {
            return false;
        }

        _queue[(_first + _count) % MaximumEvents] = new Tiding { Watch = watch, Path = blob };
        _count++;
        return true;
    }

    private int FindUnused()
    {
        int index = 0;
        while (index < MaximumWatches && _watches[index].IsUsed)
        {
            index++;
        }

        return index < MaximumWatches ? index : -1;
    }

    private int FindDue()
    {
        int index = 0;
        while (index < MaximumWatches && !_watches[index].IsDue)
        {
            index++;
        }

        return index < MaximumWatches ? index : -1;
    }

    private int Find(ReadOnlySpan<byte> path, ReadOnlySpan<byte> token)
    {
        for (int i = 0; i < MaximumWatches; i++)
        {
            if (_watches[i].IsUsed && strings.IsEqual(_watches[i].Path, path) && strings.IsEqual(_watches[i].Token, token))
            {
                return i;
            }
        }

        return -1;
    }

    private void Drop(int index)
    {
        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            Tiding tiding = _queue[(_first + i) % MaximumEvents];
            if (tiding.Watch == index)
            {
                strings.Release(tiding.Path);
            }
            else
            {
                _queue[(_first + kept++) % MaximumEvents] = tiding;
            }
        }

        _count = kept;
        strings.Release(_watches[index].Path);
        strings.Release(_watches[index].Token);
        _watches[index] = default;
        Count--;
    }

    private struct Watch
    {
        // Due: the guest must be told of the watch's own path.
        public bool IsUsed, IsRelative, IsDue;
        public int Path, Token;
    }

    private struct Tiding
    {
        public int Watch, Path;
    }
}
