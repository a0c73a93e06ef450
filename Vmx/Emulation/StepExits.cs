using Multicosm.Platform.Cpu;
using Multicosm.Vmx.Entry;
using Multicosm.Vmx.Exits;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Emulation;

/// <summary>The exit that ended a <see cref="GuestStep"/>.</summary>
internal static unsafe class StepExits
{
    private const uint TypeMask = 7 << 8;
    private const uint NmiType = 2 << 8;
    private const uint DebugVector = 1;
    private const uint PageFaultVector = 14;
    private const uint AlignmentVector = 17;
    private const uint MachineCheckVector = 18;

    /// <summary>Handles it.</summary>
    public static ExitAction Handle(VmxVcpu vcpu)
    {
        GuestRegisters* registers = vcpu.Registers;
        switch ((ExitReason)registers->ExitReason)
        {
            case ExitReason.NmiWindow:
            case ExitReason.PreemptionTimer:
                return ExitAction.Served; // devices were asked
            case ExitReason.ExceptionOrNmi:
                return Exception(vcpu);
            case ExitReason.EptViolation:
                return MemoryExits.Violation(vcpu);

            // Code that lies in a device: these are handled in the loop of entries otherwise.
            case ExitReason.Cpuid:
                InstructionExits.Cpuid(vcpu, registers);
                return ExitAction.Advance;
            case ExitReason.Rdmsr:
                MsrExits.Read(vcpu, registers);
                return ExitAction.Served;
            case ExitReason.Wrmsr:
                MsrExits.Write(vcpu, registers);
                return ExitAction.Served;
            case ExitReason.IoInstruction:
                return PortExits.Instruction(vcpu, registers);
            case ExitReason.Wbinvd:
            case ExitReason.Invd:
            case ExitReason.Pause:
                return ExitAction.Advance;
            case ExitReason.Xsetbv:
                InstructionExits.Xsetbv(vcpu, registers);
                return ExitAction.Resume;
            case ExitReason.Vmcall:
                return Injection.InvalidOpcode(vcpu);
            default:
                return ExitDispatch.Dispatch(vcpu);
        }
    }

    // All exceptions exit during a step. Those that are not looked at otherwise go back to the guest as they are.
    private static ExitAction Exception(VmxVcpu vcpu)
    {
        uint information = CurrentVmcs.Read(VmcsExitInfo32.InterruptionInfo);
        uint vector = information & 0xFF;
        if ((information & TypeMask) == NmiType || vector is DebugVector or AlignmentVector or MachineCheckVector)
        {
            return ExitDispatch.Dispatch(vcpu);
        }

        if (vector == PageFaultVector)
        {
            CpuInstructions.WriteCr2(vcpu.Registers->Qualification);
        }

        return Injection.Reflect(vcpu, information);
    }
}
