namespace Multicosm.Paravirt.Emulation;

/// <summary>One row of MSR policy for PV guests.</summary>
/// <param name="index">The register's number, as RDMSR's ECX.</param>
/// <param name="kind">How it answers.</param>
/// <param name="value">What it reads as.</param>
internal readonly struct GuestMsrRule(uint index, GuestMsrKind kind, ulong value)
{
    /// <summary>The register's number.</summary>
    public uint Index { get; } = index;

    /// <summary>How it answers.</summary>
    public GuestMsrKind Kind { get; } = kind;

    /// <summary>What it reads as.</summary>
    public ulong Value { get; } = value;
}
