using Multicosm.Machine;
using Multicosm.Platform.Cpu;
using Multicosm.Vmx.Apicv;
using Multicosm.Vmx.Capabilities;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>Events for the guest: exceptions, interrupts through their window, and the ones that an exit interrupted.</summary>
/// <source>SDM 3C, "Event Injection" and "Information for VM Exits During Event Delivery"</source>
internal static unsafe class Injection
{
    private const uint Valid = 1u << 31;
    private const uint HasErrorCode = 1u << 11;
    private const uint ExternalInterrupt = 0 << 8;
    private const uint Nmi = 2 << 8;
    private const uint HardwareException = 3 << 8;
    private const uint TypeMask = 7 << 8;
    private const uint SoftwareInterrupt = 4 << 8;
    private const uint PrivilegedSoftwareException = 5 << 8;
    private const uint SoftwareException = 6 << 8;
    private const uint BlockingByStiOrMovSs = 3;
    private const uint BlockingByNmi = 8;
    private const uint Windows = (uint)(PrimaryControls.InterruptWindowExiting | PrimaryControls.NmiWindowExiting);
    private const ulong InterruptFlag = 1 << 9;
    private const ulong ResumeFlag = 1 << 16;
    private const uint DoubleFault = 8;
    private const uint Contributory = (1 << 0) | (0xF << 10); // #DE, #TS, #NP, #SS, #GP
    private const uint PageFaults = 1 << 14;

    /// <summary>#UD.</summary>
    public static ExitAction InvalidOpcode(VmxVcpu vcpu)
    {
        MarkFault(vcpu);
        return Queue(vcpu, Valid | HardwareException | 6);
    }

    /// <summary>#DB in front of an instruction; DR6 says already why.</summary>
    public static ExitAction Debug(VmxVcpu vcpu) => Queue(vcpu, Valid | HardwareException | 1);

    /// <summary>
    /// An exception that came while the event described by <paramref name="interrupted"/> (IDT-vectoring information, 0 for none) was delivered: it takes
    /// the event's place, or both together are a double fault, or the end.
    /// </summary>
    /// <source>SDM 3A, "Interrupt 8 - Double Fault Exception (#DF)"</source>
    public static ExitAction Raise(VmxVcpu vcpu, in GuestFault fault, uint interrupted)
    {
        bool wasException = (interrupted & (Valid | TypeMask)) == (Valid | HardwareException);
        uint first = wasException ? 1u << (int)(interrupted & 31) : 0;
        uint second = 1u << fault.Vector;
        if ((first & (1 << (int)DoubleFault)) != 0 && (second & (Contributory | PageFaults)) != 0)
        {
            return vcpu.Fail(CrashReason.TripleFault, "the guest faulted while a double fault was delivered"u8);
        }

        bool isDouble = ((first & (Contributory | PageFaults)) != 0 && (second & Contributory) != 0) || ((first & PageFaults) != 0 && (second & PageFaults) != 0);
        if (fault.Vector == GuestFault.PageFault)
        {
            CpuInstructions.WriteCr2(fault.Address);
        }

        return isDouble ? QueueWithError(vcpu, DoubleFault, 0) : QueueWithError(vcpu, fault.Vector, fault.ErrorCode);
    }

    /// <summary>True if IDT-vectoring information describes INT n, INT3 or INTO.</summary>
    public static bool IsSoftware(uint vectoring) => (vectoring & TypeMask) is SoftwareInterrupt or SoftwareException;

    /// <summary>The same, or INT1: the event came at the end of an instruction.</summary>
    public static bool IsInstruction(uint vectoring) => (vectoring & TypeMask) is SoftwareInterrupt or PrivilegedSoftwareException or SoftwareException;

    /// <summary>True if it describes an NMI.</summary>
    public static bool IsNmi(uint vectoring) => (vectoring & (Valid | TypeMask)) == (Valid | Nmi);

    /// <summary>True if it describes an exception with an error code.</summary>
    public static bool HasError(uint vectoring) => (vectoring & (Valid | HasErrorCode)) == (Valid | HasErrorCode);

    /// <summary>#DE.</summary>
    public static ExitAction DivideError(VmxVcpu vcpu) => Queue(vcpu, Valid | HardwareException);

    /// <summary>#NP, #SS or #GP with a selector, whose lowest two bits do not count.</summary>
    public static ExitAction SelectorFault(VmxVcpu vcpu, uint vector, uint selector) => QueueWithError(vcpu, vector, selector & 0xFFFC);

    /// <summary>#GP(0).</summary>
    public static ExitAction GeneralProtection(VmxVcpu vcpu) => QueueWithError(vcpu, 13, 0);

    /// <summary>#SS(0).</summary>
    public static ExitAction StackFault(VmxVcpu vcpu) => QueueWithError(vcpu, 12, 0);

    /// <summary>An exception that exits only so that the CPU is not caught in its delivery: as it was, whatever it interrupted.</summary>
    public static ExitAction Reflect(VmxVcpu vcpu, uint information)
    {
        if ((information & HasErrorCode) != 0)
        {
            CurrentVmcs.Write(VmcsControl32.EntryExceptionErrorCode, CurrentVmcs.Read(VmcsExitInfo32.InterruptionErrorCode));
        }

        CurrentVmcs.Write(VmcsControl32.EntryInstructionLength, (uint)vcpu.Registers->InstructionLength);
        return Queue(vcpu, information & (Valid | HasErrorCode | TypeMask | 0xFF));
    }

