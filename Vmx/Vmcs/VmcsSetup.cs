using Multicosm.Machine;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Interrupts;
using Multicosm.Vmx.Capabilities;
using Multicosm.Vmx.Entry;
using Multicosm.Vmx.Exits;

namespace Multicosm.Vmx.Vmcs;

/// <summary>Writes all of a fresh VMCS: controls, host state, and the guest's state after reset.</summary>
/// <source>SDM 3C, "Virtual-Machine Control Structures"; SDM 3A, "Processor State After Reset"</source>
internal static unsafe class VmcsSetup
{
    /// <summary>The exception bitmap. #DB and #AC exit because a guest could catch the CPU in delivering them for ever; #MC is the host's.</summary>
    internal const uint InterceptedExceptions = (1 << 1) | (1 << 17) | (1 << 18);
    private const ulong NoVmcs = ulong.MaxValue;
    private const ulong ResetPat = 0x0007040600070406;
    private const uint Unusable = 1 << 16;

    /// <summary>Writes every field of the current VMCS.</summary>
    public static void Write(VmxVcpu vcpu, VmxCapabilities capabilities, PermissionBitmaps bitmaps)
    {
        WriteControls(vcpu, capabilities, bitmaps);
        WriteHost();
        WriteGuest(vcpu, capabilities);
    }

    private static void WriteControls(VmxVcpu vcpu, VmxCapabilities capabilities, PermissionBitmaps bitmaps)
    {
        vcpu.Primary = capabilities.Primary;
        CurrentVmcs.Write(VmcsControl32.PinBased, capabilities.Pin);
        CurrentVmcs.Write(VmcsControl32.ProcessorBased, capabilities.Primary);
        CurrentVmcs.Write(VmcsControl32.SecondaryProcessorBased, GuestSecondary(vcpu, capabilities.Secondary));
        CurrentVmcs.Write(VmcsControl32.Exit, capabilities.Exit);
        CurrentVmcs.Write(VmcsControl32.Entry, capabilities.Entry);
        CurrentVmcs.Write(VmcsControl32.ExceptionBitmap, InterceptedExceptions);
        CurrentVmcs.Write(VmcsControl32.PageFaultErrorMask, 0u);
        CurrentVmcs.Write(VmcsControl32.PageFaultErrorMatch, 0u);
        CurrentVmcs.Write(VmcsControl32.Cr3TargetCount, 0u);
        CurrentVmcs.Write(VmcsControl32.ExitMsrStoreCount, 0u);
        CurrentVmcs.Write(VmcsControl32.ExitMsrLoadCount, 0u);
        CurrentVmcs.Write(VmcsControl32.EntryMsrLoadCount, 0u);
        CurrentVmcs.Write(VmcsControl32.EntryInterruptionInfo, 0u);
        CurrentVmcs.Write(VmcsControl64.IoBitmapA, bitmaps.IoA.Value);
        CurrentVmcs.Write(VmcsControl64.IoBitmapB, bitmaps.IoB.Value);
        CurrentVmcs.Write(VmcsControl64.MsrBitmaps, bitmaps.Msr.Value);
        CurrentVmcs.Write(VmcsControl64.TscOffset, vcpu.TscOffset);
        CurrentVmcs.Write(VmcsControl64.EptPointer, vcpu.Domain.Tables.Pointer);
        CurrentVmcs.Write(VmcsControlNatural.Cr0Mask, ControlRegisterExits.Cr0Kept);
        CurrentVmcs.Write(VmcsControlNatural.Cr4Mask, ~vcpu.Cr4Allowed);
        if ((capabilities.Secondary & (uint)SecondaryControls.EnableXsaves) != 0)
        {
            CurrentVmcs.Write(VmcsControl64.XssExitingBitmap, 0UL); // IA32_XSS is 0, for guests and host
        }

        if (capabilities.HasVpid)
        {
            CurrentVmcs.Write(VmcsControl16.VirtualProcessorId, vcpu.Vpid);
        }
    }

    // RDTSCP, INVPCID and XSAVES are #UD for a guest whose CPUID does not show them.
    private static uint GuestSecondary(VmxVcpu vcpu, uint secondary)
    {
        bool hasRdtscp = (vcpu.Cpuid.Lookup(0x80000001, 0).Edx & (1 << 27)) != 0;
        bool hasInvpcid = (vcpu.Cpuid.Lookup(7, 0).Ebx & (1 << 10)) != 0;
        secondary &= hasRdtscp ? ~0u : ~(uint)SecondaryControls.EnableRdtscp;
        secondary &= GuestFeatures.HasXsaves(vcpu.Cpuid) ? ~0u : ~(uint)SecondaryControls.EnableXsaves;
        return secondary & (hasInvpcid ? ~0u : ~(uint)SecondaryControls.EnableInvpcid);
    }

