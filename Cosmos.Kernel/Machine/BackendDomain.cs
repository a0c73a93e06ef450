namespace Multicosm.Machine;

/// <summary>A backend's part of a domain slot: allocated once per slot, reused.</summary>
public abstract class BackendDomain
{
    /// <summary>The slot's number, 0..255; owner of its frames.</summary>
    public abstract int Slot { get; }

    /// <summary>The domain's physical memory.</summary>
    public abstract GuestMemory Memory { get; }

    /// <summary>The memory as its page tables and CR3 address it: for PV domains machine addresses, of their own frames alone.</summary>
    public virtual GuestMemory TableMemory => Memory;

    /// <summary>True if another domain has sent it an event while all of its processors wait, or has let go of its last frame while it is taken apart.</summary>
    public bool IsWoken { get; set; }

    /// <summary>How a device of the hypervisor rings for the guest; null if this backend's guests have no event channels.</summary>
    public virtual Doorbell? DoorbellOf(GuestService service) => null;

    /// <summary>Where the ring for a device lies. Only of backends with event channels, once the domain is built.</summary>
    public virtual GuestPhysicalAddress RingOf(GuestService service) => default;

    /// <summary>The guest's event channel for a device; 0 if there is none.</summary>
    public virtual uint PortOf(GuestService service) => 0;

    /// <summary>The machine frame number of an address in the memory that it was built with.</summary>
    public virtual ulong MachineFrameOf(GuestPhysicalAddress address) => address.Value >> 12;

    /// <summary>The number by which PV guests know this domain.</summary>
    public virtual ushort GuestId => 0;

    /// <summary>Bytes of RAM that were scrubbed for the domain that the slot holds now.</summary>
    public ulong ScrubbedBytes { get; set; }

    /// <summary>Ticks that the scrubbing took.</summary>
    public ulong ScrubTicks { get; set; }
}
