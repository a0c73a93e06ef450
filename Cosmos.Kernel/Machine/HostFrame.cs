namespace Multicosm.Machine;

/// <summary>A 4 KiB frame number in the PC's physical address space (Xen's mfn), known to be valid.</summary>
public readonly struct HostFrame(ulong number)
{
    /// <summary>The frame number: address / 4096.</summary>
    public ulong Number { get; } = number;

    /// <summary>The address of the frame's first byte.</summary>
    public HostPhysicalAddress Address => new(Number << 12);
}
