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

    /// <summary>True if another domain has sent it an event while all of its processors wait.</summary>
    public bool IsWoken { get; set; }

    /// <summary>Bytes of RAM that were scrubbed for the domain that the slot holds now.</summary>
    public ulong ScrubbedBytes { get; set; }

    /// <summary>Ticks that the scrubbing took.</summary>
    public ulong ScrubTicks { get; set; }
}
