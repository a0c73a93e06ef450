using Multicosm.Machine;
using Multicosm.Paravirt.Entry;

namespace Multicosm.Paravirt.Emulation;

/// <summary>CPUID as the guest's kernel gets it: from the domain's table, with what follows from CR4 and XCR0.</summary>
/// <source>SDM 2A, "CPUID - CPU Identification"; SDM 1, "Managing State Using the XSAVE Feature Set"</source>
internal static unsafe class GuestCpuid
{
    private const uint FeatureLeaf = 1;
    private const uint StateLeaf = 0xD;
    private const uint OsXsave = 1 << 27;
    private const uint LegacyAreaBytes = 576;

    /// <summary>Answers CPUID with EAX and ECX, into the guest's registers.</summary>
    public static void Answer(PvVcpu vcpu)
    {
        ref PvRegisters registers = ref *vcpu.Registers;
        uint leaf = (uint)registers.Rax;
        uint subleaf = (uint)registers.Rcx;
        ref readonly CpuidResult result = ref vcpu.Cpuid.Lookup(leaf, subleaf);
        registers.Rax = result.Eax;
        registers.Rbx = leaf == StateLeaf && subleaf == 0 && result.Eax != 0 ? EnabledBytes(vcpu) : result.Ebx;
        registers.Rcx = leaf == FeatureLeaf && (vcpu.Cr4 & ControlRegisters.OsXsave) != 0 ? result.Ecx | OsXsave : result.Ecx;
        registers.Rdx = result.Edx;
    }

    // Size of the XSAVE area for what XCR0 enables.
    private static uint EnabledBytes(PvVcpu vcpu)
    {
        uint bytes = LegacyAreaBytes;
        for (int component = 2; component < CpuidTable.Subleaves; component++)
        {
            ref readonly CpuidResult area = ref vcpu.Cpuid.Lookup(StateLeaf, (uint)component);
            bool isEnabled = (vcpu.Xcr0 >> component & 1) != 0;
            bytes = isEnabled && area.Ebx + area.Eax > bytes ? area.Ebx + area.Eax : bytes;
        }

        return bytes;
    }
}
