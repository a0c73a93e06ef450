using System;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>
/// Shares the one processor: runnable vCPUs and pieces of work in turn, 10 ms each. A vCPU's run goes on for its turn
/// while the host has nothing to do: it looks every 500 us, and a host interrupt ends it. Sleeps when nothing is runnable.
/// </summary>
public sealed class Scheduler
{
    private const ulong TurnsPerSecond = 100;
    private const ulong RunsPerSecond = 2000;
    private const ulong IdlesPerSecond = 10;

    private readonly HostServices _host;
    private readonly DomainTable _domains;
    private readonly DomainLife _life;
    private readonly HostWork _work;
    private readonly VcpuLoop _loop;
    private readonly ulong _turnTicks;
    private readonly ulong _runTicks;
    private readonly ulong _idleTicks;
    private int _current;
    private ulong _turnEnd;

    /// <summary>A scheduler over the manager's domains: the arena must be open, and the clock calibrated.</summary>
    public Scheduler(HostServices host, DomainManager manager, HostWork work)
    {
        _host = host;
        _domains = manager.Domains;
        _life = manager.Life;
        _work = work;
        _turnTicks = host.Clock.TicksPerSecond / TurnsPerSecond;
        _runTicks = host.Clock.TicksPerSecond / RunsPerSecond;
        _loop = new VcpuLoop(host, _runTicks);
        _idleTicks = host.Clock.TicksPerSecond / IdlesPerSecond;
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
        bool hasMore = _work.Poll();
        ulong now = _host.Clock.Now;
        if (!TryPick(now, out Domain? next, out ulong wakeTicks))
        {
            if (!hasMore)
            {
                _host.Processor.Idle(Math.Min(wakeTicks, now + _idleTicks));
            }

            return;
        }

        if (next!.Work is not null)
        {
            DoWork(next, next.Work);
        }
        else
        {
            RunVcpu(next, hasMore ? now + _runTicks : _turnEnd);
        }

        next.CpuTicks += _host.Clock.Now - now;
    }

    /// <summary>The domain whose turn it is; if none can run, when the first one can.</summary>
    private bool TryPick(ulong now, out Domain? next, out ulong wakeTicks)
    {
        wakeTicks = ulong.MaxValue;
        bool keep = now < _turnEnd;
        for (int i = 0; i < _domains.Count; i++)
        {
            int index = (_current + i + (keep ? 0 : 1)) % _domains.Count;
            ulong readyTicks = ReadyTicks(_domains[index]);
            if (readyTicks <= now)
            {
                if (index != _current || !keep)
                {
                    _current = index;
                    _turnEnd = now + _turnTicks;
                }

                next = _domains[index];
                return true;
            }

            wakeTicks = Math.Min(wakeTicks, readyTicks);
        }

        next = null;
        return false;
    }

    /// <summary>When <paramref name="domain"/> has something to do: 0 for at once, the maximum for never unless something happens.</summary>
    private static ulong ReadyTicks(Domain domain)
    {
        if (domain.Work is not null)
        {
            return domain.State == DomainState.Building ? domain.NotBeforeTicks : 0;
        }

        if (domain.State != DomainState.Running)
        {
            return ulong.MaxValue;
        }

        Vcpu vcpu = domain.Vcpu;
        bool ready = !vcpu.IsHalted || vcpu.CanWake || domain.Console.NeedsService;
        return ready ? 0 : domain.Timers.NextDeadline;
    }

    private void RunVcpu(Domain domain, ulong endTicks)
    {
        _life.Attachment.Use(domain.Vcpu);
        _loop.Prepare(domain, Math.Min(endTicks, _turnEnd));
        if (_host.Containment.TryRun(_loop))
        {
            _life.OnRunEnded(domain, _loop.Outcome);
        }
        else
        {
            _life.OnContainedFault(domain);
        }
    }

    private void DoWork(Domain domain, WorkItem work)
    {
        _life.Attachment.Release();
        if (!_host.Containment.TryRun(work))
        {
            _life.OnContainedFault(domain);
        }
        else if (work.IsDone)
        {
            _life.OnWorkDone(domain);
        }
    }
}
