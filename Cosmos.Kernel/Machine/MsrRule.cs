namespace Multicosm.Machine;

/// <summary>One row of MSR policy.</summary>
/// <param name="index">The register's number, as RDMSR's ECX.</param>
/// <param name="read">Who answers RDMSR.</param>
/// <param name="write">Who answers WRMSR.</param>
/// <param name="initial">Value after reset (for Constant: always).</param>
/// <param name="writable">For Stored: the bits that a guest may change; changing another is #GP(0).</param>
/// <param name="check">For Stored: what else a value must be.</param>
public readonly struct MsrRule(uint index, MsrPolicy read, MsrPolicy write, ulong initial = 0, ulong writable = 0, MsrCheck check = MsrCheck.None)
{
    /// <summary>The register's number.</summary>
    public uint Index { get; } = index;

    /// <summary>Who answers RDMSR.</summary>
    public MsrPolicy Read { get; } = read;

    /// <summary>Who answers WRMSR.</summary>
    public MsrPolicy Write { get; } = write;

    /// <summary>What else a value must be.</summary>
    public MsrCheck Check { get; } = check;

    /// <summary>Value after reset.</summary>
    public ulong Initial { get; } = initial;

    /// <summary>Bits that a guest may change.</summary>
    public ulong Writable { get; } = writable;
}
