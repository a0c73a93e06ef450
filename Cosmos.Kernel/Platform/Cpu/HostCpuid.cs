using Multicosm.Machine;

namespace Multicosm.Platform.Cpu;

/// <summary>The CPUID instruction of this CPU.</summary>
public sealed unsafe class HostCpuid : CpuidSource
{
    /// <summary>End of this CPU's physical addresses.</summary>
    /// <source>SDM 2A, "CPUID - CPU Identification"</source>
    public static ulong PhysicalAddressEnd
    {
        get
        {
            const int TraditionalBits = 36;
            return 1UL << (Read(0x80000000, 0).Eax >= 0x80000008 ? (int)(Read(0x80000008, 0).Eax & 0xFF) : TraditionalBits);
        }
    }

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
