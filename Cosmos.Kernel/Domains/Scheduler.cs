using System;
using System.Runtime.CompilerServices;
using Multicosm.Domains.Scheduling;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>
/// Shares one CPU among the domains, in the order that its <see cref="RunQueue"/> says: their vCPUs, and the work that is done for them.
/// A run goes on for the unit's slice while the host has nothing to do and nobody wakes up that may take its place; a host interrupt ends
/// it. Sleeps when nothing is runnable.
/// </summary>
public sealed class Scheduler
{
    private const ulong SlicesPerSecond = 100;
    private const ulong BoostsPerSecond = 1000;
    private const ulong LooksPerSecond = 2000;
    private const ulong IdlesPerSecond = 10;

    private readonly HostServices _host;
    private readonly DomainTable _domains;
    private readonly DomainLife _life;
    private readonly HostWork _work;
    private readonly VcpuLoop _loop;
    private readonly ParavirtLoop _paravirtLoop;
    private readonly RunQueue _queue;
    private readonly CpuTime _time;
    private readonly ulong _lookTicks;
    private readonly ulong _idleTicks;
    private ulong _accountedTicks;
    private ulong _switchTicks;
    private ulong _napTicks;

    /// <summary>A scheduler over the manager's domains: the arena must be open, and the clock calibrated.</summary>
    public Scheduler(HostServices host, DomainManager manager, HostWork work)
    {
        _host = host;
        _domains = manager.Domains;
        _life = manager.Life;
        _time = manager.CpuTime;
        _work = work;
        ulong hertz = host.Clock.TicksPerSecond;
        _queue = new RunQueue(hertz / SlicesPerSecond, hertz / BoostsPerSecond);
        _lookTicks = hertz / LooksPerSecond;
        _idleTicks = hertz / IdlesPerSecond;
        _loop = new VcpuLoop(host, work, hertz / SlicesPerSecond, _lookTicks);
        _paravirtLoop = new ParavirtLoop(host, work, _domains, _life.Attachment, hertz / SlicesPerSecond, _lookTicks, hertz / BoostsPerSecond);
        _accountedTicks = host.Clock.Now;
    }

    /// <summary>Runs the domains and the host's work until the PC is switched off.</summary>
    public void RunForever()
    {
        while (true)
        {
            RunOnce();
        }
    }

    /// <summary>Serves the host, then does one run, or sleeps if there is nothing to run.</summary>
    public void RunOnce()
    {
        _host.Processor.Poll();
        bool hasMore = _work.HasWork && ServeHost();
        ulong now = _host.Clock.Now;
        _time.HostTicks += now - _accountedTicks;
        _accountedTicks = now;
        ulong wakeTicks = UpdateUnits(now);
        if (!_queue.TryPick(now, out SchedulingUnit? unit, out ulong endTicks))
        {
            Idle(hasMore, Math.Min(wakeTicks, _queue.NextUnpark()), now);
            return;
        }

        endTicks = wakeTicks < endTicks ? FirstPreemption(now, endTicks) : endTicks;
        endTicks = hasMore ? Math.Min(endTicks, now + _lookTicks) : endTicks;
        Domain domain = _domains[unit!.Slot];
        _switchTicks = 0;
        _napTicks = 0;
        if (domain.Work is WorkItem work)
        {
            DoWork(domain, work, Math.Min(endTicks, now + _lookTicks));
        }
        else
        {
            RunVcpu(domain, now, endTicks, IsAlone(unit) ? Math.Min(wakeTicks, _queue.NextUnpark()) : 0);
        }

        _accountedTicks = _host.Clock.Now;
        _time.IdleTicks += _napTicks;
        _queue.Charge(unit, _accountedTicks, _napTicks, _switchTicks);
    }

    // The operator is shown states and times that are true now.
    private bool ServeHost()
    {
        ulong now = _host.Clock.Now;
        _ = UpdateUnits(now); // asked again afterwards
        for (int i = 0; i < _domains.Count; i++)
        {
            if (_domains[i].IsAlive)
            {
                _domains[i].Scheduling.Book(now);
            }
        }

        return _work.Poll();
    }

    /// <summary>Tells the queue who has something to run now; returns when the first of the others will, as far as is known.</summary>
    private ulong UpdateUnits(ulong now)
    {
        ulong wakeTicks = ulong.MaxValue;
        for (int i = 0; i < _domains.Count; i++)
        {
            Domain domain = _domains[i];
            ulong readyTicks = ReadyTicks(domain);
            if (readyTicks > now)
            {
                wakeTicks = Math.Min(wakeTicks, readyTicks);
            }

            if (readyTicks <= now == (domain.Scheduling.State == UnitState.Asleep))
            {
                Change(domain, readyTicks <= now, now);
            }
        }

        return wakeTicks;
    }

