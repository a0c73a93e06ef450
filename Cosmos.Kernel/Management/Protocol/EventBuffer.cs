using System;
using Multicosm.Machine;

namespace Multicosm.Management.Protocol;

/// <summary>Events that wait for the line, a line of JSON each. One that does not fit is dropped as a whole, and counted.</summary>
public sealed class EventBuffer : TextOutput
{
    /// <summary>Bytes that may wait: several crash reports.</summary>
    public const int CapacityBytes = 32 * 1024;

    private readonly byte[] _bytes = new byte[CapacityBytes];
    private int _length;
    private int _kept;
    private bool _isFull;

    /// <summary>Makes an empty one.</summary>
    public EventBuffer() => Writer = new JsonWriter(this);

    /// <summary>Writes the event that was begun.</summary>
    public JsonWriter Writer { get; }

    /// <summary>Events that did not fit since the last <see cref="Clear"/> or <see cref="TakeDropped"/>.</summary>
    public ulong Dropped { get; private set; }

    /// <summary>True if nothing waits.</summary>
    public bool IsEmpty => _kept == 0;

    /// <summary>The first event that waits, with its newline; empty if there is none.</summary>
    public ReadOnlySpan<byte> First
    {
        get
        {
            ReadOnlySpan<byte> kept = new(_bytes, 0, _kept);
            return kept[..(kept.IndexOf((byte)'\n') + 1)];
        }
    }

    /// <summary>Forgets the first event.</summary>
    public void RemoveFirst()
    {
        int count = First.Length;
        _kept -= count;
        _length = _kept;
        new ReadOnlySpan<byte>(_bytes, count, _kept).CopyTo(_bytes);
    }

    /// <summary>Starts an event of this kind; members follow, then <see cref="End"/>.</summary>
    public JsonWriter Begin(ReadOnlySpan<byte> kind)
    {
        _length = _kept;
        _isFull = false;
        Writer.Begin();
        Writer.OpenObject();
        Writer.Member("event"u8, kind);
        return Writer;
    }

    /// <summary>Ends the event; it is kept if there was room for all of it.</summary>
    public void End()
    {
        Writer.CloseObject();
        Write("\n"u8);
        Dropped += _isFull ? 1u : 0;
        _kept = _isFull ? _kept : _length;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _kept = 0;
        _length = 0;
        Dropped = 0;
    }

    /// <summary>How many events were dropped since it was asked last.</summary>
    public ulong TakeDropped()
    {
        ulong dropped = Dropped;
        Dropped = 0;
        return dropped;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> text)
    {
        _isFull |= text.Length > _bytes.Length - _length;
        if (!_isFull)
        {
            text.CopyTo(new Span<byte>(_bytes)[_length..]);
            _length += text.Length;
        }
    }
}
