using System;
using System.Runtime.CompilerServices;
using Multicosm.Domains.Board;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>One run of one vCPU, inside one containment frame: enter, route the exit, complete, until its time is over or it cannot go on.</summary>
public sealed class VcpuLoop(HostServices host, HostWork work, ulong sliceTicks, ulong lookTicks) : ContainedWork
{
    private const ulong InterruptFlag = 1u << 9;

    private readonly VcpuBackend _backend = host.Backend;
    private readonly ulong _earlyTicks = host.Backend.EarlyTicks;
    private readonly MonotonicClock _clock = host.Clock;
    private readonly Processor _processor = host.Processor;
    private Domain? _domain;
    private ulong _endTicks;
    private ulong _aloneUntil;
    private bool _isLooking;
    private ulong _nextLook;

    /// <summary>How the last run ended. After a contained fault it says nothing.</summary>
    public RunOutcome Outcome { get; private set; }

    /// <summary>Ticks of the last run in which the vCPU slept. After a contained fault they are those before it.</summary>
    public ulong NapTicks { get; private set; }

    /// <summary>Sets whom the next run serves, and when it must end; if nobody else can run before <paramref name="aloneUntil"/> and the host has nothing to do, the vCPU may sleep in it until then.</summary>
    public void Prepare(Domain domain, ulong endTicks, ulong aloneUntil)
    {
        _domain = domain;
        _endTicks = endTicks;
        _aloneUntil = aloneUntil;
        NapTicks = 0;

        // What comes in on the serial line ends a run by itself.
        _isLooking = domain.Console.IsAttached || _processor.WantsLooks;
        Outcome = RunOutcome.Exhausted;
    }

    /// <inheritdoc/>
    public override void Run()
    {
        Domain domain = _domain!;
        Vcpu vcpu = domain.Vcpu;
        ulong now = _clock.Now;
        if (domain.Console.NeedsService)
        {
            domain.Board.Service();
        }

        domain.Timers.RunExpired(now);
        if (IsPowerAsked(domain))
        {
            return; // the operator pressed the reset button
        }

        if (vcpu.IsHalted && !vcpu.CanWake && !Wait(domain, vcpu))
        {
            return;
        }

        vcpu.IsHalted = false;
        _nextLook = NextLook(now);
        if (vcpu.FirstEntryTicks == 0)
        {
            vcpu.FirstEntryTicks = now;
        }

        do
        {
            _backend.Run(vcpu.Backend, _nextLook);
        }
        while (vcpu.Backend.Exit.Kind == VcpuExitKind.SliceEnd ? OnSliceEnd(domain) : Handle(domain, vcpu)); // every switch and every look is the former
    }

    /// <summary>Acts on an exit that is not the end of the slice; true if the vCPU goes on.</summary>
    private bool Handle(Domain domain, Vcpu vcpu)
    {
        switch (vcpu.Backend.Exit.Kind)
        {
            case VcpuExitKind.None:
                return !IsPowerAsked(domain);
            case VcpuExitKind.Halt:
            case VcpuExitKind.HaltMasked:
                return OnHalt(domain, vcpu);
            case VcpuExitKind.Crash:
                return Crash(vcpu, vcpu.Backend.Exit.Reason);
            default:
                ExitRouter.Route(domain.Board, vcpu);
                _backend.Complete(vcpu.Backend);
                return !IsPowerAsked(domain);
        }
    }

    private bool OnSliceEnd(Domain domain)
    {
        ulong now = _clock.Now + _earlyTicks;
        bool timerDue = domain.Timers.NextDeadline <= now;
        domain.Timers.RunExpired(now);

        // Neither end nor timer: a host interrupt. The scheduler looks after it.
        return (timerDue || now >= _nextLook) && (now < _nextLook || CanGoOn(domain, now)) && !IsPowerAsked(domain);
    }

    private ulong NextLook(ulong now) => _isLooking ? Math.Min(now + lookTicks, _endTicks) : _endTicks;

    // Every 500 us: nothing waits for the host, and the turn is not over.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool CanGoOn(Domain domain, ulong now)
    {
        if (now >= _endTicks || domain.Console.Unseen > 0 || domain.Console.NeedsService || _processor.HasWork)
        {
            return false;
        }

        _nextLook = NextLook(now);
        return true;
    }

    private bool OnHalt(Domain domain, Vcpu vcpu)
    {
        vcpu.IsMasked = vcpu.Backend.Exit.Kind == VcpuExitKind.HaltMasked;
        _backend.Complete(vcpu.Backend);
        if (vcpu.CanWake)
        {
            return true;
        }

        // With nothing armed, only the serial port can interrupt; then it matters whether the guest lets it. Asking costs, so only then.
        if (!vcpu.IsMasked && !domain.Timers.IsAnyArmed)
        {
            _backend.ReadState(vcpu.Backend, out VcpuState state);
            vcpu.IsMasked = (state.Rflags & InterruptFlag) == 0;
        }

        vcpu.IsHalted = true;
        return Wait(domain, vcpu);
    }

    private bool Wait(Domain domain, Vcpu vcpu)
    {
        // An armed timer may still send an NMI through LINT0 or the I/O APIC.
        if (vcpu.IsMasked && !domain.Timers.IsAnyArmed)
        {
            return Crash(vcpu, CrashReason.HaltedForever);
        }

        if (TryNap(domain, vcpu))
        {
            return true;
        }

        Outcome = RunOutcome.Blocked;
        return false;
    }

    // While nobody else can run, the vCPU sleeps here: the way to the scheduler, which would sleep for it, and back takes longer than to wake up.
    private bool TryNap(Domain domain, Vcpu vcpu)
    {
        while (domain.Timers.NextDeadline < _aloneUntil && !_processor.WantsLooks && !work.HasWork)
        {
            ulong start = _clock.Now;
            _processor.Idle(domain.Timers.NextDeadline);
            ulong now = _clock.Now;
            NapTicks += now - start;
            domain.Timers.RunExpired(now);
            if (vcpu.CanWake)
            {
                vcpu.IsHalted = false;
                _endTicks = Math.Min(now + sliceTicks, _aloneUntil);
                _nextLook = NextLook(now);
                return true;
            }
        }

        return false;
    }

    private bool Crash(Vcpu vcpu, CrashReason reason)
    {
        vcpu.Backend.Crash.Reason = reason;
        _backend.ReadState(vcpu.Backend, out vcpu.Backend.Crash.State);
        Outcome = RunOutcome.Crashed;
        return false;
    }

    private bool IsPowerAsked(Domain domain)
    {
        if (domain.Board.Power.Request == PowerRequest.None)
        {
            return false;
        }

        Outcome = RunOutcome.Power;
        return true;
    }
}
