using System;
using Multicosm.Machine;
using Multicosm.Platform.Cpu;
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
        if (target.HasQuestion)
        {
            target.HasQuestion = false; // Complete has asked again, or found that the domain cannot go on
            return;
        }

        // Each instruction in this loop is paid by every exit: what does not change stays in locals.
        GuestRegisters* registers = target.Registers;
        ExitHistory history = target.History;
        InterruptController interrupts = target.Interrupts;
        int timerShift = _timerShift;
        ulong until = Until(target, deadlineTicks);
        while (true)
        {
            ulong now = CpuInstructions.ReadTimeStamp();
            if (now >= until)
            {
                target.Exit.Kind = VcpuExitKind.SliceEnd;
                return;
            }

            if (interrupts.HasPending)
            {
                Injection.Prepare(target);
            }

            registers->PreemptionTimer = (until - now) >> timerShift; // of more than 32 bits the low ones: an exit too early does no harm
            int result = VmxInstructions.Enter(registers);
            if (result != 0)
            {
                _ = EntryFailure.OfInstruction(target, result); // always Crash
                VcpuRegisters.Read(target, out target.Crash.State);
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
            }
            else if (reason == (uint)ExitReason.Rdmsr)
            {
                MsrExits.Read(target, registers);
            }
            else if (reason == (uint)ExitReason.Wrmsr)
            {
                MsrExits.Write(target, registers);
                ulong next = Math.Min(deadlineTicks, target.Domain.Timers.NextDeadline) - TicksToEnter;
                until = next == until ? until : Until(target, deadlineTicks); // the guest has moved its timer
            }
            else if (!Handle(target))
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
            case Completion.PortIn:
                PortExits.CompleteIn(target);
                break;
            case Completion.PortOut:
                PortExits.CompleteOut(target);
                break;
            case Completion.MemoryLoad:
                MemoryExits.CompleteLoad(target);
                break;
            case Completion.MemoryStore:
                MemoryExits.CompleteStore(target);
                break;
            case Completion.Instruction:
                target.HasQuestion = target.Processor.Continue() != ExitAction.Resume;
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

    // True to go on in the guest.
    private bool Handle(VmxVcpu target)
    {
        ExitAction action = ExitDispatch.Dispatch(target);
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
