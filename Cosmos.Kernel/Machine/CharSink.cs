namespace Multicosm.Machine;

/// <summary>Takes bytes one by one and may be full: a guest's UART writes to one.</summary>
public abstract class CharSink
{
    /// <summary>True if the next <see cref="TryWrite"/> will succeed.</summary>
    public abstract bool CanWrite { get; }

    /// <summary>Takes a byte; false if there is no room now: nothing was taken, try later.</summary>
    public abstract bool TryWrite(byte value);
}
