using System;
using System.Collections.Generic;
using System.Linq;
using Multicosm.Domains.Scheduling;

namespace Multicosm.Unit.Scheduling;

/// <summary>A CPU under a run queue, on simulated time of 1,000,000 ticks a second; switching costs nothing, so that shares are exact.</summary>
internal sealed class SimulatedCpu
{
    public const ulong Second = 1_000_000;
    public const ulong Slice = Second / 100;
    public const ulong Boost = Second / 1000;

    private readonly List<Load> _loads;

    public SimulatedCpu(IEnumerable<Load> loads)
    {
        _loads = [.. loads];
        foreach (Load load in _loads)
        {
            load.Unit.Reset(0);
        }
    }

    public RunQueue Queue { get; } = new(Slice, Boost);

    public ulong Now { get; private set; }

    public ulong Busy { get; private set; }

    public int Switches { get; private set; }

    /// <summary>Called after each run with the load that ran.</summary>
    public Action<Load>? OnRun { get; set; }

    public IReadOnlyList<Load> Loads => _loads;

    public void RunUntil(ulong end)
    {
        Load? last = null;
        while (Now < end)
        {
            ulong wake = Update(end);
            if (!Queue.TryPick(Now, out SchedulingUnit? unit, out ulong until))
            {
                Now = Math.Min(end, Math.Min(wake, Queue.NextUnpark()));
                continue;
            }

            Load load = _loads[unit!.Slot];
            Switches += load == last ? 0 : 1;
            last = load;
            foreach (Load other in _loads.Where(other => other.Unit.State == UnitState.Asleep))
            {
                until = Math.Min(until, Queue.PreemptionTicks(other.Unit, other.ReadyTicks, Now, until));
            }

            ulong ran = Math.Max(1, Math.Min(Math.Min(until, end) - Now, load.WantedTicks));
            Now += ran;
            Busy += ran;
            Queue.Charge(unit, Now, 0, 0);
            load.Took(ran, Now);
            OnRun?.Invoke(load);
        }

        _ = Update(end);
    }

    private ulong Update(ulong wake)
    {
        foreach (Load load in _loads)
        {
            bool wants = load.ReadyTicks <= Now;
            wake = wants ? wake : Math.Min(wake, load.ReadyTicks);
            if (wants && load.Unit.State == UnitState.Asleep)
            {
                Queue.Wake(load.Unit, Now);
            }
            else if (!wants && load.Unit.State != UnitState.Asleep)
            {
                Queue.Sleep(load.Unit, Now);
            }
        }

        return wake;
    }
}

/// <summary>Runs for a while, sleeps for a while, and so on; without sleep it computes for ever.</summary>
internal sealed class Load
{
    private readonly ulong _runTicks;
    private readonly ulong _sleepTicks;

    public Load(int slot, uint weight, uint cap = 0, ulong runTicks = 0, ulong sleepTicks = 0)
    {
        Unit = new SchedulingUnit(slot);
        Xunit.Assert.True(Unit.TrySet(weight, cap, 0));
        _runTicks = Math.Max(1, runTicks);
        _sleepTicks = sleepTicks;
        WantedTicks = IsBusy ? ulong.MaxValue : _runTicks;
    }

    public SchedulingUnit Unit { get; }

    public bool IsBusy => _sleepTicks == 0;

    public ulong WantedTicks { get; private set; }

    public ulong ReadyTicks { get; set; }

    public void Took(ulong ticks, ulong now)
    {
        if (!IsBusy && (WantedTicks -= ticks) == 0)
        {
            WantedTicks = _runTicks;
            ReadyTicks = now + _sleepTicks;
        }
    }
}
