using Multicosm.Platform.Cpu;
using Multicosm.Machine;
using Multicosm.Platform.Panic;
using Multicosm.Vmx.Apicv;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>One line per exit reason.</summary>
internal static unsafe class ExitDispatch
{
    private const uint TypeMask = 7 << 8;
    private const uint NmiType = 2 << 8;
    private const uint DebugVector = 1;
    private const uint AlignmentVector = 17;
    private const ulong DebugConditions = 0x600F; // B0 to B3, BD, BS
    private const ulong GeneralDetect = 1 << 13;

    /// <summary>Handles the exit that Registers describes. CPUID, RDMSR and WRMSR are answered before, in <see cref="VmxBackend.Run"/>.</summary>
    public static ExitAction Dispatch(VmxVcpu vcpu) => (ExitReason)(ushort)vcpu.Registers->ExitReason switch
    {
        ExitReason.EptViolation => MemoryExits.Violation(vcpu),
        ExitReason.IoInstruction => PortExits.Instruction(vcpu),
        ExitReason.PreemptionTimer => ExitAction.Resume,
        ExitReason.ExternalInterrupt => ExitAction.Resume, // dispatched by the backend, which has the host's interrupts
        ExitReason.InterruptWindow or ExitReason.NmiWindow => Injection.CloseWindow(vcpu), // Prepare injects
        ExitReason.Hlt => InstructionExits.Hlt(vcpu),
        ExitReason.ControlRegisterAccess => ControlRegisterExits.Access(vcpu),
        ExitReason.Xsetbv => InstructionExits.Xsetbv(vcpu),
        ExitReason.Wbinvd or ExitReason.Invd => ExitAction.Advance, // guest memory is coherent; the host's caches are not a guest's to flush
        ExitReason.Pause => ExitAction.Advance,
        ExitReason.ExceptionOrNmi => Exception(vcpu),
        ExitReason.TripleFault => vcpu.Fail(CrashReason.TripleFault, "the guest faulted while a double fault was delivered"u8),
#if MULTICOSM_FAULT_DEVICE
        ExitReason.Vmcall => FaultCalls.Call(vcpu),
#endif
        ExitReason.ApicWrite => ApicVirtualization.Written(vcpu),
        ExitReason.VirtualizedEoi => ApicVirtualization.Ended(vcpu),
        ExitReason.ApicAccess => MemoryExits.ApicAccess(vcpu),
        ExitReason.Rdpmc => Injection.GeneralProtection(vcpu), // CPUID shows no counters
        ExitReason.Monitor or ExitReason.Mwait or ExitReason.Getsec or ExitReason.Vmfunc or ExitReason.Invept or ExitReason.Invvpid
            or (>= ExitReason.Vmcall and <= ExitReason.Vmxon) => Injection.InvalidOpcode(vcpu), // CPUID shows none of them
        ExitReason.EntryFailureGuestState or ExitReason.EntryFailureMsrLoading => EntryFailure.OfGuestState(vcpu),
        _ => Unhandled(vcpu),
    };

    // NMI and #MC are the host's. #DB and #AC go back to the guest: they exit because their delivery can cause them again without end,
    // which no interrupt would break.
    private static ExitAction Exception(VmxVcpu vcpu)
    {
        Injection.Requeue(vcpu);
        uint information = CurrentVmcs.Read(VmcsExitInfo32.InterruptionInfo);
        if ((information & TypeMask) != NmiType)
        {
            switch (information & 0xFF)
            {
                case DebugVector:
                    ReportDebug(vcpu);
                    return Injection.Reflect(vcpu, information);
                case AlignmentVector:
                    return Injection.Reflect(vcpu, information);
                default:
                    break;
            }
        }

        PanicScreen.Halt((information & TypeMask) == NmiType ? "NMI"u8 : "machine check"u8, information);
        return ExitAction.Resume;
    }

    // A #DB that exits has not changed DR6 and DR7 yet.
    private static void ReportDebug(VmxVcpu vcpu)
    {
        SwitchedState.SaveDebug(&vcpu.Registers->Dr0);
        vcpu.Registers->Dr6 |= vcpu.Registers->Qualification & DebugConditions;
        SwitchedState.LoadDebug(&vcpu.Registers->Dr0);
        CurrentVmcs.Write(VmcsGuestNatural.Dr7, CurrentVmcs.Read(VmcsGuestNatural.Dr7) & ~GeneralDetect);
    }

    private static ExitAction Unhandled(VmxVcpu vcpu)
    {
        _ = vcpu.Fail(CrashReason.UnhandledExit, "exit "u8); // its action is this method's
        vcpu.Crash.AppendNumber(vcpu.Registers->ExitReason);
        vcpu.Crash.AppendDetail(" ("u8);
        vcpu.Crash.AppendDetail(ExitNames.Of((uint)vcpu.Registers->ExitReason));
        vcpu.Crash.AppendDetail("), qualification 0x"u8);
        vcpu.Crash.AppendHex(vcpu.Registers->Qualification);
        return ExitAction.Crash;
    }
}
