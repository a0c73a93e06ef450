using Multicosm.Machine;

namespace Multicosm.Domains.Policy;

/// <summary>
/// Who answers which model-specific register, row by row. What has no row is #GP(0), as on a processor that lacks it, unless the domain's file
/// has msr_relaxed. 0x800 to 0x8FF are the local APIC's and have no rows.
/// </summary>
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
    private const int MostAddressBits = 52;
    private const uint AddressLeaf = 0x80000008;
    private const uint TscAdjust = 0x3B;
    private const uint HasTscAdjust = 1 << 1;

    private const ulong WriteBack = 0x0606060606060606;
    private const ulong MachineCheckBanks = 4;

    // Fast strings, thermal control circuit, SpeedStep, MONITOR, LIMIT CPUID MAXVAL, xTPR, execute disable.
    private const ulong MiscEnableBits = (1UL << 0) | (1UL << 3) | (1UL << 16) | (1UL << 18) | (1UL << 22) | (1UL << 23) | (1UL << 34);

    // Type in bits 7:0 or the valid bit, and the address from bit 12 on.
    private const ulong MtrrBaseBits = 0x000FFFFFFFFFF0FF;
    private const ulong MtrrMaskBits = 0x000FFFFFFFFFF800;

    private static readonly MsrRule[] s_rows =
    [
        new(0x10, MsrPolicy.Backend, MsrPolicy.Backend), // time stamp counter: the offset is in the VMCS
        new(0x17, MsrPolicy.Constant, MsrPolicy.Fault), // IA32_PLATFORM_ID: read by microcode drivers
        new(0x1B, MsrPolicy.Apic, MsrPolicy.Apic), // IA32_APIC_BASE
        new(0x2A, MsrPolicy.Constant, MsrPolicy.Constant), // EBL_CR_POWERON: read by Windows; bus ratios of old processors
        new(0x34, MsrPolicy.Constant, MsrPolicy.Fault), // MSR_SMI_COUNT: no SMI ever comes
        new(0x3A, MsrPolicy.Constant, MsrPolicy.Fault, 1), // IA32_FEATURE_CONTROL: locked, VMX off
        new(0x3B, MsrPolicy.Backend, MsrPolicy.Backend), // IA32_TSC_ADJUST: moves with the counter
        new(0x79, MsrPolicy.Constant, MsrPolicy.Constant), // IA32_BIOS_UPDT_TRIG: microcode is the host's, a guest's update is dropped
        new(0x8B, MsrPolicy.Constant, MsrPolicy.Constant, 1UL << 32), // IA32_BIOS_SIGN_ID: revision 1 in the upper half; guests write 0 before they read it
        new(0xC1, MsrPolicy.Constant, MsrPolicy.Constant), // IA32_PMC0: of the P6 family, whose counters old systems program without asking CPUID
        new(0xC2, MsrPolicy.Constant, MsrPolicy.Constant), // IA32_PMC1: of the P6 family, whose counters old systems program without asking CPUID
        new(0xCE, MsrPolicy.Constant, MsrPolicy.Fault), // MSR_PLATFORM_INFO: no CPUID faulting, no ratios: the TSC's frequency is measured
        new(0xFE, MsrPolicy.Constant, MsrPolicy.Fault, 0x508), // IA32_MTRRCAP: 8 variable ranges, fixed ranges, write combining; no SMRR
        new(0x174, MsrPolicy.Backend, MsrPolicy.Backend), // IA32_SYSENTER_CS: in the VMCS
        new(0x175, MsrPolicy.Backend, MsrPolicy.Backend), // IA32_SYSENTER_ESP: in the VMCS
        new(0x176, MsrPolicy.Backend, MsrPolicy.Backend), // IA32_SYSENTER_EIP: in the VMCS
        new(0x179, MsrPolicy.Constant, MsrPolicy.Fault, MachineCheckBanks), // IA32_MCG_CAP: four banks, in which nothing is ever reported: machine checks are the host's. No IA32_MCG_CTL
        new(0x17A, MsrPolicy.Stored, MsrPolicy.Stored, 0, 0x7), // IA32_MCG_STATUS: cleared by guests that handle machine checks
        new(0x186, MsrPolicy.Constant, MsrPolicy.Constant), // IA32_PERFEVTSEL0: as their counters
        new(0x187, MsrPolicy.Constant, MsrPolicy.Constant), // IA32_PERFEVTSEL1: as their counters
        new(0x1A0, MsrPolicy.Stored, MsrPolicy.Backend, NoTraceStores, MiscEnableBits), // IA32_MISC_ENABLE: fast strings as the CPU has them, set by Fill; no BTS, no PEBS. What the others switch is not there, but for LIMIT CPUID MAXVAL
        new(0x1D9, MsrPolicy.Backend, MsrPolicy.Backend, 0, 0x3), // IA32_DEBUGCTL: BTF; LBR may be asked for, but records nothing
        new(0x200, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits, MsrCheck.RangeBase), // IA32_MTRR_PHYSBASE0: 3 to 4 GiB uncached, with its mask set by Fill
        new(0x201, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits, MsrCheck.RangeMask), // IA32_MTRR_PHYSMASK0: as above
        new(0x202, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits, MsrCheck.RangeBase), // IA32_MTRR_PHYSBASE1: free for the guest
        new(0x203, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits, MsrCheck.RangeMask), // IA32_MTRR_PHYSMASK1: as above
        new(0x204, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits, MsrCheck.RangeBase), // IA32_MTRR_PHYSBASE2: free for the guest
        new(0x205, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits, MsrCheck.RangeMask), // IA32_MTRR_PHYSMASK2: as above
        new(0x206, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits, MsrCheck.RangeBase), // IA32_MTRR_PHYSBASE3: free for the guest
        new(0x207, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits, MsrCheck.RangeMask), // IA32_MTRR_PHYSMASK3: as above
        new(0x208, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits, MsrCheck.RangeBase), // IA32_MTRR_PHYSBASE4: free for the guest
        new(0x209, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits, MsrCheck.RangeMask), // IA32_MTRR_PHYSMASK4: as above
        new(0x20A, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits, MsrCheck.RangeBase), // IA32_MTRR_PHYSBASE5: free for the guest
        new(0x20B, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits, MsrCheck.RangeMask), // IA32_MTRR_PHYSMASK5: as above
        new(0x20C, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits, MsrCheck.RangeBase), // IA32_MTRR_PHYSBASE6: free for the guest
        new(0x20D, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits, MsrCheck.RangeMask), // IA32_MTRR_PHYSMASK6: as above
        new(0x20E, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrBaseBits, MsrCheck.RangeBase), // IA32_MTRR_PHYSBASE7: free for the guest
        new(0x20F, MsrPolicy.Stored, MsrPolicy.Stored, 0, MtrrMaskBits, MsrCheck.RangeMask), // IA32_MTRR_PHYSMASK7: as above
        new(0x250, MsrPolicy.Stored, MsrPolicy.Stored, WriteBack, ulong.MaxValue, MsrCheck.MemoryTypes), // IA32_MTRR_FIX64K_00000: RAM, write back
        new(0x258, MsrPolicy.Stored, MsrPolicy.Stored, WriteBack, ulong.MaxValue, MsrCheck.MemoryTypes), // IA32_MTRR_FIX16K_80000: RAM
        new(0x259, MsrPolicy.Stored, MsrPolicy.Stored, 0, ulong.MaxValue, MsrCheck.MemoryTypes), // IA32_MTRR_FIX16K_A0000: the video window, uncached
        new(0x268, MsrPolicy.Stored, MsrPolicy.Stored, WriteBack, ulong.MaxValue, MsrCheck.MemoryTypes), // IA32_MTRR_FIX4K_C0000: RAM
        new(0x269, MsrPolicy.Stored, MsrPolicy.Stored, WriteBack, ulong.MaxValue, MsrCheck.MemoryTypes), // IA32_MTRR_FIX4K_C8000: RAM
        new(0x26A, MsrPolicy.Stored, MsrPolicy.Stored, WriteBack, ulong.MaxValue, MsrCheck.MemoryTypes), // IA32_MTRR_FIX4K_D0000: RAM
        new(0x26B, MsrPolicy.Stored, MsrPolicy.Stored, WriteBack, ulong.MaxValue, MsrCheck.MemoryTypes), // IA32_MTRR_FIX4K_D8000: RAM
        new(0x26C, MsrPolicy.Stored, MsrPolicy.Stored, WriteBack, ulong.MaxValue, MsrCheck.MemoryTypes), // IA32_MTRR_FIX4K_E0000: the tables, in RAM
        new(0x26D, MsrPolicy.Stored, MsrPolicy.Stored, WriteBack, ulong.MaxValue, MsrCheck.MemoryTypes), // IA32_MTRR_FIX4K_E8000: the tables, in RAM
        new(0x26E, MsrPolicy.Stored, MsrPolicy.Stored, WriteBack, ulong.MaxValue, MsrCheck.MemoryTypes), // IA32_MTRR_FIX4K_F0000: the tables, in RAM
        new(0x26F, MsrPolicy.Stored, MsrPolicy.Stored, WriteBack, ulong.MaxValue, MsrCheck.MemoryTypes), // IA32_MTRR_FIX4K_F8000: the tables, in RAM
        new(0x277, MsrPolicy.Backend, MsrPolicy.Backend), // IA32_PAT: in the VMCS
        new(0x2FF, MsrPolicy.Stored, MsrPolicy.Stored, 0xC06, 0xCFF, MsrCheck.MemoryType), // IA32_MTRR_DEF_TYPE: both kinds enabled, write back
        new(0x400, MsrPolicy.Stored, MsrPolicy.Stored, 0, ulong.MaxValue, MsrCheck.AllOrNothing), // IA32_MC0_CTL
        new(0x401, MsrPolicy.Stored, MsrPolicy.Stored), // IA32_MC0_STATUS: can be cleared only
        new(0x402, MsrPolicy.Stored, MsrPolicy.Stored, 0, ulong.MaxValue), // IA32_MC0_ADDR
        new(0x403, MsrPolicy.Stored, MsrPolicy.Stored, 0, ulong.MaxValue), // IA32_MC0_MISC
        new(0x404, MsrPolicy.Stored, MsrPolicy.Stored, 0, ulong.MaxValue, MsrCheck.AllOrNothing), // IA32_MC1_CTL
        new(0x405, MsrPolicy.Stored, MsrPolicy.Stored), // IA32_MC1_STATUS: can be cleared only
        new(0x406, MsrPolicy.Stored, MsrPolicy.Stored, 0, ulong.MaxValue), // IA32_MC1_ADDR
        new(0x407, MsrPolicy.Stored, MsrPolicy.Stored, 0, ulong.MaxValue), // IA32_MC1_MISC
        new(0x408, MsrPolicy.Stored, MsrPolicy.Stored, 0, ulong.MaxValue, MsrCheck.AllOrNothing), // IA32_MC2_CTL
        new(0x409, MsrPolicy.Stored, MsrPolicy.Stored), // IA32_MC2_STATUS: can be cleared only
        new(0x40A, MsrPolicy.Stored, MsrPolicy.Stored, 0, ulong.MaxValue), // IA32_MC2_ADDR
        new(0x40B, MsrPolicy.Stored, MsrPolicy.Stored, 0, ulong.MaxValue), // IA32_MC2_MISC
        new(0x40C, MsrPolicy.Stored, MsrPolicy.Stored, 0, ulong.MaxValue, MsrCheck.AllOrNothing), // IA32_MC3_CTL
        new(0x40D, MsrPolicy.Stored, MsrPolicy.Stored), // IA32_MC3_STATUS: can be cleared only
        new(0x40E, MsrPolicy.Stored, MsrPolicy.Stored, 0, ulong.MaxValue), // IA32_MC3_ADDR
        new(0x40F, MsrPolicy.Stored, MsrPolicy.Stored, 0, ulong.MaxValue), // IA32_MC3_MISC
        new(0x606, MsrPolicy.Constant, MsrPolicy.Fault), // MSR_RAPL_POWER_UNIT: no energy is counted; drivers read it by the processor's model, without asking CPUID
        new(0x611, MsrPolicy.Constant, MsrPolicy.Fault), // MSR_PKG_ENERGY_STATUS: no energy is counted; drivers read it by the processor's model, without asking CPUID
        new(0x619, MsrPolicy.Constant, MsrPolicy.Fault), // MSR_DRAM_ENERGY_STATUS: no energy is counted; drivers read it by the processor's model, without asking CPUID
        new(0x639, MsrPolicy.Constant, MsrPolicy.Fault), // MSR_PP0_ENERGY_STATUS: no energy is counted; drivers read it by the processor's model, without asking CPUID
        new(0x641, MsrPolicy.Constant, MsrPolicy.Fault), // MSR_PP1_ENERGY_STATUS: no energy is counted; drivers read it by the processor's model, without asking CPUID
        new(0x6E0, MsrPolicy.Apic, MsrPolicy.Apic), // IA32_TSC_DEADLINE
        new(0xDA0, MsrPolicy.Backend, MsrPolicy.Backend), // IA32_XSS: there with XSAVES, and always 0: no component of its own is shown
        new(0xC0000080, MsrPolicy.Backend, MsrPolicy.Backend), // IA32_EFER: in the VMCS
        new(0xC0000081, MsrPolicy.Backend, MsrPolicy.Backend), // IA32_STAR: switched with the vCPU
        new(0xC0000082, MsrPolicy.Backend, MsrPolicy.Backend), // IA32_LSTAR: switched with the vCPU
        new(0xC0000083, MsrPolicy.Backend, MsrPolicy.Backend), // IA32_CSTAR: switched with the vCPU
        new(0xC0000084, MsrPolicy.Backend, MsrPolicy.Backend), // IA32_FMASK: switched with the vCPU
        new(0xC0000100, MsrPolicy.Backend, MsrPolicy.Backend), // IA32_FS_BASE: in the VMCS
        new(0xC0000101, MsrPolicy.Backend, MsrPolicy.Backend), // IA32_GS_BASE: in the VMCS
        new(0xC0000102, MsrPolicy.Backend, MsrPolicy.Backend), // IA32_KERNEL_GS_BASE: switched with the vCPU
        new(0xC0000103, MsrPolicy.Backend, MsrPolicy.Backend), // IA32_TSC_AUX: switched with the vCPU
    ];

    /// <summary>The rows, sorted by index: one array for all domains, which nobody writes to.</summary>
    public static MsrRule[] Rows => s_rows;

    /// <summary>Gives <paramref name="table"/> its values after reset, as firmware would leave them, for a guest with this <paramref name="cpuid"/>.</summary>
    public static void Fill(MsrTable table, CpuidTable cpuid, bool hasFastStrings, bool ignoresUnknown)
    {
        int addressBits = System.Math.Clamp((int)(cpuid.Lookup(AddressLeaf, 0).Eax & 0xFF), FewestAddressBits, MostAddressBits);
        table.Reset(addressBits);
        table.Unknown.AreIgnored = ignoresUnknown;
        Preset(table, MiscEnable, NoTraceStores | (hasFastStrings ? FastStrings : 0));
        Preset(table, MtrrBase0, WindowBase); // type 0: uncached
        Preset(table, MtrrMask0, ((1UL << addressBits) - WindowBytes) | MtrrValid);
        if ((cpuid.Lookup(7, 0).Ebx & HasTscAdjust) == 0)
        {
            table.Hide(TscAdjust);
        }
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
