namespace Multicosm.Machine;

/// <summary>The CPUID of the processor that we run on.</summary>
public abstract class CpuidSource
{
    /// <summary>Executes CPUID with EAX = <paramref name="leaf"/>, ECX = <paramref name="subleaf"/>.</summary>
    public abstract CpuidResult Query(uint leaf, uint subleaf);
}
