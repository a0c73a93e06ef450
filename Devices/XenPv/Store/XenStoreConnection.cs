using System;
using System.Buffers.Binary;
using Multicosm.Machine;

namespace Multicosm.Devices.XenPv.Store;

/// <summary>
/// A guest's line to the store: the ring in its memory, one request and one message at a time, and its part of the tree. The next request
/// is taken when the answer to the last one is in the ring. A guest whose indices or lengths no ring can have is cut off until it starts anew.
/// </summary>
/// <source>Xen headers "io/xs_wire.h"</source>
public sealed partial class XenStoreConnection
{
    private const int AreaNodes = 1024;
    private const int AreaBlocks = 3072;
    private const int MaximumTransactions = 10;
    private const uint RingSize = 1024;
    private const uint RequestRing = 0;
    private const uint ReplyRing = 1024;
    private const uint RequestConsumer = 2048;
    private const uint RequestProducer = 2052;
    private const uint ReplyConsumer = 2056;
    private const uint ReplyProducer = 2060;
    private const uint Features = 2064;
    private const uint ErrorPlace = 2072;
    private const uint ErrorFeature = 2;
    private const uint IndexError = 2;
    private const uint ProtocolError = 3;

    private readonly XenStore _store;
    private readonly int _slot;
    private readonly RingMemory _ring;
    private readonly Doorbell _doorbell;
    private readonly byte[] _request = new byte[StoreReply.HeaderBytes + StoreReply.MaximumPayload];
    private readonly StoreReply _reply = new();
    private readonly StoreWatches _watches;
    private readonly StoreTransaction[] _transactions = new StoreTransaction[MaximumTransactions];
    private int _received;
    private uint _consumed;
    private uint _produced;
    private bool _isConnected;

    /// <summary>The connection of domain slot <paramref name="slot"/>: the arena must be open.</summary>
    public XenStoreConnection(XenStore store, int slot, GuestMemory memory, Doorbell doorbell)
    {
        _store = store;
        _slot = slot;
        _ring = new RingMemory(memory);
        _doorbell = doorbell;
        Area = new StoreArea(AreaNodes, AreaBlocks);
        _watches = new StoreWatches(Area.Strings);
        for (int i = 0; i < MaximumTransactions; i++)
        {
            _transactions[i] = new StoreTransaction(Area.Strings);
        }
    }

    /// <summary>Number of the domain in the slot.</summary>
    public ushort Domain { get; private set; }

    /// <summary>True once the guest has written indices or lengths that no ring can have.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The domain's part of the tree.</summary>
    internal StoreArea Area { get; }

    /// <summary>Makes the part of new domain <paramref name="domain"/>, not 0.</summary>
    public void Open(ushort domain)
    {
        Close();
        Domain = domain;
        Area.Domain = domain;
        _store.Introduce(_slot, this);
    }

    /// <summary>The new guest's ring lies in <paramref name="page"/>, which is zero.</summary>
    public void Connect(GuestPhysicalAddress page)
    {
        _ring.MoveTo(page);
        _ring.Write(Features, ErrorFeature);
        _isConnected = true;
    }

    /// <summary>Forgets the domain, its part of the tree, its watches and transactions.</summary>
    public void Close()
    {
        ResetWatches();
        _reply.Clear();
        _received = 0;
        _consumed = _produced = 0;
        _isConnected = false;
        IsBroken = false;
        _store.Release(_slot, this);
    }

    /// <summary>Answers what the guest has asked, as far as its ring has room for the answers.</summary>
    public void Service()
    {
        bool moved = false;
        while (_isConnected && !IsBroken && (Send() || Answer() || Receive()))
        {
            moved = true;
        }

        if (moved)
        {
            _doorbell.Ring();
        }
    }

    /// <summary>Something has changed: tells the guest if it watches it and may see it.</summary>
    internal void OnChanged(ReadOnlySpan<byte> path, bool isRemoval)
    {
        if (_watches.Count == 0 || !_watches.IsWatched(path, isRemoval) || !_store.CanSee(Domain, path))
        {
            return;
        }

        _watches.Queue(path, isRemoval);
        bool moved = false;
        while (_isConnected && !IsBroken && !IsRequestWhole && (Send() || Tell()))
        {
            moved = true;
        }

        if (moved)
        {
            _doorbell.Ring();
        }
    }

    /// <summary>True if the guest watches <paramref name="path"/>.</summary>
    internal bool Watches(ReadOnlySpan<byte> path) => _watches.IsWatched(path, false);

    private int PayloadLength => BinaryPrimitives.ReadInt32LittleEndian(_request.AsSpan(12));

    private bool IsRequestWhole => _received >= StoreReply.HeaderBytes && _received == StoreReply.HeaderBytes + PayloadLength;

    // Puts what waits into the ring; true if something went.
    private bool Send()
    {
        ReadOnlySpan<byte> unsent = _reply.Unsent;
        if (unsent.IsEmpty)
        {
            return false;
        }

        uint unread = _produced - _ring.Read(ReplyConsumer);
        if (unread > RingSize)
        {
            Break(IndexError);
            return false;
        }

        int count = Math.Min(unsent.Length, (int)(RingSize - unread));
        _ring.CopyOut(ReplyRing, RingSize, _produced, unsent[..count]);
        _produced += (uint)count;
        _ring.Write(ReplyProducer, _produced); // after the bytes
        _reply.Advance(count);
        return count > 0;
    }

    // Makes the next message, if none waits: the answer to a whole request, or a tiding.
    private bool Answer()
    {
        if (!IsRequestWhole || _reply.IsWaiting)
        {
            return Tell();
        }

        Perform();
        _received = 0;
        return true;
    }

    private bool Tell()
    {
        Span<byte> own = stackalloc byte[32];
        if (_reply.IsWaiting || !_watches.TryTake(_reply, own[..StorePath.WriteOwn(Domain, own)]))
        {
            return false;
        }

        _reply.Finish(StoreRequest.WatchEvent, 0, 0);
        return true;
    }

    // Takes bytes of the next request, not more than it has; true if some came.
    private bool Receive()
    {
        if (IsRequestWhole)
        {
            return false;
        }

        uint waiting = _ring.Read(RequestProducer) - _consumed;
        int length = _received < StoreReply.HeaderBytes ? StoreReply.HeaderBytes : StoreReply.HeaderBytes + PayloadLength;
        if (waiting > RingSize)
        {
            Break(IndexError);
            return false;
        }

        int count = Math.Min((int)waiting, length - _received);
        _ring.CopyIn(RequestRing, RingSize, _consumed, _request.AsSpan(_received, count));
        _received += count;
        _consumed += (uint)count;
        _ring.Write(RequestConsumer, _consumed);
        if (_received >= StoreReply.HeaderBytes && PayloadLength is < 0 or > StoreReply.MaximumPayload)
        {
            Break(ProtocolError);
            return false;
        }

        return count > 0;
    }

    private void Break(uint error)
    {
        IsBroken = true;
        _ring.Write(ErrorPlace, error);
    }
}
