namespace Multicosm.Domains;

/// <summary>Where a domain is in its life. The legal steps are in <see cref="DomainLifecycle"/>.</summary>
public enum DomainState : byte
{
    /// <summary>The slot is empty.</summary>
    Free,

    /// <summary>Memory is allocated, scrubbed and loaded, or waits until a damped restart is due.</summary>
    Building,

    /// <summary>Its vCPU runs, or waits for the CPU.</summary>
    Running,

    /// <summary>Its vCPU waits for an interrupt.</summary>
    Blocked,

    /// <summary>The operator stopped it.</summary>
    Paused,

    /// <summary>The guest switched itself off or asked for a reset, and its memory is still there.</summary>
    ShutDown,

    /// <summary>It ended without being asked to, and its memory is still there.</summary>
    Crashed,

    /// <summary>Its memory is being given back.</summary>
    Dying,

    /// <summary>It owns nothing any more; its name, its reason and its console's text are kept.</summary>
    Ended,
}