    /// <summary>#PF at <paramref name="linear"/>.</summary>
    public static ExitAction PageFault(VmxVcpu vcpu, ulong linear, uint errorCode)
    {
        CpuInstructions.WriteCr2(linear);
        return QueueWithError(vcpu, 14, errorCode);
    }

    /// <summary>Before an entry, with something pending: queues an NMI or interrupt if the guest can take it, else asks for the window.</summary>
    public static void Prepare(VmxVcpu vcpu)
    {
        if (vcpu.Interrupts.TaskThreshold != 0)
        {
            vcpu.Interrupts.LookAtTaskPriority();
        }

        uint primary = vcpu.Primary & ~Windows;
        if (vcpu.Interrupts.IsNmiPending)
        {
            primary |= PrepareNmi(vcpu);
        }

        if (vcpu.Interrupts.IsPending)
        {
            primary |= PrepareInterrupt(vcpu);
        }

        if (vcpu.Interrupts.HasChanged)
        {
            ApicVirtualization.Synchronize(vcpu);
        }

        SetPrimary(vcpu, primary);
    }

    /// <summary>The window that was asked for is open; what waits, if it still does, goes in before the next entry.</summary>
    public static ExitAction CloseWindow(VmxVcpu vcpu)
    {
        SetPrimary(vcpu, vcpu.Primary & ~Windows);
        return ExitAction.Resume;
    }

    /// <summary>After an exit: an event whose delivery it interrupted is queued again.</summary>
    public static void Requeue(VmxVcpu vcpu)
    {
        uint vectoring = CurrentVmcs.Read(VmcsExitInfo32.IdtVectoringInfo);
        if ((vectoring & Valid) == 0)
        {
            return;
        }

        if ((vectoring & HasErrorCode) != 0)
        {
            CurrentVmcs.Write(VmcsControl32.EntryExceptionErrorCode, CurrentVmcs.Read(VmcsExitInfo32.IdtVectoringErrorCode));
        }

        if (IsInstruction(vectoring))
        {
            CurrentVmcs.Write(VmcsControl32.EntryInstructionLength, (uint)vcpu.Registers->InstructionLength);
        }

        if (IsNmi(vectoring))
        {
            // Its delivery set the blocking, and would find it set again.
            CurrentVmcs.Write(VmcsGuest32.Interruptibility, CurrentVmcs.Read(VmcsGuest32.Interruptibility) & ~BlockingByNmi);
        }

        _ = Queue(vcpu, vectoring & (Valid | HasErrorCode | TypeMask | 0xFF)); // always Resume
    }

    private static void SetPrimary(VmxVcpu vcpu, uint primary)
    {
        if (primary != vcpu.Primary)
        {
            vcpu.Primary = primary;
            CurrentVmcs.Write(VmcsControl32.ProcessorBased, primary);
        }
    }

    private static uint PrepareNmi(VmxVcpu vcpu)
    {
        uint interruptibility = CurrentVmcs.Read(VmcsGuest32.Interruptibility);
        if (vcpu.HasQueuedEvent || (interruptibility & (BlockingByStiOrMovSs | BlockingByNmi)) != 0)
        {
            return (uint)PrimaryControls.NmiWindowExiting;
        }

        vcpu.Interrupts.IsNmiPending = false;
        _ = Queue(vcpu, Valid | Nmi | 2); // always Resume
        return 0;
    }

    private static uint PrepareInterrupt(VmxVcpu vcpu)
    {
        bool open = !vcpu.HasQueuedEvent && (vcpu.Registers->Rflags & InterruptFlag) != 0
            && (vcpu.Registers->Interruptibility & BlockingByStiOrMovSs) == 0;
        if (open && vcpu.Interrupts.TryAcknowledge(out byte vector))
        {
            _ = Queue(vcpu, Valid | ExternalInterrupt | vector); // always Resume
        }

        return vcpu.Interrupts.IsPending ? (uint)PrimaryControls.InterruptWindowExiting : 0;
    }

    private static ExitAction QueueWithError(VmxVcpu vcpu, uint vector, uint errorCode)
    {
        // Real mode pushes no error code.
        MarkFault(vcpu);
        bool hasErrorCode = (CurrentVmcs.Read(VmcsGuestNatural.Cr0) & 1) != 0;
        CurrentVmcs.Write(VmcsControl32.EntryExceptionErrorCode, errorCode);
        return Queue(vcpu, Valid | HardwareException | (hasErrorCode ? HasErrorCode : 0) | vector);
    }

    // What a fault pushes has RF set, so that a breakpoint on the instruction does not come a second time. Entries push what RFLAGS holds.
    private static void MarkFault(VmxVcpu vcpu)
    {
        vcpu.Registers->Rflags |= ResumeFlag;
        CurrentVmcs.Write(VmcsGuestNatural.Rflags, vcpu.Registers->Rflags);
    }

    private static ExitAction Queue(VmxVcpu vcpu, uint information)
    {
        CurrentVmcs.Write(VmcsControl32.EntryInterruptionInfo, information);
        vcpu.HasQueuedEvent = true;
        return ExitAction.Resume;
    }
}
