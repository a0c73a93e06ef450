using Multicosm.Machine;

namespace Multicosm.Paravirt.Events;

/// <summary>
/// The timers of one vCPU: one-shot, periodic, and the time limit of SCHEDOP_poll with what is polled for. They wait in the domain's
/// queue, and arming one brings <see cref="PvDomain.RunUntilTicks"/> forward. Needs the domain's event lock.
/// </summary>
internal sealed class VcpuTimers
{
    private const uint NoPort = uint.MaxValue;
    private const uint SeveralPorts = 0;

    private readonly PvDomain _domain;
    private readonly int _index;
    private readonly SingleShotTimer _single;
    private readonly PeriodicTimer _periodic;
    private readonly PollTimer _poll;
    private uint _polledPort = NoPort;

    /// <summary>Timers of vCPU <paramref name="index"/>: the arena must be open.</summary>
    public VcpuTimers(PvDomain domain, int index)
    {
        _domain = domain;
        _index = index;
        _single = new SingleShotTimer(this);
        _periodic = new PeriodicTimer(this);
        _poll = new PollTimer(this);
    }

    /// <summary>Sets the one-shot timer to system time <paramref name="deadline"/>, in ns. If that has passed, the event comes at once.</summary>
    public void SetSingleShot(ulong deadline)
    {
        StopSingleShot();
        if (deadline <= _domain.Clock!.Now)
        {
            RaiseTimer();
        }
        else
        {
            Arm(_single, deadline);
        }
    }

    /// <summary>Stops the one-shot timer.</summary>
    public void StopSingleShot() => _domain.Timers!.Cancel(_single);

    /// <summary>Makes the periodic timer expire every <paramref name="period"/> ns, not 0.</summary>
    public void SetPeriodic(ulong period)
    {
        _periodic.Period = period;
        _periodic.Next = _domain.Clock!.Now + period;
        Arm(_periodic, _periodic.Next);
    }

    /// <summary>Stops the periodic timer.</summary>
    public void StopPeriodic() => _domain.Timers!.Cancel(_periodic);

    /// <summary>The vCPU waits for <paramref name="port"/>, or for any if 0, until system time <paramref name="deadline"/> in ns; 0 for ever.</summary>
    public void StartPoll(uint port, ulong deadline)
    {
        EndPoll();
        _polledPort = port;
        _domain.Events.Pollers++;
        if (deadline != 0)
        {
            Arm(_poll, deadline);
        }
    }

    /// <summary>It no longer waits.</summary>
    public void EndPoll()
    {
        if (_polledPort != NoPort)
        {
            _polledPort = NoPort;
            _domain.Events.Pollers--;
            _domain.Timers!.Cancel(_poll);
        }
    }

    /// <summary>True if the vCPU waits for an event at <paramref name="port"/> even if that is masked.</summary>
    public bool IsPolling(uint port) => _polledPort == SeveralPorts || _polledPort == port;

    /// <summary>Stops all.</summary>
    public void Reset()
    {
        EndPoll();
        if (_domain.Timers is not null)
        {
            StopSingleShot();
            StopPeriodic();
        }
    }

    private void Arm(TimerEvent timer, ulong deadline)
    {
        ulong ticks = _domain.Clock!.ToTicks(deadline);
        _domain.Timers!.Arm(timer, ticks);
        _domain.RunUntilTicks = ticks < _domain.RunUntilTicks ? ticks : _domain.RunUntilTicks;
    }

    private void RaiseTimer() => _domain.Events.RaiseVirq(_domain.Vcpu(_index), Virq.Timer);

    private sealed class SingleShotTimer(VcpuTimers owner) : TimerEvent
    {
        public override void OnExpired(ulong nowTicks) => owner.RaiseTimer();
    }

    private sealed class PeriodicTimer(VcpuTimers owner) : TimerEvent
    {
        public ulong Period { get; set; }

        public ulong Next { get; set; }

        // Periods that have gone by while the domain did not run are left out: the guest gets one event for all of them.
        public override void OnExpired(ulong nowTicks)
        {
            ulong now = owner._domain.Clock!.Now;
            ulong missed = now < Next ? 0 : (now - Next) / Period;
            Next += (missed + 1) * Period;
            owner.Arm(this, Next);
            owner.RaiseTimer();
        }
    }

    private sealed class PollTimer(VcpuTimers owner) : TimerEvent
    {
        public override void OnExpired(ulong nowTicks) => EventChannels.Wake(owner._domain.Vcpu(owner._index));
    }
}
