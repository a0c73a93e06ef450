using Multicosm.Machine;

namespace Multicosm.Vmx.Exits;

/// <summary>Control-register bits that follow from what a guest's CPUID shows.</summary>
/// <source>SDM 3A, "Control Registers"; SDM 1, "Managing State Using the XSAVE Feature Set"</source>
internal static class GuestFeatures
{
    // VME, PVI, TSD, DE, PSE, PAE, MCE, PGE, PCE, OSFXSR, OSXMMEXCPT: every 64-bit CPU has them
    private const ulong AlwaysAllowed = 0x7FF;

    /// <summary>CR4 bits that the guest may set.</summary>
    public static ulong Cr4Allowed(CpuidTable cpuid)
    {
        uint features = cpuid.Lookup(1, 0).Ecx;
        ref readonly CpuidResult structured = ref cpuid.Lookup(7, 0);
        return AlwaysAllowed
            | Bit(structured.Ecx, 2, 11) // UMIP
            | Bit(structured.Ebx, 0, 16) // FSGSBASE
            | Bit(features, 17, 17) // PCIDE
            | Bit(features, 26, 18) // OSXSAVE
            | Bit(structured.Ebx, 7, 20) // SMEP
            | Bit(structured.Ebx, 20, 21) // SMAP
            | Bit(structured.Ecx, 3, 22); // PKE
    }

    /// <summary>XCR0 bits that the guest may set; 0 without XSAVE.</summary>
    public static ulong Xcr0Allowed(CpuidTable cpuid) =>
        (cpuid.Lookup(1, 0).Ecx & (1 << 26)) == 0 ? 0 : cpuid.Lookup(0xD, 0).Eax | ((ulong)cpuid.Lookup(0xD, 0).Edx << 32);

    /// <summary>True if the guest has XSAVES, XRSTORS and IA32_XSS.</summary>
    public static bool HasXsaves(CpuidTable cpuid) => (cpuid.Lookup(0xD, 1).Eax & (1 << 3)) != 0;

    private static ulong Bit(uint features, int feature, int control) => (ulong)(features >> feature & 1) << control;
}
