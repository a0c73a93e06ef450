namespace Multicosm.Domains;

/// <summary>The host's own work, done by the scheduler between two runs of a guest.</summary>
public abstract class HostWork
{
    /// <summary>True if <see cref="Poll"/> would do something: cheap, asked before each run.</summary>
    public abstract bool HasWork { get; }

    /// <summary>
    /// Does what is waiting, at most about 100 us of it. Called between runs of guests while <see cref="HasWork"/>: an interrupt of the host ends a run.
    /// True if there is more to do at once: the PC must not sleep.
    /// </summary>
    public abstract bool Poll();
}
