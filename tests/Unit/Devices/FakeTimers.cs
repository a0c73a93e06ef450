using System.Collections.Generic;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Devices;

/// <summary>A timer queue that a test runs by hand.</summary>
internal sealed class FakeTimers(FakeClock clock) : TimerQueue
{
    private readonly List<TimerEvent> _armed = [];

    internal int ArmedCount => _armed.Count;

    internal new ulong NextDeadline => Earliest()?.DeadlineTicks ?? ulong.MaxValue;

    public override void Arm(TimerEvent timer, ulong deadlineTicks)
    {
        Cancel(timer);
        timer.DeadlineTicks = deadlineTicks;
        timer.QueuePosition = 0;
        _armed.Add(timer);
    }

    public override void Cancel(TimerEvent timer)
    {
        _armed.Remove(timer);
        timer.QueuePosition = -1;
    }

    /// <summary>Moves the clock to <paramref name="ticks"/> and lets each timer expire on the tick.</summary>
    internal void AdvanceTo(ulong ticks)
    {
        for (int i = 0; Earliest() is { } timer && timer.DeadlineTicks <= ticks; i++)
        {
            Assert.True(i < 1_000_000, "timers never come to rest");
            clock.Ticks = timer.DeadlineTicks > clock.Ticks ? timer.DeadlineTicks : clock.Ticks;
            Cancel(timer);
            timer.OnExpired(clock.Ticks);
        }

        clock.Ticks = ticks > clock.Ticks ? ticks : clock.Ticks;
    }

    internal void Advance(ulong ticks) => AdvanceTo(clock.Ticks + ticks);

    /// <summary>The guest did not run for a while: the clock jumps, then what is due expires late. Returns how many expired.</summary>
    internal int JumpTo(ulong ticks)
    {
        clock.Ticks = ticks;
        int expired = 0;
        while (Earliest() is { } timer && timer.DeadlineTicks <= ticks)
        {
            Assert.True(expired < 1000, "timers never come to rest");
            Cancel(timer);
            timer.OnExpired(ticks);
            expired++;
        }

        return expired;
    }

    private TimerEvent? Earliest()
    {
        TimerEvent? earliest = null;
        foreach (TimerEvent timer in _armed)
        {
            earliest = earliest is null || timer.DeadlineTicks < earliest.DeadlineTicks ? timer : earliest;
        }

        return earliest;
    }
}
