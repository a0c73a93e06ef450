namespace Multicosm.Domains.Policy;

/// <summary>Size of one cache, whose lines have 64 bytes.</summary>
/// <param name="ways">Ways of associativity.</param>
/// <param name="sets">Sets.</param>
public readonly struct CpuCache(ushort ways, ushort sets)
{
    /// <summary>Ways of associativity.</summary>
    public ushort Ways { get; } = ways;

    /// <summary>Sets.</summary>
    public ushort Sets { get; } = sets;
}
