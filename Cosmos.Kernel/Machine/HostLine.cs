using System;

namespace Multicosm.Machine;

/// <summary>The PC's serial line as its operator's side sees it: bytes in, bytes out, both buffered by the driver.</summary>
public abstract class HostLine
{
    /// <summary>Takes the next byte that was received; false if there is none.</summary>
    public abstract bool TryRead(out byte value);

    /// <summary>True if <see cref="TryRead"/> would give a byte.</summary>
    public abstract bool HasInput { get; }

    /// <summary>How many bytes <see cref="Write"/> takes now without waiting.</summary>
    public abstract int OutputRoom { get; }

    /// <summary>How many bytes wait to leave: what is written next comes behind them.</summary>
    public abstract int OutputQueued { get; }

    /// <summary>Queues all of <paramref name="bytes"/> for output as they are; waits for the line, and drains its receiver, while there is no room.</summary>
    public abstract void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Waits until everything queued has left: before the PC is switched off or reset.</summary>
    public abstract void Flush();
}
