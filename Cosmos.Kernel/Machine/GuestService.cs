namespace Multicosm.Machine;

/// <summary>A device of the hypervisor that a paravirtual guest reaches through an event channel: in <see cref="VcpuExit.Address"/> of <see cref="VcpuExitKind.Notify"/>.</summary>
public enum GuestService : byte
{
    /// <summary>The guest's console ring.</summary>
    Console,

    /// <summary>The guest's ring to the store.</summary>
    Store,
}
