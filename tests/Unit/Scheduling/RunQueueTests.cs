using System;
using System.Collections.Generic;
using System.Linq;
using FsCheck;
using FsCheck.Xunit;
using Multicosm.Domains.Scheduling;
using Xunit;

namespace Multicosm.Unit.Scheduling;

public sealed class RunQueueTests
{
    private const ulong Second = SimulatedCpu.Second;
    private const ulong Slice = SimulatedCpu.Slice;

    [Fact]
    public void Shares_follow_weights_1_2_4_4_within_1_percent_of_a_second()
    {
        SimulatedCpu cpu = new([new Load(0, 100), new Load(1, 200), new Load(2, 400), new Load(3, 400)]);
        cpu.RunUntil(Second);
        ulong[] expected = [90_909, 181_818, 363_636, 363_636];
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.InRange(cpu.Loads[i].Unit.RunTicks, expected[i] - Slice, expected[i] + Slice);
        }

        Assert.Equal(Second, cpu.Busy);
        Assert.InRange(cpu.Switches, 95, 105); // slices of 10 ms, but for the first ones
    }

    [Fact]
    public void What_a_paused_unit_had_goes_to_the_rest_by_weight()
    {
        SimulatedCpu cpu = new([new Load(0, 256), new Load(1, 512), new Load(2, 1024)]);
        cpu.RunUntil(Second);
        cpu.Loads[2].ReadyTicks = ulong.MaxValue;
        ulong[] before = [.. cpu.Loads.Select(load => load.Unit.RunTicks)];
        cpu.RunUntil(11 * Second);
        ulong[] ran = [.. cpu.Loads.Select((load, i) => load.Unit.RunTicks - before[i])];
        Assert.Equal(0UL, ran[2]);
        Assert.InRange(ran[0], (10 * Second / 3) - (2 * Slice), (10 * Second / 3) + (2 * Slice));
        Assert.InRange(ran[1], (20 * Second / 3) - (2 * Slice), (20 * Second / 3) + (2 * Slice));
        cpu.Loads[2].ReadyTicks = 0;
        before = [.. cpu.Loads.Select(load => load.Unit.RunTicks)];
        cpu.RunUntil(12 * Second);
        Assert.InRange(cpu.Loads[2].Unit.RunTicks - before[2], (4 * Second / 7) - (2 * Slice), (4 * Second / 7) + (2 * Slice)); // it catches nothing up
    }

    [Theory]
    [InlineData(25u, false)]
    [InlineData(25u, true)]
    [InlineData(1u, true)]
    [InlineData(99u, false)]
    public void A_cap_holds_on_an_idle_CPU_and_beside_others_and_is_used_up(uint cap, bool hasOthers)
    {
        List<Load> loads = [new(0, 60_000, cap)];
        if (hasOthers)
        {
            loads.Add(new Load(1, 256));
            loads.Add(new Load(2, 256));
        }

        SimulatedCpu cpu = new(loads);
        cpu.RunUntil(10 * Second);
        ulong allowed = 10 * Second * cap / 100;
        Assert.InRange(loads[0].Unit.RunTicks, allowed - (allowed / 100) - Slice, allowed + Slice);
        Assert.Equal(hasOthers ? 10 * Second : loads[0].Unit.RunTicks, cpu.Busy);
    }

    [Theory]
    [InlineData(100UL, 100UL)] // a storm of wake-ups
    [InlineData(1UL, 1UL)]
    [InlineData(900UL, 1UL)] // nearly always busy
    [InlineData(9_999UL, 1UL)] // gives up just before its slice ends
    public void Waking_up_often_takes_nothing_from_a_busy_neighbour(ulong run, ulong sleep)
    {
        SimulatedCpu cpu = new([new Load(0, 256), new Load(1, 256, 0, run, sleep)]);
        cpu.RunUntil(2 * Second);
        Assert.InRange(cpu.Loads[0].Unit.RunTicks, (2 * Second * 49 / 100) - Slice, 2 * Second);
    }

    [Fact]
    public void A_unit_that_seldom_runs_gets_the_CPU_within_1_ms_of_its_wake_up()
    {
        Load busy = new(0, 256);
        Load quick = new(1, 256, 0, 100, 20_000);
        SimulatedCpu cpu = new([busy, quick]);
        cpu.RunUntil(Second);
        Assert.True(quick.Unit.RunTicks >= 47 * 100);
        Assert.InRange(quick.Unit.StolenTicks, 0UL, 50 * (SimulatedCpu.Boost + 100));
    }

    [Fact]
    public void A_debt_survives_a_nap_but_not_a_long_absence()
    {
        Load sleeper = new(0, 1); // of so little weight that a slice is the share of 1,000 s
        Load busy = new(1, 1000);
        SimulatedCpu cpu = new([sleeper, busy]);
        cpu.RunUntil(Second);
        ulong had = sleeper.Unit.RunTicks;
        Assert.InRange(had, SimulatedCpu.Boost, 2 * Slice);
        sleeper.ReadyTicks = 2 * Second;
        cpu.RunUntil(3 * Second);
        Assert.InRange(sleeper.Unit.RunTicks - had, 0UL, Slice);
        sleeper.ReadyTicks = 20 * Second;
        cpu.RunUntil((20 * Second) + (3 * Slice));
        Assert.True(sleeper.Unit.RunTicks > had);
    }

    [Theory]
    [InlineData(1u, 256u, 256u)]
    [InlineData(1u, 65535u, 65535u)]
    [InlineData(65535u, 1u, 256u)]
    public void A_new_weight_counts_from_now_on(uint before, uint after, uint other)
    {
        SimulatedCpu cpu = new([new Load(0, before), new Load(1, other)]);
        cpu.RunUntil(Second + (Slice / 3));
        ulong had = cpu.Loads[0].Unit.RunTicks;
        Assert.True(cpu.Loads[0].Unit.TrySet(after, 0, cpu.Now));
        cpu.RunUntil(2 * Second);
        double share = (double)after / (after + other);
        Assert.InRange((cpu.Loads[0].Unit.RunTicks - had) / (double)Second, share - 0.03, share + 0.03);
    }

    [Property(MaxTest = 300)]
    public void Time_is_accounted_exactly(NonEmptyArray<(ushort Weight, byte Cap, ushort Run, ushort Sleep)> shapes)
    {
        SimulatedCpu cpu = new(Loads(shapes.Get));
        cpu.RunUntil(Second / 2);
        ulong run = 0;
        foreach (Load load in cpu.Loads)
        {
            load.Unit.Book(cpu.Now);
            Assert.Equal(cpu.Now, load.Unit.RunTicks + load.Unit.WaitTicks + load.Unit.StolenTicks);
            run += load.Unit.RunTicks;
        }

        Assert.Equal(cpu.Busy, run);
    }

    [Property(MaxTest = 200)]
    public void Busy_units_share_by_weight_within_1_percent_over_a_second(NonEmptyArray<(ushort Weight, byte Cap, ushort Run, ushort Sleep)> shapes)
    {
        Load[] loads = Loads(shapes.Get);
        SimulatedCpu cpu = new(loads);
        cpu.RunUntil(Second);

        // There must be a level of service a unit of weight such that each has had its part of it, to 1 % of the second.
        double least = 0;
        double most = double.MaxValue;
        foreach (Load load in loads.Where(load => load.IsBusy && load.Unit.CapPercent == 0))
        {
            least = Math.Max(least, ((double)load.Unit.RunTicks - (Second / 100.0)) / load.Unit.Weight);
            most = Math.Min(most, (load.Unit.RunTicks + (Second / 100.0)) / load.Unit.Weight);
        }

        Assert.True(least <= most + 1e-6, $"{least} > {most}");
    }

    [Property(MaxTest = 200)]
    public void A_cap_is_never_exceeded_by_more_than_a_slice(NonEmptyArray<(ushort Weight, byte Cap, ushort Run, ushort Sleep)> shapes)
    {
        Load[] loads = Loads(shapes.Get);
        double[] lowest = new double[loads.Length];
        SimulatedCpu cpu = new(loads);
        cpu.OnRun = ran =>
        {
            int i = ran.Unit.Slot;
            if (ran.Unit.CapPercent is > 0 and < 100)
            {
                // In no window whatever: the furthest that its use has run ahead of its cap since the moment when it was furthest behind.
                double ahead = ran.Unit.RunTicks - (cpu.Now * ran.Unit.CapPercent / 100.0);
                Assert.True(ahead - lowest[i] <= Slice + 2, $"unit {i}, cap {ran.Unit.CapPercent}: {ahead - lowest[i]} ticks");
                lowest[i] = Math.Min(lowest[i], ahead);
            }
        };
        cpu.RunUntil(Second);
    }

    [Property(MaxTest = 200)]
    public void Nobody_starves(NonEmptyArray<(ushort Weight, byte Cap, ushort Run, ushort Sleep)> shapes)
    {
        Load[] loads = Loads(shapes.Get);
        ulong[] lastRun = new ulong[loads.Length];
        double weights = loads.Sum(load => (double)load.Unit.Weight);
        SimulatedCpu cpu = new(loads);
        cpu.OnRun = ran =>
        {
            lastRun[ran.Unit.Slot] = cpu.Now;
            foreach (Load load in loads.Where(load => load.IsBusy && !(load.Unit.CapPercent is > 0 and < 100)))
            {
                double bound = (((weights / load.Unit.Weight) + 2) * Slice) + Slice;
                Assert.True(cpu.Now - lastRun[load.Unit.Slot] <= bound, $"unit {load.Unit.Slot} waits {cpu.Now - lastRun[load.Unit.Slot]} ticks, at most {bound} are due");
            }
        };
        cpu.RunUntil(Second);
    }

    private static Load[] Loads((ushort Weight, byte Cap, ushort Run, ushort Sleep)[] shapes)
        => [.. shapes.Take(12).Select((shape, i) => new Load(i, Math.Max(1u, shape.Weight), shape.Cap % 3 == 0 ? shape.Cap % 100u : 0, shape.Run, shape.Sleep % 2 == 0 ? 0u : shape.Sleep))];
}
