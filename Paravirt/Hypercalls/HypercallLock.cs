namespace Multicosm.Paravirt.Hypercalls;

/// <summary>Which lock a hypercall takes, once several CPUs run vCPUs. Pages come before events; of two domains the lower slot's come first.</summary>
internal enum HypercallLock : byte
{
    /// <summary>None: it touches the caller alone.</summary>
    None,

    /// <summary>The domain's page types and tables.</summary>
    Pages,

    /// <summary>The domain's event channels and timers.</summary>
    Events,

    /// <summary>Both.</summary>
    PagesAndEvents,

    /// <summary>Those of the calls that it makes, one after the other.</summary>
    Each,
}
