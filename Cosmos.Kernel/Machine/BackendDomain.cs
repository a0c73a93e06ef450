namespace Multicosm.Machine;

/// <summary>A backend's part of a domain slot: allocated once per slot, reused.</summary>
public abstract class BackendDomain
{
    /// <summary>The slot's number, 0..255; owner of its frames.</summary>
    public abstract int Slot { get; }

    /// <summary>The domain's physical memory.</summary>
    public abstract GuestMemory Memory { get; }

    /// <summary>Bytes of RAM that were scrubbed for the domain that the slot holds now.</summary>
    public ulong ScrubbedBytes { get; set; }

    /// <summary>Ticks that the scrubbing took.</summary>
    public ulong ScrubTicks { get; set; }
}