    private void Change(Domain domain, bool wakes, ulong now)
    {
        if (wakes)
        {
            _ = domain.State == DomainState.Blocked && domain.TryEnter(DomainState.Running); // legal from Blocked
            _queue.Wake(domain.Scheduling, now);
        }
        else
        {
            _ = domain.State == DomainState.Running && domain.TryEnter(DomainState.Blocked); // legal from Running
            _queue.Sleep(domain.Scheduling, now);
        }
    }

    /// <summary>When <paramref name="domain"/> has something to run: 0 for at once, the maximum for never unless something happens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ReadyTicks(Domain domain)
    {
        if (domain.Work is WorkItem work)
        {
            return work.IsWaiting && !domain.Backend.IsWoken ? ulong.MaxValue : domain.State == DomainState.Building ? domain.NotBeforeTicks : 0;
        }

        if (domain.State is not (DomainState.Running or DomainState.Blocked))
        {
            return ulong.MaxValue;
        }

        Vcpu vcpu = domain.Vcpu;
        bool ready = !vcpu.IsHalted || vcpu.CanWake || domain.Console.NeedsService || domain.Board.Power.Request != Board.PowerRequest.None || domain.Backend.IsWoken;
        return ready ? 0 : domain.Timers.NextDeadline;
    }

    // When a domain that sleeps now may take the CPU, or endTicks if none may before that.
    private ulong FirstPreemption(ulong now, ulong endTicks)
    {
        ulong first = endTicks;
        for (int i = 0; i < _domains.Count; i++)
        {
            Domain domain = _domains[i];
            if (domain.Scheduling.State == UnitState.Asleep)
            {
                first = Math.Min(first, _queue.PreemptionTicks(domain.Scheduling, ReadyTicks(domain), now, endTicks));
            }
        }

        return first;
    }

    private void Idle(bool hasMore, ulong wakeTicks, ulong now)
    {
        if (!hasMore)
        {
            _host.Processor.Idle(Math.Min(wakeTicks, now + _idleTicks));
            _accountedTicks = _host.Clock.Now;
            _time.IdleTicks += _accountedTicks - now;
        }
    }

    // Then it may sleep where it is, instead of here.
    private bool IsAlone(SchedulingUnit unit) => _queue.Count == 1 && !unit.HasCap && !_work.HasWork;

    private void RunVcpu(Domain domain, ulong now, ulong endTicks, ulong aloneUntil)
    {
        if (domain.IsParavirtual)
        {
            RunParavirtual(domain, endTicks, aloneUntil);
            return;
        }

        SchedulingUnit? preemptor = _queue.Preemptor;
        _life.Attachment.Use(domain.Vcpu);
        if (preemptor is not null && preemptor != domain.Scheduling)
        {
            _switchTicks = _host.Clock.Now - now; // it pays for bringing this one back
            _queue.ChargePreemptor(_switchTicks);
        }

        _loop.Prepare(domain, endTicks, aloneUntil);
        if (_host.Containment.TryRun(_loop))
        {
            _life.OnRunEnded(domain, _loop.Outcome);
        }
        else
        {
            _life.OnContainedFault(domain);
        }

        _napTicks = _loop.NapTicks;
    }

    // Its processors take turns by themselves: which one is attached first is decided in the run.
    private void RunParavirtual(Domain domain, ulong endTicks, ulong aloneUntil)
    {
        _paravirtLoop.Prepare(domain, endTicks, aloneUntil);
        if (_host.Containment.TryRun(_paravirtLoop))
        {
            _life.OnRunEnded(domain, _paravirtLoop.Outcome);
        }
        else
        {
            _life.OnContainedFault(domain);
        }

        _napTicks = _paravirtLoop.NapTicks;
    }

    // As many steps as there is time for: each of them is short.
    private void DoWork(Domain domain, WorkItem work, ulong endTicks)
    {
        _life.Attachment.Release();
        do
        {
            if (!_host.Containment.TryRun(work))
            {
                _life.OnContainedFault(domain);
                return;
            }
        }
        while (!work.IsDone && !work.IsWaiting && _host.Clock.Now < endTicks);
        if (work.IsDone)
        {
            _life.OnWorkDone(domain);
        }
    }
}
