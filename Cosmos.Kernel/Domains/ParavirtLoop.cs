using System;
using Multicosm.Domains.Board;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>
/// One run of a PV domain, inside one containment frame: its processors take turns in the domain's slice. Each goes on until it waits,
/// yields, or has had its part; the run ends when the slice is over or none of them can go on.
/// </summary>
public sealed class ParavirtLoop(HostServices host, HostWork work, DomainTable domains, VcpuAttachment attachment, ulong sliceTicks, ulong lookTicks, ulong turnTicks) : ContainedWork
{
    private readonly MonotonicClock _clock = host.Clock;
    private readonly Processor _processor = host.Processor;
    private Domain? _domain;
    private ulong _endTicks;
    private ulong _aloneUntil;
    private bool _isLooking;
    private ulong _nextLook;
    private int _turn;
    private Vcpu? _holder;
    private ulong _turnEnd;

    /// <summary>How the last run ended. After a contained fault it says nothing.</summary>
    public RunOutcome Outcome { get; private set; }

    /// <summary>Ticks of the last run in which all processors slept. After a contained fault they are those before it.</summary>
    public ulong NapTicks { get; private set; }

    /// <summary>Sets whom the next run serves, and when it must end; if nobody else can run before <paramref name="aloneUntil"/>, it may sleep until then.</summary>
    public void Prepare(Domain domain, ulong endTicks, ulong aloneUntil)
    {
        _domain = domain;
        _endTicks = endTicks;
        _aloneUntil = aloneUntil;
        NapTicks = 0;
        _isLooking = domain.Console.IsAttached || _processor.WantsLooks;
        Outcome = RunOutcome.Exhausted;
    }

    /// <inheritdoc/>
    public override void Run()
    {
        Domain domain = _domain!;
        domain.Backend.IsWoken = false;
        domain.Vcpu.IsHalted = false;
        _nextLook = NextLook(_clock.Now);
        bool goesOn;
        do
        {
            ulong now = _clock.Now;
            if (domain.Console.NeedsService)
            {
                domain.Console.NeedsService = false;
                domain.Xen!.Service();
            }

            domain.Timers.RunExpired(now);
            goesOn = !IsPowerAsked(domain) && (TryPick(domain, out Vcpu? vcpu) ? RunOne(domain, vcpu!, now) : Wait(domain));
        }
        while (goesOn);
    }

    private bool RunOne(Domain domain, Vcpu vcpu, ulong now)
    {
        attachment.Use(vcpu);
        vcpu.FirstEntryTicks = vcpu.FirstEntryTicks == 0 ? now : vcpu.FirstEntryTicks;
        ulong turn = domain.VcpuCount == 1 ? ulong.MaxValue : TurnEnd(vcpu, now);
        vcpu.Virtualization.Run(vcpu.Backend, Math.Min(Math.Min(_nextLook, domain.Timers.NextDeadline), turn));
        switch (vcpu.Backend.Exit.Kind)
        {
            case VcpuExitKind.SliceEnd:
                return OnSliceEnd(domain, turn);
            case VcpuExitKind.Yield:
                _turn = vcpu.Index + 1;
                domain.Xen!.Service(); // who has no interrupts yet asks like this
                return CanGoOn(domain);
            case VcpuExitKind.Halt:
                return true;
            case VcpuExitKind.Notify:
                domain.Xen!.OnNotify(vcpu.Backend.Exit.Address);
                return !HasWoken(domain);
            case VcpuExitKind.Power:
                domain.Xen!.OnPower(vcpu.Backend.Exit.Value);
                return vcpu.Backend.Exit.Value switch
                {
                    (ulong)GuestPowerReason.Crash => Crash(vcpu, CrashReason.GuestPanic),
                    (ulong)GuestPowerReason.Watchdog => Crash(vcpu, CrashReason.WatchdogExpired),
                    _ => true,
                };
            case VcpuExitKind.Crash:
                return Crash(vcpu, vcpu.Backend.Exit.Reason);
            default:
                return true;
        }
    }

    // A turn goes on behind looks and timers: who spins until another processor has done something must not begin a new one each time.
    private ulong TurnEnd(Vcpu vcpu, ulong now)
    {
        if (_holder != vcpu)
        {
            _holder = vcpu;
            _turnEnd = now + turnTicks;
        }

        return _turnEnd;
    }

    // Neither look nor timer nor turn: a host interrupt. The scheduler looks after it.
    private bool OnSliceEnd(Domain domain, ulong turn)
    {
        ulong now = _clock.Now;
        if (now >= turn)
        {
            _turn++;
            _holder = null;
        }

        return (now >= turn || now >= _nextLook || domain.Timers.NextDeadline <= now) && (now < _nextLook || CanGoOn(domain));
    }

    private bool TryPick(Domain domain, out Vcpu? vcpu)
    {
        for (int i = 0; i < domain.VcpuCount; i++)
        {
            int index = (_turn + i) % domain.VcpuCount;
            vcpu = domain.Vcpus[index];
            if (vcpu.Backend.IsRunnable)
            {
                _turn = index;
                return true;
            }
        }

        vcpu = null;
        return false;
    }

    private ulong NextLook(ulong now) => _isLooking ? Math.Min(now + lookTicks, _endTicks) : _endTicks;

    private bool CanGoOn(Domain domain)
    {
        ulong now = _clock.Now;
        if (now >= _endTicks || domain.Console.Unseen > 0 || _processor.HasWork)
        {
            return false;
        }

        _nextLook = NextLook(now);
        return true;
    }

    // No processor can go on. While no other domain can run either, this one sleeps here.
    private bool Wait(Domain domain)
    {
        while (domain.Timers.NextDeadline < _aloneUntil && !_processor.WantsLooks && !work.HasWork && !domain.Console.NeedsService && !HasWoken(domain))
        {
            ulong start = _clock.Now;
            _processor.Idle(domain.Timers.NextDeadline);
            ulong now = _clock.Now;
            NapTicks += now - start;
            domain.Timers.RunExpired(now);
            if (TryPick(domain, out _))
            {
                _endTicks = Math.Min(now + sliceTicks, _aloneUntil);
                _nextLook = NextLook(now);
                return true;
            }
        }

        domain.Backend.IsWoken = false; // who woke up would have been picked
        domain.Vcpu.IsHalted = true;
        domain.Vcpu.IsMasked = true; // what wakes it is not an interrupt of the board
        Outcome = RunOutcome.Blocked;
        return false;
    }

    // True if something that this domain did has woken another one, which the scheduler does not know yet.
    private bool HasWoken(Domain domain)
    {
        for (int i = 0; i < domains.Count; i++)
        {
            Domain other = domains[i];
            if (other != domain && other.Backend.IsWoken && (other.State == DomainState.Blocked || other.Work is { IsWaiting: true }))
            {
                return true;
            }
        }

        return false;
    }

    private bool Crash(Vcpu vcpu, CrashReason reason)
    {
        CrashRecord record = _domain!.Vcpu.Backend.Crash; // the report is of the domain
        record.Reason = reason;
        record.AppendFrom(vcpu.Backend.Crash);
        vcpu.Virtualization.ReadState(vcpu.Backend, out record.State);
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
