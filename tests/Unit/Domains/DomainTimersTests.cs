using System;
using System.Collections.Generic;
using System.Linq;
using FsCheck.Xunit;
using Multicosm.Domains;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Domains;

public sealed class DomainTimersTests
{
    private readonly DomainTimers _timers = new();
    private readonly List<string> _fired = [];

    [Fact]
    public void Timers_fire_in_the_order_of_their_deadlines()
    {
        _timers.Arm(Named("c"), 30);
        _timers.Arm(Named("a"), 10);
        _timers.Arm(Named("b"), 20);
        Assert.Equal(10UL, _timers.NextDeadline);
        _timers.RunExpired(20);
        Assert.Equal(["a", "b"], _fired);
        Assert.Equal(30UL, _timers.NextDeadline);
    }

    [Fact]
    public void Rearming_moves_a_timer_and_cancelling_removes_it()
    {
        Recorder a = Named("a");
        Recorder b = Named("b");
        _timers.Arm(a, 10);
        _timers.Arm(b, 20);
        _timers.Arm(a, 30);
        _timers.Cancel(b);
        _timers.Cancel(b);
        Assert.False(b.IsArmed);
        _timers.RunExpired(100);
        Assert.Equal(["a"], _fired);
        Assert.False(_timers.IsAnyArmed);
        Assert.Equal(ulong.MaxValue, _timers.NextDeadline);
    }

    [Fact]
    public void A_timer_that_rearms_itself_in_the_past_cannot_hold_the_processor()
    {
        Recorder storm = Named("s");
        storm.Action = now => _timers.Arm(storm, now);
        _timers.Arm(storm, 1);
        _timers.RunExpired(5);
        Assert.InRange(_fired.Count, 1, 1000);
        Assert.True(storm.IsArmed);
    }

    [Fact]
    public void Reset_disarms_all()
    {
        Recorder[] all = [.. Enumerable.Range(0, DomainTimers.Capacity).Select(i => Named("t"))];
        foreach (Recorder timer in all)
        {
            _timers.Arm(timer, 7);
        }

        _timers.Reset();
        _timers.RunExpired(100);
        Assert.Empty(_fired);
        Assert.All(all, timer => Assert.False(timer.IsArmed));
    }

    [Property]
    public void Any_sequence_behaves_like_a_sorted_list((byte Timer, ushort Deadline, bool Cancel)[] steps)
    {
        Recorder[] timers = [.. Enumerable.Range(0, 16).Select(i => Named($"{i}"))];
        Dictionary<int, ulong> model = [];
        DomainTimers queue = new();
        foreach ((byte timer, ushort deadline, bool cancel) in steps ?? [])
        {
            int index = timer % 16;
            if (cancel)
            {
                queue.Cancel(timers[index]);
                model.Remove(index);
            }
            else
            {
                queue.Arm(timers[index], deadline);
                model[index] = deadline;
            }

            Assert.Equal(model.Count == 0 ? ulong.MaxValue : model.Values.Min(), queue.NextDeadline);
        }

        _fired.Clear();
        queue.RunExpired(ushort.MaxValue);
        Assert.Equal(model.Count, _fired.Count);
        Assert.Equal(model.Values.Order(), _fired.Select(name => model[int.Parse(name)]));
    }

    private Recorder Named(string name) => new(name, _fired);

    private sealed class Recorder(string name, List<string> fired) : TimerEvent
    {
        public Action<ulong> Action { get; set; } = _ => { };

        public override void OnExpired(ulong nowTicks)
        {
            fired.Add(name);
            Action(nowTicks);
        }
    }
}
