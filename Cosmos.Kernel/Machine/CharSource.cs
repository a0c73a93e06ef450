namespace Multicosm.Machine;

/// <summary>Gives bytes one by one: a guest's UART reads from one.</summary>
public abstract class CharSource
{
    /// <summary>True if the next <see cref="TryRead"/> will succeed.</summary>
    public abstract bool CanRead { get; }

    /// <summary>Gives the next byte; false if there is none now.</summary>
    public abstract bool TryRead(out byte value);
}
