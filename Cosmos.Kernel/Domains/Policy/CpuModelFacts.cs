namespace Multicosm.Domains.Policy;

/// <summary>What a processor says of itself beside its features.</summary>
/// <param name="signature">Leaf 1, EAX: family, model and stepping.</param>
/// <param name="highestLeaf">The highest basic leaf.</param>
/// <param name="data">First-level data cache.</param>
/// <param name="second">Second-level cache.</param>
/// <param name="third">Third-level cache.</param>
public readonly struct CpuModelFacts(uint signature, uint highestLeaf, CpuCache data, CpuCache second, CpuCache third)
{
    /// <summary>Leaf 1, EAX.</summary>
    public uint Signature { get; } = signature;

    /// <summary>The highest basic leaf.</summary>
    public uint HighestLeaf { get; } = highestLeaf;

    /// <summary>First-level data cache; the one for instructions has 32 KiB.</summary>
    public CpuCache Data { get; } = data;

    /// <summary>Second-level cache.</summary>
    public CpuCache Second { get; } = second;

    /// <summary>Third-level cache.</summary>
    public CpuCache Third { get; } = third;
}
