namespace Multicosm.Machine;

/// <summary>A wire from a device to interrupt controllers.</summary>
public abstract class InterruptLine
{
    /// <summary>Sets the wire; setting the level that it has already is no edge.</summary>
    public abstract void Set(bool asserted);
}
