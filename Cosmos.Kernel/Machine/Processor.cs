namespace Multicosm.Machine;

/// <summary>The physical CPU that this code runs on.</summary>
public abstract class Processor
{
    /// <summary>Sleeps until an interrupt or until <paramref name="deadlineTicks"/>, whichever is first. Call with nothing to do.</summary>
    public abstract void Idle(ulong deadlineTicks);

    /// <summary>True if <see cref="Poll"/> would find something to do that no interrupt reports: cheap, and allowed while a domain's code runs.</summary>
    public abstract bool HasWork { get; }

    /// <summary>True if <see cref="HasWork"/> must be asked every 500 us while a domain runs: no interrupt tells of that work.</summary>
    public abstract bool WantsLooks { get; }

    /// <summary>Takes host interrupts that wait, that of the serial line among them: called between pieces of work.</summary>
    public abstract void Poll();
}
