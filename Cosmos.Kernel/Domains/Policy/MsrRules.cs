using Multicosm.Machine;

namespace Multicosm.Domains.Policy;

/// <summary>Who answers which model-specific register, row by row. What has no row is #GP(0), as on a processor that lacks it.</summary>
/// <source>SDM 4, "Model-Specific Registers (MSRs)"; SDM 3A, "Memory Type Range Registers (MTRRs)"</source>
public static class MsrRules
{
    private const uint MiscEnable = 0x1A0;
    private const ulong FastStrings = 1;
    private const ulong NoTraceStores = 0x1800; // BTS and PEBS are not there
    private const uint MtrrBase0 = 0x200;
    private const uint MtrrMask0 = 0x201;
    private const ulong MtrrValid = 1UL << 11;
    private const ulong WindowBase = 3UL << 30;
    private const ulong WindowBytes = 1UL << 30;
    private const int FewestAddressBits = 36;

    // Type in bits 7:0 or the valid bit, and the address from bit 12 on.
    private const ulong MtrrBaseBits = 0x000FFFFFFFFFF0FF;
    private const ulong MtrrMaskBits = 0x000FFFFFFFFFF800;

    private static readonly MsrRule[] s_rows =
    [
        new(0x10, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0), // time stamp counter: the offset is in the VMCS
        new(0x17, MsrPolicy.Constant, MsrPolicy.Fault, 0, 0), // IA32_PLATFORM_ID: read by microcode drivers
        new(0x1B, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // IA32_APIC_BASE: local APIC
        new(0x2A, MsrPolicy.Constant, MsrPolicy.Constant, 0, 0), // EBL_CR_POWERON: read by Windows; bus ratios of old processors
        new(0x34, MsrPolicy.Constant, MsrPolicy.Fault, 0, 0), // MSR_SMI_COUNT: no SMI ever comes
        new(0x3A, MsrPolicy.Constant, MsrPolicy.Fault, 1, 0), // IA32_FEATURE_CONTROL: locked, VMX off
        new(0x3B, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0), // IA32_TSC_ADJUST: moves with the counter
        new(0x79, MsrPolicy.Constant, MsrPolicy.Constant, 0, 0), // IA32_BIOS_UPDT_TRIG: microcode is the host's, a guest's update is dropped
        new(0x8B, MsrPolicy.Constant, MsrPolicy.Constant, 1UL << 32, 0), // IA32_BIOS_SIGN_ID: revision 1 in the upper half; guests write 0 before they read it
        new(0xCE, MsrPolicy.Constant, MsrPolicy.Fault, 0, 0), // MSR_PLATFORM_INFO: no CPUID faulting, no ratios: the TSC's frequency is measured
        new(0xFE, MsrPolicy.Constant, MsrPolicy.Fault, 0x508, 0), // IA32_MTRRCAP: 8 variable ranges, fixed ranges, write combining; no SMRR
        new(0x174, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0), // IA32_SYSENTER_CS: in the VMCS
        new(0x175, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0), // IA32_SYSENTER_ESP: in the VMCS
        new(0x176, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0), // IA32_SYSENTER_EIP: in the VMCS
        new(0x179, MsrPolicy.Constant, MsrPolicy.Fault, 0, 0), // IA32_MCG_CAP: no banks: machine checks are the host's
        new(0x17A, MsrPolicy.Stored, MsrPolicy.Stored, 0, 0x7), // IA32_MCG_STATUS: cleared by guests that handle machine checks
        new(0x1A0, MsrPolicy.Stored, MsrPolicy.Stored, 0x1800, 0x1), // IA32_MISC_ENABLE: fast strings as the CPU has them, set by Fill; no BTS, no PEBS, no MONITOR, no SpeedStep
        new(0x1D9, MsrPolicy.Stored, MsrPolicy.Stored, 0, 0x3), // IA32_DEBUGCTL: LBR and BTF may be asked for; neither records anything
        new(0x200, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits), // IA32_MTRR_PHYSBASE0: 3 to 4 GiB uncached, with its mask set by Fill
        new(0x201, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits), // IA32_MTRR_PHYSMASK0: as above
        new(0x202, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits), // IA32_MTRR_PHYSBASE1: free for the guest
        new(0x203, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits), // IA32_MTRR_PHYSMASK1: as above
        new(0x204, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits), // IA32_MTRR_PHYSBASE2: free for the guest
        new(0x205, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits), // IA32_MTRR_PHYSMASK2: as above
        new(0x206, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits), // IA32_MTRR_PHYSBASE3: free for the guest
        new(0x207, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits), // IA32_MTRR_PHYSMASK3: as above
        new(0x208, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits), // IA32_MTRR_PHYSBASE4: free for the guest
        new(0x209, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits), // IA32_MTRR_PHYSMASK4: as above
        new(0x20A, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits), // IA32_MTRR_PHYSBASE5: free for the guest
        new(0x20B, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits), // IA32_MTRR_PHYSMASK5: as above
        new(0x20C, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits), // IA32_MTRR_PHYSBASE6: free for the guest
        new(0x20D, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits), // IA32_MTRR_PHYSMASK6: as above
        new(0x20E, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits), // IA32_MTRR_PHYSBASE7: free for the guest
        new(0x20F, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits), // IA32_MTRR_PHYSMASK7: as above
        new(0x250, MsrPolicy.Stored, MsrPolicy.Stored, 0x0606060606060606, ulong.MaxValue), // IA32_MTRR_FIX64K_00000: RAM, write back
        new(0x258, MsrPolicy.Stored, MsrPolicy.Stored, 0x0606060606060606, ulong.MaxValue), // IA32_MTRR_FIX16K_80000: RAM
        new(0x259, MsrPolicy.Stored, MsrPolicy.Stored, 0, ulong.MaxValue), // IA32_MTRR_FIX16K_A0000: the video window, uncached
        new(0x268, MsrPolicy.Stored, MsrPolicy.Stored, 0x0606060606060606, ulong.MaxValue), // IA32_MTRR_FIX4K_C0000: RAM
        new(0x269, MsrPolicy.Stored, MsrPolicy.Stored, 0x0606060606060606, ulong.MaxValue), // IA32_MTRR_FIX4K_C8000: RAM
        new(0x26A, MsrPolicy.Stored, MsrPolicy.Stored, 0x0606060606060606, ulong.MaxValue), // IA32_MTRR_FIX4K_D0000: RAM
        new(0x26B, MsrPolicy.Stored, MsrPolicy.Stored, 0x0606060606060606, ulong.MaxValue), // IA32_MTRR_FIX4K_D8000: RAM
        new(0x26C, MsrPolicy.Stored, MsrPolicy.Stored, 0x0606060606060606, ulong.MaxValue), // IA32_MTRR_FIX4K_E0000: the tables, in RAM
        new(0x26D, MsrPolicy.Stored, MsrPolicy.Stored, 0x0606060606060606, ulong.MaxValue), // IA32_MTRR_FIX4K_E8000: the tables, in RAM
        new(0x26E, MsrPolicy.Stored, MsrPolicy.Stored, 0x0606060606060606, ulong.MaxValue), // IA32_MTRR_FIX4K_F0000: the tables, in RAM
        new(0x26F, MsrPolicy.Stored, MsrPolicy.Stored, 0x0606060606060606, ulong.MaxValue), // IA32_MTRR_FIX4K_F8000: the tables, in RAM
        new(0x277, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0), // IA32_PAT: in the VMCS
        new(0x2FF, MsrPolicy.Stored, MsrPolicy.Stored, 0xC06, 0xCFF), // IA32_MTRR_DEF_TYPE: both kinds enabled, write back
        new(0x6E0, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // IA32_TSC_DEADLINE: local APIC
        new(0x800, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 00h: local APIC, which refuses those that do not exist
        new(0x801, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 01h: local APIC, which refuses those that do not exist
        new(0x802, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 02h: local APIC, which refuses those that do not exist
        new(0x803, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 03h: local APIC, which refuses those that do not exist
        new(0x804, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 04h: local APIC, which refuses those that do not exist
        new(0x805, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 05h: local APIC, which refuses those that do not exist
        new(0x806, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 06h: local APIC, which refuses those that do not exist
        new(0x807, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 07h: local APIC, which refuses those that do not exist
        new(0x808, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 08h: local APIC, which refuses those that do not exist
        new(0x809, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 09h: local APIC, which refuses those that do not exist
        new(0x80A, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 0Ah: local APIC, which refuses those that do not exist
        new(0x80B, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 0Bh: local APIC, which refuses those that do not exist
        new(0x80C, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 0Ch: local APIC, which refuses those that do not exist
        new(0x80D, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 0Dh: local APIC, which refuses those that do not exist
        new(0x80E, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 0Eh: local APIC, which refuses those that do not exist
        new(0x80F, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 0Fh: local APIC, which refuses those that do not exist
        new(0x810, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 10h: local APIC, which refuses those that do not exist
        new(0x811, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 11h: local APIC, which refuses those that do not exist
        new(0x812, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 12h: local APIC, which refuses those that do not exist
        new(0x813, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 13h: local APIC, which refuses those that do not exist
        new(0x814, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 14h: local APIC, which refuses those that do not exist
        new(0x815, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 15h: local APIC, which refuses those that do not exist
        new(0x816, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 16h: local APIC, which refuses those that do not exist
        new(0x817, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 17h: local APIC, which refuses those that do not exist
        new(0x818, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 18h: local APIC, which refuses those that do not exist
        new(0x819, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 19h: local APIC, which refuses those that do not exist
        new(0x81A, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 1Ah: local APIC, which refuses those that do not exist
        new(0x81B, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 1Bh: local APIC, which refuses those that do not exist
        new(0x81C, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 1Ch: local APIC, which refuses those that do not exist
        new(0x81D, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 1Dh: local APIC, which refuses those that do not exist
        new(0x81E, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 1Eh: local APIC, which refuses those that do not exist
        new(0x81F, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 1Fh: local APIC, which refuses those that do not exist
        new(0x820, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 20h: local APIC, which refuses those that do not exist
        new(0x821, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 21h: local APIC, which refuses those that do not exist
        new(0x822, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 22h: local APIC, which refuses those that do not exist
        new(0x823, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 23h: local APIC, which refuses those that do not exist
        new(0x824, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 24h: local APIC, which refuses those that do not exist
        new(0x825, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 25h: local APIC, which refuses those that do not exist
        new(0x826, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 26h: local APIC, which refuses those that do not exist
        new(0x827, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 27h: local APIC, which refuses those that do not exist
        new(0x828, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 28h: local APIC, which refuses those that do not exist
        new(0x829, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 29h: local APIC, which refuses those that do not exist
        new(0x82A, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 2Ah: local APIC, which refuses those that do not exist
        new(0x82B, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 2Bh: local APIC, which refuses those that do not exist
        new(0x82C, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 2Ch: local APIC, which refuses those that do not exist
        new(0x82D, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 2Dh: local APIC, which refuses those that do not exist
        new(0x82E, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 2Eh: local APIC, which refuses those that do not exist
        new(0x82F, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 2Fh: local APIC, which refuses those that do not exist
        new(0x830, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 30h: local APIC, which refuses those that do not exist
        new(0x831, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 31h: local APIC, which refuses those that do not exist
        new(0x832, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 32h: local APIC, which refuses those that do not exist
        new(0x833, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 33h: local APIC, which refuses those that do not exist
        new(0x834, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 34h: local APIC, which refuses those that do not exist
        new(0x835, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 35h: local APIC, which refuses those that do not exist
        new(0x836, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 36h: local APIC, which refuses those that do not exist
        new(0x837, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 37h: local APIC, which refuses those that do not exist
        new(0x838, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 38h: local APIC, which refuses those that do not exist
        new(0x839, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 39h: local APIC, which refuses those that do not exist
        new(0x83A, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 3Ah: local APIC, which refuses those that do not exist
        new(0x83B, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 3Bh: local APIC, which refuses those that do not exist
        new(0x83C, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 3Ch: local APIC, which refuses those that do not exist
        new(0x83D, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 3Dh: local APIC, which refuses those that do not exist
        new(0x83E, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 3Eh: local APIC, which refuses those that do not exist
        new(0x83F, MsrPolicy.Device, MsrPolicy.Device, 0, 0), // x2APIC register 3Fh: local APIC, which refuses those that do not exist
        new(0xC0000080, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0), // IA32_EFER: shadowed
        new(0xC0000081, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0), // IA32_STAR: switched with the vCPU
        new(0xC0000082, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0), // IA32_LSTAR: switched with the vCPU
        new(0xC0000083, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0), // IA32_CSTAR: switched with the vCPU
        new(0xC0000084, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0), // IA32_FMASK: switched with the vCPU
        new(0xC0000100, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0), // IA32_FS_BASE: in the VMCS
        new(0xC0000101, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0), // IA32_GS_BASE: in the VMCS
        new(0xC0000102, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0), // IA32_KERNEL_GS_BASE: switched with the vCPU
        new(0xC0000103, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0), // IA32_TSC_AUX: switched with the vCPU
    ];

    /// <summary>The rows, sorted by index: one array for all domains, which nobody writes to.</summary>
    public static MsrRule[] Rows => s_rows;

    /// <summary>Gives <paramref name="table"/> its values after reset, as firmware would leave them.</summary>
    public static void Fill(MsrTable table, CpuidSource cpuid, bool hasFastStrings)
    {
        table.Reset();
        Preset(table, MiscEnable, NoTraceStores | (hasFastStrings ? FastStrings : 0));
        int addressBits = System.Math.Max(FewestAddressBits, (int)(cpuid.Query(0x80000008, 0).Eax & 0xFF));
        ulong mask = (1UL << System.Math.Min(addressBits, 52)) - WindowBytes;
        Preset(table, MtrrBase0, WindowBase); // type 0: uncached
        Preset(table, MtrrMask0, mask | MtrrValid);
    }

    private static void Preset(MsrTable table, uint index, ulong value)
    {
        int row = table.Find(index);
        if (row >= 0)
        {
            table.Preset(row, value);
        }
    }
}