    private static void WriteHost()
    {
        CurrentVmcs.Write(VmcsHostNatural.Cr0, CpuInstructions.ReadCr0());
        CurrentVmcs.Write(VmcsHostNatural.Cr3, CpuInstructions.ReadCr3());
        CurrentVmcs.Write(VmcsHostNatural.Cr4, CpuInstructions.ReadCr4());
        CurrentVmcs.Write(VmcsHost16.CsSelector, DescriptorTables.CodeSelector);
        CurrentVmcs.Write(VmcsHost16.SsSelector, DescriptorTables.DataSelector);
        CurrentVmcs.Write(VmcsHost16.DsSelector, DescriptorTables.DataSelector);
        CurrentVmcs.Write(VmcsHost16.EsSelector, DescriptorTables.DataSelector);
        CurrentVmcs.Write(VmcsHost16.FsSelector, 0);
        CurrentVmcs.Write(VmcsHost16.GsSelector, 0);
        CurrentVmcs.Write(VmcsHost16.TrSelector, DescriptorTables.TaskSelector);
        CurrentVmcs.Write(VmcsHostNatural.FsBase, 0UL);
        CurrentVmcs.Write(VmcsHostNatural.GsBase, PerCpu.Current->Self);
        CurrentVmcs.Write(VmcsHostNatural.TrBase, DescriptorTables.TaskBase);
        CurrentVmcs.Write(VmcsHostNatural.GdtrBase, DescriptorTables.GdtBase);
        CurrentVmcs.Write(VmcsHostNatural.IdtrBase, DescriptorTables.IdtBase);
        CurrentVmcs.Write(VmcsHost32.SysenterCs, 0u);
        CurrentVmcs.Write(VmcsHostNatural.SysenterEsp, 0UL);
        CurrentVmcs.Write(VmcsHostNatural.SysenterEip, 0UL);
        CurrentVmcs.Write(VmcsHost64.Pat, CpuInstructions.ReadMsr(VmxMsr.Pat));
        CurrentVmcs.Write(VmcsHost64.Efer, CpuInstructions.ReadMsr(VmxMsr.Efer));
        CurrentVmcs.Write(VmcsHostNatural.Rip, VmxInstructions.ExitAddress());
    }

    private static void WriteGuest(VmxVcpu vcpu, VmxCapabilities capabilities)
    {
        CurrentVmcs.Write(VmcsGuest64.VmcsLinkPointer, NoVmcs);
        CurrentVmcs.Write(VmcsGuest64.DebugControl, 0UL);
        CurrentVmcs.Write(VmcsGuest64.Pat, ResetPat);
        CurrentVmcs.Write(VmcsGuest64.Pdpte0, 0UL);
        CurrentVmcs.Write(VmcsGuest64.Pdpte1, 0UL);
        CurrentVmcs.Write(VmcsGuest64.Pdpte2, 0UL);
        CurrentVmcs.Write(VmcsGuest64.Pdpte3, 0UL);
        CurrentVmcs.Write(VmcsGuest32.Interruptibility, 0u);
        CurrentVmcs.Write(VmcsGuest32.ActivityState, 0u);
        CurrentVmcs.Write(VmcsGuest32.SysenterCs, 0u);
        CurrentVmcs.Write(VmcsGuestNatural.SysenterEsp, 0UL);
        CurrentVmcs.Write(VmcsGuestNatural.SysenterEip, 0UL);
        CurrentVmcs.Write(VmcsGuestNatural.PendingDebugExceptions, 0UL);
        CurrentVmcs.Write(VmcsGuestNatural.Dr7, 0x400UL);
        VcpuState state = ResetState();
        VcpuRegisters.Write(vcpu, in state, capabilities.Cr4Fixed);
    }

    private static VcpuState ResetState()
    {
        SegmentState data = new() { Limit = 0xFFFF, AccessRights = 0x93 };
        SegmentState code = new() { Selector = 0xF000, Base = 0xFFFF0000, Limit = 0xFFFF, AccessRights = 0x9B };
        return new VcpuState
        {
            Rip = 0xFFF0,
            Rflags = 2,
            Cr0 = 0x60000010,
            Rdx = 0x600,
            Cs = code,
            Ss = data,
            Ds = data,
            Es = data,
            Fs = data,
            Gs = data,
            Tr = new SegmentState { Limit = 0xFFFF, AccessRights = 0x8B },
            Ldtr = new SegmentState { Limit = 0xFFFF, AccessRights = Unusable | 0x82 },
            GdtrLimit = 0xFFFF,
            IdtrLimit = 0xFFFF,
        };
    }
}
