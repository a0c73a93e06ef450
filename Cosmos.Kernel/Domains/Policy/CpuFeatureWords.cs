using Multicosm.Machine;

namespace Multicosm.Domains.Policy;

/// <summary>Where the words of <see cref="CpuFeatures"/> are in CPUID.</summary>
public static class CpuFeatureWords
{
    /// <summary>The word that a register of a leaf is, or -1.</summary>
    public static int Find(uint leaf, uint subleaf, CpuidRegister register) => (leaf, subleaf, register) switch
    {
        (1, 0, CpuidRegister.Ecx) => CpuFeatures.BasicEcx,
        (1, 0, CpuidRegister.Edx) => CpuFeatures.BasicEdx,
        (7, 0, CpuidRegister.Ebx) => CpuFeatures.StructuredEbx,
        (7, 0, CpuidRegister.Ecx) => CpuFeatures.StructuredEcx,
        (7, 0, CpuidRegister.Edx) => CpuFeatures.StructuredEdx,
        (0xD, 1, CpuidRegister.Eax) => CpuFeatures.StateEax,
        (0x80000001, 0, CpuidRegister.Ecx) => CpuFeatures.ExtendedEcx,
        (0x80000001, 0, CpuidRegister.Edx) => CpuFeatures.ExtendedEdx,
        _ => -1,
    };

    /// <summary>Register <paramref name="register"/> of <paramref name="result"/>.</summary>
    public static uint Value(in CpuidResult result, CpuidRegister register) => register switch
    {
        CpuidRegister.Eax => result.Eax,
        CpuidRegister.Ebx => result.Ebx,
        CpuidRegister.Ecx => result.Ecx,
        _ => result.Edx,
    };
}
