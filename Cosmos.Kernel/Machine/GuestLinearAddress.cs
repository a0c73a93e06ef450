namespace Multicosm.Machine;

/// <summary>An address that a guest's own page tables translate, in bytes.</summary>
public readonly struct GuestLinearAddress(ulong value)
{
    /// <summary>The address in bytes.</summary>
    public ulong Value { get; } = value;

    /// <summary>The address <paramref name="bytes"/> further on; wraps at 2^64 as the hardware does.</summary>
    public GuestLinearAddress Add(ulong bytes) => new(unchecked(Value + bytes));
}
