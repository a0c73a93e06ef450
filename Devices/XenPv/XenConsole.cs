using System;
using Multicosm.Machine;

namespace Multicosm.Devices.XenPv;

/// <summary>
/// The console ring of a PV guest. What it prints goes to the sink as far as that has room, what is typed into the ring as far as that
/// has room. <see cref="Service"/> does both: when the guest rings, when it yields (early guests print and wait without interrupts), and
/// when something happened at the console. Of the ring only the guest's own indices are read, and they may say anything: a guest that
/// writes nonsense there has no console until it starts anew.
/// </summary>
/// <source>Xen headers "io/console.h"</source>
public sealed class XenConsole
{
    private const uint InSize = 1024;
    private const uint OutSize = 2048;
    private const uint InRing = 0;
    private const uint OutRing = 1024;
    private const uint InConsumer = 3072;
    private const uint InProducer = 3076;
    private const uint OutConsumer = 3080;
    private const uint OutProducer = 3084;

    private static ReadOnlySpan<byte> Complaint =>
        "\r\nconsole ring broken: the guest's indices are further apart than the ring is long; it has no console until it restarts\r\n"u8;

    private readonly RingMemory _ring;
    private readonly Doorbell _doorbell;
    private readonly CharSink _sink;
    private readonly CharSource _source;
    private readonly byte[] _copy = new byte[OutSize];
    private bool _isConnected;
    private int _complained;
    private uint _outConsumed;
    private uint _inProduced;

    /// <summary>A slot's console: the arena must be open.</summary>
    public XenConsole(GuestMemory memory, Doorbell doorbell, CharSink sink, CharSource source)
    {
        _ring = new RingMemory(memory);
        _doorbell = doorbell;
        _sink = sink;
        _source = source;
    }

    /// <summary>True once the guest has written indices that no ring can have.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The new guest's ring lies in <paramref name="page"/>, which is zero.</summary>
    public void Connect(GuestPhysicalAddress page)
    {
        Reset();
        _ring.MoveTo(page);
        _isConnected = true;
    }

    /// <summary>Forgets the guest.</summary>
    public void Reset()
    {
        _isConnected = false;
        IsBroken = false;
        _outConsumed = 0;
        _inProduced = 0;
        _complained = 0;
    }

    /// <summary>Moves what can be moved now.</summary>
    public void Service()
    {
        if (IsBroken)
        {
            Complain();
        }

        if (!_isConnected || IsBroken)
        {
            return;
        }

        bool moved = Print();
        moved |= !IsBroken && Type();
        if (moved)
        {
            _doorbell.Ring();
        }
    }

    private bool Print()
    {
        uint waiting = _ring.Read(OutProducer) - _outConsumed;
        if (waiting > OutSize)
        {
            Break();
            return false;
        }

        if (waiting == 0 || !_sink.CanWrite)
        {
            return false;
        }

        Span<byte> bytes = _copy.AsSpan(0, (int)waiting);
        _ring.CopyIn(OutRing, OutSize, _outConsumed, bytes);
        uint taken = 0;
        while (taken < waiting && _sink.TryWrite(bytes[(int)taken]))
        {
            taken++;
        }

        _outConsumed += taken;
        _ring.Write(OutConsumer, _outConsumed);
        return true;
    }

    private bool Type()
    {
        uint unread = _inProduced - _ring.Read(InConsumer);
        if (unread > InSize)
        {
            Break();
            return false;
        }

        int count = 0;
        int room = (int)(InSize - unread);
        while (count < room && _source.TryRead(out byte value))
        {
            _copy[count++] = value;
        }

        if (count == 0)
        {
            return false;
        }

        _ring.CopyOut(InRing, InSize, _inProduced, _copy.AsSpan(0, count));
        _inProduced += (uint)count;
        _ring.Write(InProducer, _inProduced); // after the bytes
        return true;
    }

    private void Break()
    {
        IsBroken = true;
        Complain();
    }

    // Once, as the sink has room.
    private void Complain()
    {
        while (_complained < Complaint.Length && _sink.TryWrite(Complaint[_complained]))
        {
            _complained++;
        }
    }
}
