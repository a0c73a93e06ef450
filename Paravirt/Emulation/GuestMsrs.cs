using System;
using Multicosm.Paravirt.Abi;

namespace Multicosm.Paravirt.Emulation;

/// <summary>The model-specific registers that a PV guest's kernel can reach, row by row. What has no row is #GP(0).</summary>
/// <source>SDM 4, "Architectural MSRs"</source>
internal static class GuestMsrs
{
    /// <summary>What IA32_PAT holds, ours and each guest's.</summary>
    public const ulong PageAttributes = 0x0000050100070406;

    /// <summary>The register whose writing asks for a hypercall page.</summary>
    public const uint HypercallPage = 0x40000000;

    private const ulong BootstrapProcessor = 1 << 8;
    private const ulong FastStrings = 1;
    private const uint EnhancedRepMovsb = 1 << 9;
    private const byte GeneralProtection = 13;

    private static readonly GuestMsrRule[] s_rows =
    [
        new(0x10, GuestMsrKind.TimeStamp, 0), // IA32_TIME_STAMP_COUNTER: the processor's own, which user programs read too
        new(0x17, GuestMsrKind.Constant, 0), // IA32_PLATFORM_ID: read by microcode drivers
        new(0x1B, GuestMsrKind.ApicBase, 0xFEE00800), // IA32_APIC_BASE: on, at its usual place, though nothing is there
        new(0x3A, GuestMsrKind.Constant, 1), // IA32_FEATURE_CONTROL: locked, VMX off
        new(0x8B, GuestMsrKind.Dropped, 1UL << 32), // IA32_BIOS_SIGN_ID: revision 1 in the upper half; guests write 0 before they read it
        new(0xCE, GuestMsrKind.Constant, 0), // MSR_PLATFORM_INFO: no CPUID faulting, no ratios
        new(0x179, GuestMsrKind.Constant, 0), // IA32_MCG_CAP: no banks: machine checks are the host's
        new(0x17A, GuestMsrKind.Dropped, 0), // IA32_MCG_STATUS: none is in progress
        new(0x1A0, GuestMsrKind.MiscEnable, 0x1800), // IA32_MISC_ENABLE: no BTS, no PEBS
        new(0x277, GuestMsrKind.Fixed, PageAttributes), // IA32_PAT: page tables are used as they are, so all have ours
        new(0x345, GuestMsrKind.Constant, 0), // IA32_PERF_CAPABILITIES: no counters
        new(HypercallPage, GuestMsrKind.HypercallPage, 0), // the one that CPUID names
        new(0xC0000080, GuestMsrKind.Fixed, 0xD01), // IA32_EFER: NXE, LMA, LME, SCE: a PV guest has no other mode
        new(0xC0000100, GuestMsrKind.FsBase, 0), // IA32_FS_BASE
        new(0xC0000101, GuestMsrKind.GsBase, 0), // IA32_GS_BASE
        new(0xC0000102, GuestMsrKind.InactiveGsBase, 0), // IA32_KERNEL_GS_BASE: SWAPGS is done by the hypervisor as it changes modes
    ];

    /// <summary>The rows, sorted by index.</summary>
    public static ReadOnlySpan<GuestMsrRule> Rows => s_rows;

    /// <summary>
    /// Reads register <paramref name="index"/>; false: #GP(0). A guest that has no handler for that yet gets 0 for what is not known: it
    /// could do nothing but die. <paramref name="now"/> is the time-stamp counter.
    /// </summary>
    public static bool TryRead(PvVcpu vcpu, uint index, ulong now, out ulong value)
    {
        int row = Find(index);
        value = row < 0 ? 0 : s_rows[row].Kind switch
        {
            GuestMsrKind.ApicBase => s_rows[row].Value | (vcpu.Index == 0 ? BootstrapProcessor : 0),
            GuestMsrKind.MiscEnable => s_rows[row].Value | ((vcpu.Cpuid.Lookup(7, 0).Ebx & EnhancedRepMovsb) != 0 ? FastStrings : 0),
            GuestMsrKind.TimeStamp => now,
            GuestMsrKind.FsBase => vcpu.FsBase,
            GuestMsrKind.GsBase => vcpu.GsBase,
            GuestMsrKind.InactiveGsBase => vcpu.InactiveGsBase,
            _ => s_rows[row].Value,
        };
        return row >= 0 || vcpu.Trap(GeneralProtection).Address == 0;
    }

    /// <summary>Writes register <paramref name="index"/>; false: #GP(0). <paramref name="effects"/> says what the processor must load.</summary>
    public static bool TryWrite(PvVcpu vcpu, uint index, ulong value, out EmulationEffects effects)
    {
        effects = EmulationEffects.None;
        int row = Find(index);
        if (row < 0)
        {
            return false;
        }

        switch (s_rows[row].Kind)
        {
            case GuestMsrKind.Dropped or GuestMsrKind.MiscEnable:
                return true;
            case GuestMsrKind.Fixed:
                return value == s_rows[row].Value;
            case GuestMsrKind.FsBase when Addresses.IsCanonical(value):
                vcpu.FsBase = value;
                effects = EmulationEffects.FsBase;
                return true;
            case GuestMsrKind.GsBase when Addresses.IsCanonical(value):
                vcpu.GsBase = value;
                effects = EmulationEffects.GsBase;
                return true;
            case GuestMsrKind.InactiveGsBase when Addresses.IsCanonical(value):
                vcpu.InactiveGsBase = value;
                return true;
            default:
                return false;
        }
    }

    private static int Find(uint index)
    {
        for (int row = 0; row < s_rows.Length; row++)
        {
            if (s_rows[row].Index == index)
            {
                return row;
            }
        }

        return -1;
    }
}
