namespace Multicosm.Machine;

/// <summary>An address in the PC's physical address space, in bytes.</summary>
public readonly struct HostPhysicalAddress(ulong value)
{
    /// <summary>The address in bytes.</summary>
    public ulong Value { get; } = value;

    /// <summary>The address <paramref name="bytes"/> further on; wraps at 2^64 as the hardware does.</summary>
    public HostPhysicalAddress Add(ulong bytes) => new(unchecked(Value + bytes));
}
