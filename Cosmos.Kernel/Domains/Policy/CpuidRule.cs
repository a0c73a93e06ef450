namespace Multicosm.Domains.Policy;

/// <summary>One row of CPUID policy: which bits of a register a guest sees as they are, and which are always 1. The others are 0.</summary>
/// <param name="leaf">EAX.</param>
/// <param name="subleaf">ECX.</param>
/// <param name="register">Which register of the answer.</param>
/// <param name="keep">Bits taken from the processor.</param>
/// <param name="set">Bits that are 1 whatever the processor has.</param>
public readonly struct CpuidRule(uint leaf, uint subleaf, CpuidRegister register, uint keep, uint set)
{
    /// <summary>The leaf.</summary>
    public uint Leaf { get; } = leaf;

    /// <summary>The subleaf.</summary>
    public uint Subleaf { get; } = subleaf;

    /// <summary>The register.</summary>
    public CpuidRegister Register { get; } = register;

    /// <summary>Bits taken from the processor.</summary>
    public uint Keep { get; } = keep;

    /// <summary>Bits that are always 1.</summary>
    public uint Set { get; } = set;
}
