using System;
using Multicosm.Decoder;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Emulation;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Memory;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Interrupts;
using Multicosm.Platform.Panic;

namespace Multicosm.Paravirt.Traps;

/// <summary>What an exception of a guest's leads to: emulation, a page of its LDT, a page-table write, or the guest's own handler.</summary>
/// <source>SDM 3A, "Exception and Interrupt Reference"</source>
internal static unsafe class PvExceptions
{
    private const uint Debug = 1;
    private const uint Nmi = 2;
    private const uint InvalidOpcode = 6;
    private const uint DeviceNotAvailable = 7;
    private const uint DoubleFault = 8;
    private const uint SegmentNotPresent = 11;
    private const uint StackFault = 12;
    private const uint GeneralProtection = 13;
    private const uint PageFault = 14;
    private const uint MachineCheck = 18;
    private const uint EntryFault = (uint)PvExit.EntryFault;
    private const ulong ProtectionWrite = 3;
    private const ulong TableSelector = 4; // an error code that names a selector of the LDT
    private const ulong SingleStepStatus = 1 << 14;
    private const ulong ResetDr6 = 0xFFFF0FF0;
    private const ulong Compatibility = 0xE023;
    private const int LongestInstruction = 15;

    /// <summary>Handles exception <paramref name="vector"/>, any but #PF; a crash stands in the vCPU's exit.</summary>
    public static void Handle(PvVcpu vcpu, uint vector)
    {
        switch (vector)
        {
            case GeneralProtection or SegmentNotPresent or StackFault or 10:
                OnProtectionFault(vcpu, vector);
                break;
            case InvalidOpcode:
                Emulate(vcpu, InvalidOpcode);
                break;
            case DeviceNotAvailable:
                vcpu.IsTaskSwitched = false;
                Raise(vcpu, DeviceNotAvailable);
                break;
            case Debug:
                OnDebug(vcpu);
                break;
            case Nmi or DoubleFault or MachineCheck:
                PanicScreen.Halt("NMI, double fault or machine check while a PV guest ran"u8, vector);
                break;
            case (uint)PvExit.Syscall32:
                _ = TrapDelivery.SystemCall(vcpu, vcpu.Syscall32Address, vcpu.Syscall32Masks); // a crash stands in the exit
                break;
            case (uint)PvExit.Sysenter:
                OnSysenter(vcpu);
                break;
            default:
                OnOther(vcpu, vector);
                break;
        }
    }

    /// <summary>Handles #PF.</summary>
    public static void OnPageFault(PvVcpu vcpu)
    {
        PvRegisters* registers = vcpu.Registers;
        ulong address = registers->FaultAddress;
        if (address - EntryArea.LdtBase < EntryArea.LdtPages * 4096UL)
        {
            Raise(vcpu, GeneralProtection); // a selector whose table is not there
            return;
        }

        if (vcpu.IsKernelMode && (registers->ErrorCode & ProtectionWrite) == ProtectionWrite && vcpu.Domain.WritesPageTables && PageTableWrites.TryHandle(vcpu, address))
        {
            return;
        }

        Raise(vcpu, PageFault);
    }

    private static void OnOther(PvVcpu vcpu, uint vector)
    {
        // IRETQ has refused the guest's selectors: its registers are those that it was to get.
        uint fault = vector & ~EntryFault;
        if ((vector & EntryFault) != 0 && (vcpu.Registers->ErrorCode & TableSelector) != 0 && TryMapLdt(vcpu))
        {
            return;
        }

        if ((vector & EntryFault) != 0 && vcpu.IsKernelMode)
        {
            // Its kernel's own return address: it cannot be entered to be told.
            vcpu.Registers->Cs = TrapDelivery.GuestCode;
            vcpu.Registers->Ss = TrapDelivery.GuestData;
        }

        Raise(vcpu, fault);
    }

    private static void OnProtectionFault(PvVcpu vcpu, uint vector)
    {
        if ((vcpu.Registers->ErrorCode & TableSelector) != 0 && TryMapLdt(vcpu))
        {
            return; // the instruction finds its descriptor now
        }

        if (vector == GeneralProtection)
        {
            if (!PortInstructions.TryRunPlain(vcpu))
            {
                Emulate(vcpu, GeneralProtection);
            }
        }
        else
        {
            Raise(vcpu, vector);
        }
    }

    private static bool TryMapLdt(PvVcpu vcpu)
    {
        int page = (int)(vcpu.Registers->ErrorCode >> 3 & 0x1FFF) / 512;
        return vcpu.Descriptors.Ldt(page).Number == 0 && DescriptorPages.TryMapLdtPage(vcpu, page) is XenError.None or XenError.Unfinished;
    }

