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
    private const uint HardwareException = 3 << 8;

    /// <summary>Handles the exit that Registers describes. Those that guests cause most are handled before, in <see cref="VmxBackend.Run"/>.</summary>
    public static ExitAction Dispatch(VmxVcpu vcpu) => (ExitReason)(ushort)vcpu.Registers->ExitReason switch
    {
        ExitReason.ExternalInterrupt => ExitAction.Resume, // dispatched by the backend, which has the host's interrupts
        ExitReason.InterruptWindow or ExitReason.NmiWindow => Injection.CloseWindow(vcpu), // Prepare injects
        ExitReason.Hlt => InstructionExits.Hlt(vcpu),
        ExitReason.TprBelowThreshold => ExitAction.Resume, // Prepare injects; RIP is behind MOV CR8
        ExitReason.ControlRegisterAccess => ControlRegisterExits.Access(vcpu),
        ExitReason.TaskSwitch => TaskSwitch.Switch(vcpu),
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
        ExitReason.EntryFailureMachineCheck => HostMachineCheck(vcpu),
        ExitReason.EptMisconfiguration => Misconfiguration(vcpu),

        // No control asks for these, or (INIT, SIPI, SMI) none can come: a start of another vCPU is the local APIC's business. One that comes all
        // the same ends the domain, not the host.
        ExitReason.InitSignal or ExitReason.StartupIpi or ExitReason.IoSmi or ExitReason.OtherSmi or ExitReason.Rsm => Unhandled(vcpu),
        ExitReason.Invlpg or ExitReason.Rdtsc or ExitReason.Rdtscp or ExitReason.Invpcid or ExitReason.MovDr or ExitReason.MonitorTrapFlag
            or ExitReason.GdtrOrIdtrAccess or ExitReason.LdtrOrTrAccess or ExitReason.Rdrand or ExitReason.Rdseed
            or ExitReason.Encls or ExitReason.PageModificationLogFull or ExitReason.Xsaves or ExitReason.Xrstors or ExitReason.SppEvent
            or ExitReason.Umwait or ExitReason.Tpause => Unhandled(vcpu),
        _ => Unhandled(vcpu),
    };

    // NMI and #MC are the host's. #DB and #AC go back to the guest: they exit because their delivery can cause them again without end,
    // which no interrupt would break. Each takes the place of an event that was being delivered: #AC is benign, and #DB comes behind.
    private static ExitAction Exception(VmxVcpu vcpu)
    {
        uint information = CurrentVmcs.Read(VmcsExitInfo32.InterruptionInfo);
        if ((information & TypeMask) != NmiType)
        {
            switch (information & 0xFF)
            {
                case DebugVector:
                    if ((information & TypeMask) == HardwareException)
                    {
                        DebugTraps.ReportExit(vcpu); // INT1 reports nothing
                    }

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

    // The host's, wherever the processor was when it noticed it.
    private static ExitAction HostMachineCheck(VmxVcpu vcpu)
    {
        PanicScreen.Halt("machine check during VM entry"u8, vcpu.Registers->Qualification);
        return ExitAction.Resume;
    }

    // An entry of the EPT has bits that no processor takes: the domain's tables are wrong, the others' are not.
    private static ExitAction Misconfiguration(VmxVcpu vcpu)
    {
        _ = vcpu.Fail(CrashReason.UnhandledExit, "the EPT entry for this address is malformed: 0x"u8); // its action is this method's
        vcpu.Crash.AppendHex(CurrentVmcs.Read(VmcsExitInfo64.GuestPhysicalAddress));
        return ExitAction.Crash;
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
