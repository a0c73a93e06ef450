namespace Multicosm.Paravirt.Events;

/// <summary>A row of a domain's table of event channel ports.</summary>
internal struct EventPort
{
    /// <summary>What it is used for.</summary>
    public PortState State;

    /// <summary>The vCPU that gets its events.</summary>
    public byte Vcpu;

    /// <summary>The virtual interrupt, or the service.</summary>
    public byte Source;

    /// <summary>Slot of the domain that it is connected to: interdomain ports.</summary>
    public byte RemoteSlot;

    /// <summary>The domain that may connect, or is connected.</summary>
    public ushort RemoteDomain;

    /// <summary>The other domain's port.</summary>
    public ushort RemotePort;
}
