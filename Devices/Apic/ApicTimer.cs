using System;
using Multicosm.Machine;

namespace Multicosm.Devices.Apic;

/// <summary>
/// A local APIC's timer. Counting modes run at the clock's rate divided by 2^n, the highest such rate that is at most 1 GHz, and further
/// divided as the guest asks. It does not tick: counts are computed from the clock.
/// </summary>
internal sealed class ApicTimer : TimerEvent
{
    private const ulong HighestBusHertz = 1_000_000_000;
    private const ulong ShortestPeriodsPerSecond = 50_000;

    private readonly LocalApic _owner;
    private readonly MonotonicClock _clock;
    private readonly TimerQueue _timers;
    private readonly int _busShift;
    private ApicTimerMode _mode;
    private int _divideShift = 1;
    private uint _initialCount;
    private ulong _startTicks;
    private ulong _deadline;

    /// <summary>A timer at rest.</summary>
    internal ApicTimer(LocalApic owner, MonotonicClock clock, TimerQueue timers)
    {
        _owner = owner;
        _clock = clock;
        _timers = timers;
        while ((clock.TicksPerSecond >> _busShift) > HighestBusHertz)
        {
            _busShift++;
        }
    }

    /// <summary>Hertz at which it counts with a divisor of 1.</summary>
    internal ulong BusHertz => _clock.TicksPerSecond >> _busShift;

    /// <summary>The deadline that is armed, in the guest's time-stamp counter; 0 = none.</summary>
    internal ulong Deadline => _mode == ApicTimerMode.TscDeadline ? _deadline : 0;

    private int Shift => _busShift + _divideShift;

    /// <summary>Power-on state: one-shot, divided by 2, not running.</summary>
    internal void Reset()
    {
        _mode = ApicTimerMode.OneShot;
        _divideShift = 1;
        Stop();
    }

    /// <summary>Sets the mode; going to or from the deadline mode stops it.</summary>
    internal void SetMode(ApicTimerMode mode)
    {
        if (mode == _mode)
        {
            return;
        }

        bool counts = mode is ApicTimerMode.OneShot or ApicTimerMode.Periodic;
        if (!counts || _mode is not (ApicTimerMode.OneShot or ApicTimerMode.Periodic))
        {
            Stop();
        }

        _mode = mode;
        ArmCount(_clock.Now);
    }

    /// <summary>Sets the divide configuration register's value; a running count goes on at the new rate.</summary>
    internal void SetDivide(uint configuration)
    {
        ulong now = _clock.Now;
        ulong counted = (now - _startTicks) >> Shift;
        int code = (int)((configuration & 3) | ((configuration >> 1) & 4));
        _divideShift = (code + 1) & 7;
        _startTicks = now - Math.Min(now, counted << Shift);
        ArmCount(now);
    }

    /// <summary>Starts counting down from <paramref name="count"/>; 0 stops. False, and nothing changed, in deadline mode.</summary>
    internal bool TryStart(uint count)
    {
        if (_mode == ApicTimerMode.TscDeadline)
        {
            return false;
        }

        _initialCount = count;
        _startTicks = _clock.Now;
        ArmCount(_startTicks);
        return true;
    }

    /// <summary>The current count.</summary>
    internal uint CurrentCount()
    {
        if (_initialCount == 0)
        {
            return 0;
        }

        ulong counted = (_clock.Now - _startTicks) >> Shift;
        if (_mode == ApicTimerMode.Periodic)
        {
            return _initialCount - (uint)(counted % _initialCount);
        }

        return counted < _initialCount ? _initialCount - (uint)counted : 0;
    }

    /// <summary>Arms a deadline in the guest's time-stamp counter, which is the clock plus <paramref name="tscOffset"/>; 0 disarms. Nothing in other modes.</summary>
    internal void SetDeadline(ulong guestTsc, ulong tscOffset)
    {
        if (_mode != ApicTimerMode.TscDeadline)
        {
            return;
        }

        _deadline = guestTsc;
        ulong now = _clock.Now;
        ulong guestNow = now + tscOffset;
        if (guestTsc == 0)
        {
            _timers.Cancel(this);
        }
        else if (guestTsc <= guestNow)
        {
            _timers.Cancel(this);
            OnExpired(now);
        }
        else
        {
            ulong wait = Math.Min(guestTsc - guestNow, ulong.MaxValue - now);
            _timers.Arm(this, now + wait);
        }
    }

    /// <summary>The guest's time-stamp counter is now the clock plus <paramref name="tscOffset"/>: an armed deadline stays what it is in it.</summary>
    internal void MoveDeadline(ulong tscOffset)
    {
        if (_deadline != 0)
        {
            SetDeadline(_deadline, tscOffset);
        }
    }

    /// <inheritdoc/>
    public override void OnExpired(ulong nowTicks)
    {
        if (_mode == ApicTimerMode.TscDeadline)
        {
            _deadline = 0;
        }
        else if (_mode == ApicTimerMode.Periodic)
        {
            ArmCount(nowTicks);
        }

        _owner.OnTimer();
    }

    private void Stop()
    {
        _timers.Cancel(this);
        _initialCount = 0;
        _deadline = 0;
        _startTicks = 0;
    }

    // Periods that were missed while the guest did not run are one interrupt, as IRR has one bit for them.
    private void ArmCount(ulong now)
    {
        if (_initialCount == 0)
        {
            if (_mode != ApicTimerMode.TscDeadline)
            {
                _timers.Cancel(this);
            }

            return;
        }

        ulong period = (ulong)_initialCount << Shift;
        if (_mode == ApicTimerMode.Periodic)
        {
            ulong next = _startTicks + ((((now - _startTicks) / period) + 1) * period);
            ulong shortest = _clock.TicksPerSecond / ShortestPeriodsPerSecond;
            _timers.Arm(this, period < shortest ? now + shortest : next);
        }
        else if (now - _startTicks < period)
        {
            _timers.Arm(this, _startTicks + period);
        }
        else
        {
            _timers.Cancel(this);
        }
    }
}
