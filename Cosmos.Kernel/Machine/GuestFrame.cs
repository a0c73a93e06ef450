namespace Multicosm.Machine;

/// <summary>A 4 KiB frame number in a domain's physical address space (Xen's gfn).</summary>
public readonly struct GuestFrame(ulong number)
{
    /// <summary>The frame number: address / 4096.</summary>
    public ulong Number { get; } = number;

    /// <summary>The address of the frame's first byte.</summary>
    public GuestPhysicalAddress Address => new(Number << 12);
}
