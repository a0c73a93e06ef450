using System;
using System.Runtime.CompilerServices;
using Multicosm.Machine;
using Multicosm.Vmx.Entry;
using Multicosm.Vmx.Exits;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx;

/// <content>The loop of entries and exits, and the second halves of exits that a device answers.</content>
public sealed unsafe partial class VmxBackend
{
    private const int NoTimer = 63; // as a shift it leaves 0
    private const ulong TicksToEnter = 144; // fewer than pass from one look at the clock, into the guest and out of it, to the next, on any processor

    /// <inheritdoc/>
    public override ulong EarlyTicks => TicksToEnter;

    /// <inheritdoc/>
    public override void Run(BackendVcpu vcpu, ulong deadlineTicks)
    {
        VmxVcpu target = (VmxVcpu)vcpu;

        // Each instruction in this loop is paid by every exit: what does not change stays in locals.
        GuestRegisters* registers = target.Registers;
        ExitHistory history = target.History;
        InterruptController interrupts = target.Interrupts;
        registers->TimerShift = (uint)_timerShift;
        registers->Until = Until(target, deadlineTicks);
        while (true)
        {
            if (interrupts.HasPending)
            {
                Injection.Prepare(target);
            }

            int result = VmxInstructions.Enter(registers);
            if (result != 0)
            {
                EndRun(target, result);
                return;
            }

            registers->IsLaunched = 1;
            target.HasQueuedEvent = false;
            uint reason = (uint)registers->ExitReason;
            history.Record(reason, registers->Qualification, registers->Rip, in *(ExitArguments*)&registers->Rax); // and Rcx, which stands behind it
            if (reason == (uint)ExitReason.Cpuid)
            {
                InstructionExits.Cpuid(target, registers); // answered from a table alone, so it is worth a place in this loop
                target.Advance(registers);
                continue;
            }

            if (reason == (uint)ExitReason.Rdmsr)
            {
                MsrExits.Read(target, registers);
                continue;
            }

            if (reason == (uint)ExitReason.Wrmsr)
            {
                MsrExits.Write(target, registers);
                FollowTimers(target, registers, deadlineTicks);
                continue;
            }

            // What the guest does often, and what a device answers, goes on from here; the rest is ExitDispatch's.
            ExitAction action;
            switch ((ExitReason)reason)
            {
                case ExitReason.IoInstruction:
                    action = PortExits.Instruction(target, registers);
                    break;
                case ExitReason.EptViolation:
                    action = MemoryExits.Violation(target);
                    break;
                case ExitReason.Wbinvd: // guest memory is coherent; the host's caches are not a guest's to flush
                case ExitReason.Invd:
                case ExitReason.Pause:
                    target.Advance(registers);
                    continue;
                case ExitReason.PreemptionTimer: // the entry finds that the run is over
                    continue;
                case ExitReason.Xsetbv:
                    InstructionExits.Xsetbv(target, registers);
                    continue;
#if !MULTICOSM_FAULT_DEVICE
                case ExitReason.Vmcall:
                    _ = Injection.InvalidOpcode(target); // CPUID shows no VMX
                    continue;
#endif
                default:
                    action = ExitDispatch.Dispatch(target);
                    break;
            }

            if (action == ExitAction.Served)
            {
                if (target.Devices!.EndsRun)
                {
                    target.Exit.Kind = VcpuExitKind.None;
                    return;
                }

                FollowTimers(target, registers, deadlineTicks);
            }
            else if (!GoesOn(target, action))
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public override void Complete(BackendVcpu vcpu)
    {
        VmxVcpu target = (VmxVcpu)vcpu;
        Completion completion = target.Completion;
        target.Completion = Completion.None;
        switch (completion)
        {
            case Completion.Advance:
                target.Advance(target.Registers);
                break;
            case Completion.TaskPriorityRead:
                target.History.LatestArguments.Value = target.Reply.Value;
                target.WriteRegister(target.Register, target.Reply.Value);
                target.Advance(target.Registers);
                break;
            case Completion.None:
            default:
                break;
        }
    }

    // The end of a run, or the first of the domain's timers before it, less the way from here into the guest and out again.
    private ulong Until(VmxVcpu target, ulong deadlineTicks)
    {
        ulong until = Math.Min(deadlineTicks, target.Domain.Timers.NextDeadline) - TicksToEnter;
        if (_timerShift == NoTimer)
        {
            _interrupts.ArmDeadline(until);
        }

        return until;
    }

    // A device, or the local APIC, may have moved a timer.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FollowTimers(VmxVcpu target, GuestRegisters* registers, ulong deadlineTicks)
    {
        if (Math.Min(deadlineTicks, target.Domain.Timers.NextDeadline) - TicksToEnter != registers->Until)
        {
            registers->Until = Until(target, deadlineTicks);
        }
    }

    private static void EndRun(VmxVcpu target, int result)
    {
        if (result == VmxInstructions.Late)
        {
            target.Exit.Kind = VcpuExitKind.SliceEnd;
            return;
        }

        _ = EntryFailure.OfInstruction(target, result); // always Crash
        VcpuRegisters.Read(target, out target.Crash.State);
    }

    // True to go on in the guest.
    private bool GoesOn(VmxVcpu target, ExitAction action)
    {
        switch (action)
        {
            case ExitAction.Advance:
                target.Advance(target.Registers);
                return true;
            case ExitAction.Resume:
                return (ExitReason)(ushort)target.Registers->ExitReason != ExitReason.ExternalInterrupt || !TookInterrupt(target);
            case ExitAction.Forward:
                return false;
            case ExitAction.Crash:
            default:
                VcpuRegisters.Read(target, out target.Crash.State);
                return false;
        }
    }

    private bool TookInterrupt(VmxVcpu target)
    {
        uint information = CurrentVmcs.Read(VmcsExitInfo32.InterruptionInfo);
        _interrupts.Dispatch((byte)information);
        target.Exit.Kind = VcpuExitKind.SliceEnd; // the host may have work now
        return true;
    }
}
