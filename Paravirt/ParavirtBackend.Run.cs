using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Traps;
using Multicosm.Platform.Cpu;

namespace Multicosm.Paravirt;

/// <content>The loop of entries and exits.</content>
public sealed unsafe partial class ParavirtBackend
{
    private const uint FirstInterrupt = 32;

    /// <inheritdoc/>
    public override void Run(BackendVcpu vcpu, ulong deadlineTicks)
    {
        PvVcpu target = (PvVcpu)vcpu;
        Go(target, deadlineTicks);
        ShortWays.Count(target.Registers, target.History);
    }

    /// <inheritdoc/>
    public override void Complete(BackendVcpu vcpu)
    {
        // Nothing waits for an answer: a PV guest has no emulated devices.
    }

    private void Go(PvVcpu target, ulong deadlineTicks)
    {
        PvDomain domain = target.Domain;
        PvRegisters* registers = target.Registers;
        ExitHistory history = target.History;
        domain.RunUntilTicks = deadlineTicks;
        domain.ArmedTicks = 0;
        target.Exit.Kind = target.Exit.Kind == VcpuExitKind.Crash ? VcpuExitKind.Crash : VcpuExitKind.None; // Attach may have found that it cannot go on
        target.Runstate.OnRun();
        if (domain.Watchdogs.HasExpired)
        {
            target.Exit.Kind = VcpuExitKind.Power;
            target.Exit.Value = (ulong)GuestPowerReason.Watchdog;
        }

        while (target.Exit.Kind == VcpuExitKind.None)
        {
            // A timer that the guest sets, or an interrupt for another of its vCPUs, may end the run earlier. What is armed comes as an interrupt.
            if (domain.ArmedTicks != domain.RunUntilTicks)
            {
                domain.ArmedTicks = domain.RunUntilTicks;
                if (CpuInstructions.ReadTimeStamp() >= domain.ArmedTicks)
                {
                    target.Exit.Kind = VcpuExitKind.SliceEnd;
                    return;
                }

                _interrupts.ArmDeadline(domain.ArmedTicks);
            }

            if (TrapDelivery.IsEventDue(target) ? !TrapDelivery.Event(target) : target.IsNmiPending && !TryRaiseNmi(target))
            {
                return;
            }

            if (target.Descriptors.IsChanged)
            {
                PvSwitch.LoadDescriptorTables(target);
            }

            if (!ShortWays.AreRight(target))
            {
                ShortWays.Renew(target);
            }

            PvInstructions.Enter(registers);
            if (registers->Vector == (uint)PvExit.Hypercall)
            {
                history.Record(PvExitNames.ReasonOfHypercall(registers->Rax), 0, registers->Rip, new ExitArguments { Value = registers->Rax, Address = registers->Rdi });
                registers->UsesSysret = registers->Rip ^ Addresses.LowerHalfEnd; // 0 just there: SYSRET would fault in ring 0
                _dispatch.Invoke(target, registers);
            }
            else
            {
                OnOther(target, registers);
            }
        }
    }

    private void OnOther(PvVcpu target, PvRegisters* registers)
    {
        uint vector = (uint)registers->Vector;
        if (vector == PvExitNames.PageFault)
        {
            // Most of them are stores to page tables.
            target.History.Record(PvExitNames.PageFault, registers->FaultAddress, registers->Rip, new ExitArguments { Value = registers->Rax, Address = registers->Rdi });
            registers->UsesSysret = 0;
            PvExceptions.OnPageFault(target);
            return;
        }

        target.History.Record(PvExitNames.ReasonOf(vector), registers->FaultAddress, registers->Rip, new ExitArguments { Value = registers->Rax, Address = registers->Rdi });
        registers->UsesSysret = 0;
        if (vector - FirstInterrupt < 256 - FirstInterrupt)
        {
            _interrupts.Dispatch((byte)vector);
            target.Exit.Kind = VcpuExitKind.SliceEnd;
        }
        else if (vector == (uint)PvExit.SystemCall)
        {
            _ = TrapDelivery.SystemCall(target, target.SyscallAddress, target.SyscallMasks); // a crash stands in the exit
        }
        else
        {
            PvExceptions.Handle(target, vector);
        }
    }

    private static bool TryRaiseNmi(PvVcpu target)
    {
        if (target.IsInNmi)
        {
            return true;
        }

        target.IsNmiPending = false;
        if (target.Trap(2).Address == 0)
        {
            return true; // nobody listens
        }

        target.IsInNmi = true;
        ShortWays.OnChange(target);
        return TrapDelivery.Raise(target, 2, 0);
    }
}
