namespace Multicosm.Machine;

/// <summary>What CPUID returns.</summary>
public struct CpuidResult
{
    /// <summary>The four result registers.</summary>
    public uint Eax, Ebx, Ecx, Edx;
}
