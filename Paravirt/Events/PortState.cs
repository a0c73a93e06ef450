namespace Multicosm.Paravirt.Events;

/// <summary>What an event channel's port is used for. The numbers are those of EVTCHNOP_status, but for <see cref="Service"/>.</summary>
/// <source>Xen headers "event_channel.h"</source>
internal enum PortState : byte
{
    /// <summary>Not in use.</summary>
    Closed = 0,

    /// <summary>Waits for a domain to connect.</summary>
    Unbound = 1,

    /// <summary>Connected to a port of a domain.</summary>
    Interdomain = 2,

    /// <summary>Rings when a virtual interrupt of the hypervisor occurs.</summary>
    Virq = 4,

    /// <summary>Interrupts a vCPU of the same domain.</summary>
    Ipi = 5,

    /// <summary>Connected to a device of the hypervisor. The guest sees an interdomain port of domain 0.</summary>
    Service = 6,
}
