namespace Multicosm.Paravirt.Events;

/// <summary>What a vCPU does, as its guest counts it.</summary>
/// <source>Xen headers "vcpu.h"</source>
internal enum RunstateKind
{
    /// <summary>It runs.</summary>
    Running = 0,

    /// <summary>It could run, but others do: stolen time.</summary>
    Runnable = 1,

    /// <summary>It waits for an event.</summary>
    Blocked = 2,

    /// <summary>It is not up, or its domain is paused.</summary>
    Offline = 3,
}
