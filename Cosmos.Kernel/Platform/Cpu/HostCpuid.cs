using Multicosm.Machine;

namespace Multicosm.Platform.Cpu;

/// <summary>The CPUID instruction of this CPU.</summary>
public sealed unsafe class HostCpuid : CpuidSource
{
    /// <inheritdoc/>
    public override CpuidResult Query(uint leaf, uint subleaf) => Read(leaf, subleaf);

    /// <summary>Executes CPUID.</summary>
    public static CpuidResult Read(uint leaf, uint subleaf)
    {
        CpuidResult result;
        CpuInstructions.Cpuid(leaf, subleaf, &result);
        return result;
    }
}