    private static void Emulate(PvVcpu vcpu, uint vector)
    {
        Span<byte> code = stackalloc byte[LongestInstruction];
        int length = GuestCode.Read(vcpu, code);
        vcpu.FsBase = CpuInstructions.ReadMsr(PvMsr.FsBase);
        vcpu.GsBase = CpuInstructions.ReadMsr(PvMsr.KernelGsBase);
        EmulationResult result = vector == InvalidOpcode
            ? PrivilegedInstructions.RunForced(vcpu, code[..length])
            : PrivilegedInstructions.Run(vcpu, code[..length], ModeOf(vcpu), CpuInstructions.ReadTimeStamp());
        Follow(vcpu, result.Effects);
        switch (result.Outcome)
        {
            case EmulationOutcome.NotMine:
                Raise(vcpu, vector);
                break;
            case EmulationOutcome.GeneralProtection:
                vcpu.Registers->ErrorCode = 0;
                Raise(vcpu, GeneralProtection);
                break;
            case EmulationOutcome.PageFault:
                vcpu.Registers->FaultAddress = result.Value;
                vcpu.Registers->ErrorCode = result.ErrorCode;
                Raise(vcpu, PageFault);
                break;
            case EmulationOutcome.InvalidOpcode:
                Raise(vcpu, InvalidOpcode);
                break;
            case EmulationOutcome.Interrupt:
                _ = TrapDelivery.Interrupt(vcpu, result.Vector); // a crash stands in the exit
                break;
            case EmulationOutcome.Halt:
                Hypercalls.SchedHypercalls.Block(vcpu);
                break;
            case EmulationOutcome.NewTable:
                Conclude(vcpu, in result, BaseTables.TrySetKernel(vcpu, new ClaimedFrame(result.Value >> 12)));
                break;
            case EmulationOutcome.HypercallPage:
                Conclude(vcpu, in result, Hypercalls.HypercallPage.TryFill(vcpu.Domain, result.Value));
                break;
            default:
                break; // done
        }

        if ((result.Effects & EmulationEffects.SingleStep) != 0 && vcpu.Exit.Kind == VcpuExitKind.None)
        {
            vcpu.Dr6 |= SingleStepStatus;
            Raise(vcpu, Debug);
        }
    }

    private static CodeMode ModeOf(PvVcpu vcpu) => vcpu.Registers->Cs == Compatibility ? CodeMode.Bits32 : CodeMode.Bits64;

    private static void Conclude(PvVcpu vcpu, in EmulationResult result, XenError error)
    {
        if (error == XenError.None)
        {
            vcpu.Registers->Rip += result.Length;
        }
        else if (error != XenError.Unfinished)
        {
            vcpu.Registers->ErrorCode = 0;
            Raise(vcpu, GeneralProtection);
        }
    }

    // Registers that the processor holds while the vCPU is attached.
    private static void Follow(PvVcpu vcpu, EmulationEffects effects)
    {
        if ((effects & EmulationEffects.FsBase) != 0)
        {
            CpuInstructions.WriteMsr(PvMsr.FsBase, vcpu.FsBase);
        }

        if ((effects & EmulationEffects.GsBase) != 0)
        {
            CpuInstructions.WriteMsr(PvMsr.KernelGsBase, vcpu.GsBase);
        }

        if ((effects & EmulationEffects.Debug) != 0)
        {
            PvSwitch.LoadDebug(vcpu);
        }

        if ((effects & EmulationEffects.Control4) != 0)
        {
            CpuInstructions.WriteCr4(PvSwitch.HostCr4(vcpu.Cr4));
        }

        if ((effects & EmulationEffects.ExtendedControl) != 0)
        {
            _ = CpuInstructions.TrySetXcr0(vcpu.Xcr0); // the emulation has checked it
        }
    }

    private static void OnSysenter(PvVcpu vcpu)
    {
        if (vcpu.SysenterAddress == 0)
        {
            vcpu.Registers->ErrorCode = 0;
            Raise(vcpu, GeneralProtection); // as SYSENTER without a code segment
            return;
        }

        _ = TrapDelivery.SystemCall(vcpu, vcpu.SysenterAddress, vcpu.SysenterMasks); // a crash stands in the exit
    }

    private static void OnDebug(PvVcpu vcpu)
    {
        ulong status = SwitchedState.ReadDebugStatus();
        vcpu.Dr6 = (vcpu.Dr6 & ResetDr6) | status;
        Raise(vcpu, Debug);
    }

    private static void Raise(PvVcpu vcpu, uint vector) => _ = TrapDelivery.Raise(vcpu, (byte)vector, vcpu.Registers->ErrorCode); // a crash stands in the exit
}
