using Multicosm.Paravirt.Traps;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Interrupts;

namespace Multicosm.Paravirt.Entry;

/// <summary>What a PV vCPU has in the processor between its entries and exits: segment registers, bases, debug registers, MSRs, descriptor tables.</summary>
/// <source>SDM 3A, "Fast System Calls in 64-Bit Mode"</source>
internal static unsafe class PvSwitch
{
    private const uint Star32 = ((DescriptorTables.CodeSelector + 0x1Bu) << 16) | DescriptorTables.CodeSelector; // SYSRET: 0xE033 and 0xE02B from 0xE023
    private const ulong Masked = 0x47700; // AC, NT, IOPL, DF, IF, TF
    private const ulong Legacy = 3; // x87 and SSE, which pv_enter moves
    private const ulong ResetDr7 = 0x400;
    private const ulong UserBits = (1 << 2) | (1 << 3) | (1 << 16); // TSD, DE, FSGSBASE

    /// <summary>Loads all of <paramref name="vcpu"/>; bad selectors become null and are told to the guest by its failsafe callback.</summary>
    public static void Load(PvVcpu vcpu, ulong largestXcr0)
    {
        CpuInstructions.WriteMsr(PvMsr.Star, (ulong)Star32 << 32);
        CpuInstructions.WriteMsr(PvMsr.Lstar, PvInstructions.EntryPoint(0));
        CpuInstructions.WriteMsr(PvMsr.Cstar, PvInstructions.EntryPoint(1));
        CpuInstructions.WriteMsr(PvMsr.SyscallMask, Masked);
        CpuInstructions.WriteMsr(PvMsr.SysenterCs, DescriptorTables.CodeSelector);
        CpuInstructions.WriteMsr(PvMsr.SysenterEsp, PerCpu.Current->EntryStackTop);
        CpuInstructions.WriteMsr(PvMsr.SysenterEip, PvInstructions.EntryPoint(2));
        CpuInstructions.WriteCr4(HostCr4(vcpu.Cr4));
        LoadDescriptorTables(vcpu);
        if (largestXcr0 != 0)
        {
            SwitchedState.LoadExtended(vcpu.ExtendedArea, largestXcr0 & ~Legacy, largestXcr0, vcpu.Xcr0);
        }

        LoadDebug(vcpu);
        LoadSegments(vcpu);
        _ = CpuInstructions.TryWriteMsr(PvMsr.TscAux, 0); // a CPU without RDTSCP has none
    }

    /// <summary>Saves what the guest can change without the hypervisor.</summary>
    public static void Save(PvVcpu vcpu, ulong largestXcr0)
    {
        ushort* selectors = stackalloc ushort[4];
        PvInstructions.ReadSelectors(selectors);
        vcpu.Ds = selectors[0];
        vcpu.Es = selectors[1];
        vcpu.Fs = selectors[2];
        vcpu.Gs = selectors[3];
        vcpu.FsBase = CpuInstructions.ReadMsr(PvMsr.FsBase);
        vcpu.GsBase = CpuInstructions.ReadMsr(PvMsr.KernelGsBase);
        if (largestXcr0 != 0)
        {
            SwitchedState.SaveExtended(vcpu.ExtendedArea, largestXcr0 & ~Legacy, largestXcr0, vcpu.Xcr0);
        }

        CpuInstructions.WriteCr4(HostCr4(0));
        for (uint i = 0; i < 4; i++)
        {
            _ = PvInstructions.LoadSelector(i, 0); // another guest must not find them
        }

        SwitchedState.LoadDebugControl(ResetDr7);
        UnloadDescriptorTables();
    }

    /// <summary>CR4 while a guest that has set <paramref name="guest"/> is attached.</summary>
    public static ulong HostCr4(ulong guest) => (CpuInstructions.ReadCr4() & ~UserBits) | (guest & UserBits);

    /// <summary>Shows the vCPU's GDT frames and what is known of its LDT.</summary>
    public static void LoadDescriptorTables(PvVcpu vcpu)
    {
        for (int page = 0; page < EntryArea.GuestGdtPages; page++)
        {
            EntryArea.SetGdtPage(page, vcpu.Descriptors.Gdt(page).Address.Value);
        }

        for (int page = 0; page < EntryArea.LdtPages; page++)
        {
            EntryArea.SetLdtPage(page, vcpu.Descriptors.Ldt(page).Address.Value);
        }

        DescriptorTables.LoadLdt((uint)vcpu.Descriptors.LdtEntries);
        vcpu.Descriptors.IsChanged = false;
    }

    private static void UnloadDescriptorTables()
    {
        for (int page = 0; page < EntryArea.GuestGdtPages; page++)
        {
            EntryArea.SetGdtPage(page, 0);
        }

        for (int page = 0; page < EntryArea.LdtPages; page++)
        {
            EntryArea.SetLdtPage(page, 0);
        }

        DescriptorTables.LoadLdt(0);
    }

    /// <summary>Loads the debug registers that the guest has set.</summary>
    public static void LoadDebug(PvVcpu vcpu)
    {
        ulong* registers = stackalloc ulong[5];
        registers[0] = vcpu.Dr0;
        registers[1] = vcpu.Dr1;
        registers[2] = vcpu.Dr2;
        registers[3] = vcpu.Dr3;
        registers[4] = vcpu.Dr6;
        SwitchedState.LoadDebug(registers);
        SwitchedState.LoadDebugControl(vcpu.Dr7);
    }

    private static void LoadSegments(PvVcpu vcpu)
    {
        bool isGood = PvInstructions.LoadSelector(0, vcpu.Ds) != 0;
        isGood &= PvInstructions.LoadSelector(1, vcpu.Es) != 0;
        isGood &= PvInstructions.LoadSelector(2, vcpu.Fs) != 0;
        isGood &= PvInstructions.LoadSelector(3, vcpu.Gs) != 0;
        CpuInstructions.WriteMsr(PvMsr.FsBase, vcpu.FsBase);
        CpuInstructions.WriteMsr(PvMsr.KernelGsBase, vcpu.GsBase);
        if (!isGood)
        {
            _ = TrapDelivery.Failsafe(vcpu); // a crash stands in the exit
        }
    }
}
