using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Unit.Hosting;
using Xunit;

namespace Multicosm.Unit.Domains;

/// <summary>How the processors of a PV domain share its time, and what wakes another domain.</summary>
public sealed class ParavirtLoopTests
{
    private const ulong TurnTicks = 1000, SliceTicks = 10_000; // 1 ms, 10 ms

    private readonly FakePc _pc = FakePc.WithParavirt(
        FakePc.Config("many.cfg", "name = \"many\"\nkernel = \"pv\"\nmemory = 32\ntype = \"pv\"\nvcpus = 3\n"),
        FakePc.File("pv", KernelMaker.Elf([.. Note(1, 0xFFFFFFFF81000100), .. Note(3, 0xFFFFFFFF80000000)])));

    private FakeParavirt Backend => _pc.Paravirt!;

    [Fact]
    public void Processors_that_compute_take_turns_of_1_ms()
    {
        _ = Started("vcpus=2");
        ulong begin = _pc.Clock.Ticks;
        Run(begin + (2 * SliceTicks));
        Assert.InRange(Backend.Runs.Count, 20, 23); // the end of a slice cuts a turn in two
        Assert.All(Backend.Runs.Zip(Backend.Runs.Skip(1)), pair => Assert.InRange(pair.Second.When - pair.First.When, 1ul, TurnTicks));
        Assert.InRange(Backend.Runs.Zip(Backend.Runs.Skip(1)).Count(pair => pair.First.Index != pair.Second.Index), 19, 21);
    }

    [Fact]
    public void A_single_processor_has_the_slice_to_itself()
    {
        _ = Started("vcpus=1");
        ulong begin = _pc.Clock.Ticks;
        Run(begin + (5 * SliceTicks));
        Assert.InRange(Backend.Runs.Count, 5, 6); // the first one goes to the end of a slice
    }

    [Fact]
    public void Who_waits_is_passed_over_and_who_yields_lets_the_next_one_go()
    {
        Domain domain = Started();
        Of(domain, 1).IsBlocked = true;
        Backend.Guest = (vcpu, _) =>
        {
            _pc.Clock.Ticks += 10;
            return new VcpuExit { Kind = VcpuExitKind.Yield };
        };
        Run(_pc.Clock.Ticks + 100);
        Assert.Equal([0, 2, 0, 2], Backend.Runs.Take(4).Select(run => run.Index));
    }

    [Fact]
    public void A_turn_goes_on_behind_a_timer()
    {
        Domain domain = Started("vcpus=2");
        Tick timer = new(domain, 300);
        domain.Timers.Arm(timer, _pc.Clock.Ticks + 300);
        Run(_pc.Clock.Ticks + SliceTicks);
        Assert.True(timer.Count > 20);
        Dictionary<int, ulong> times = Backend.Runs.Zip(Backend.Runs.Skip(1)).GroupBy(pair => pair.First.Index)
            .ToDictionary(group => group.Key, group => group.Aggregate(0ul, (sum, pair) => sum + pair.Second.When - pair.First.When));
        Assert.InRange(times[0], 4000ul, 6000ul);
        Assert.InRange(times[1], 4000ul, 6000ul);
        int turns = Backend.Runs.Zip(Backend.Runs.Skip(1)).Count(pair => pair.First.Index != pair.Second.Index);
        Assert.InRange(turns, 8, 11);
    }

    [Fact]
    public void A_domain_whose_processors_all_wait_sleeps_until_one_is_woken()
    {
        Domain domain = Started();
        Backend.Guest = (vcpu, _) =>
        {
            vcpu.IsBlocked = true;
            return new VcpuExit { Kind = VcpuExitKind.Halt };
        };
        Steps(4);
        Assert.Equal(DomainState.Blocked, domain.State);
        int runs = Backend.Runs.Count;
        Steps(4);
        Assert.Equal(runs, Backend.Runs.Count);
        Of(domain, 2).IsBlocked = false;
        domain.Backend.IsWoken = true;
        Steps(1);
        Assert.InRange(Backend.Runs.Count, runs + 1, runs + 2);
        Assert.Equal(2, Backend.Runs[^1].Index);
    }

    [Theory]
    [InlineData(VcpuExitKind.Notify, 1010ul)] // it has written to the store what another one watches, and computes: its first ms is its own
    [InlineData(VcpuExitKind.Halt, 3ul)] // it has sent an event, and waits
    public void Whom_a_domain_wakes_runs_at_once(VcpuExitKind kind, ulong within)
    {
        Domain watcher = Started("name=watcher vcpus=1");
        Domain writer = Started("name=writer vcpus=1");
        Of(watcher, 0).IsBlocked = true;
        Backend.Guest = (vcpu, _) =>
        {
            vcpu.IsBlocked = true;
            return new VcpuExit { Kind = VcpuExitKind.Halt };
        };
        Of(writer, 0).IsBlocked = true;
        writer.Backend.IsWoken = watcher.Backend.IsWoken = true;
        Steps(6);
        Assert.Equal((DomainState.Blocked, DomainState.Blocked), (watcher.State, writer.State));
        Backend.Runs.Clear();
        int idles = _pc.Idles;
        ulong begin = _pc.Clock.Ticks;
        Of(writer, 0).IsBlocked = false;
        writer.Backend.IsWoken = true;
        Backend.Guest = (vcpu, _) =>
        {
            if (vcpu.Slot != writer.Slot || !Of(watcher, 0).IsBlocked)
            {
                return default;
            }

            Of(watcher, 0).IsBlocked = false;
            watcher.Backend.IsWoken = true;
            vcpu.IsBlocked = kind == VcpuExitKind.Halt;
            return new VcpuExit { Kind = kind };
        };
        while (Backend.Runs.All(run => run.Slot != watcher.Slot) && Backend.Runs.Count < 100)
        {
            Steps(1);
        }

        Assert.Equal(watcher.Slot, Backend.Runs[^1].Slot);
        Assert.InRange(Backend.Runs[^1].When, begin, begin + within);
        Assert.Equal(idles, _pc.Idles);
    }

    [Theory]
    [InlineData(GuestPowerReason.Crash, CrashReason.GuestPanic, "crashed: its kernel says that it has crashed")]
    [InlineData(GuestPowerReason.Watchdog, CrashReason.WatchdogExpired, "crashed: its watchdog has expired: its kernel did not set it again in time")]
    public void A_crash_says_what_it_is(GuestPowerReason asked, CrashReason reason, string text)
    {
        Domain domain = Started("on_crash=preserve");
        Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.Power, Value = (ulong)asked };
        Steps(1);
        Assert.Equal((DomainState.Crashed, reason), (domain.State, domain.Crash.Reason));
        Assert.Equal(text, Encoding.UTF8.GetString(domain.Reason.Text));
    }

    private static byte[] Note(uint type, ulong value) => KernelMaker.Note("Xen", type, BitConverter.GetBytes(value));

    private static FakeProcessorOfMany Of(Domain domain, int index) => (FakeProcessorOfMany)domain.Vcpus[index].Backend;

    private Domain Started(string assignments = "")
    {
        Domain domain = _pc.Create(assignments);
        for (int i = 0; i < 1000 && domain.State != DomainState.Running; i++)
        {
            _pc.Scheduler.RunOnce();
        }

        Assert.Equal("", Encoding.UTF8.GetString(domain.Reason.Text));
        Assert.Equal(DomainState.Running, domain.State);
        Backend.Runs.Clear();
        return domain;
    }

    private void Steps(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _pc.Scheduler.RunOnce();
        }
    }

    private void Run(ulong until)
    {
        while (_pc.Clock.Ticks < until)
        {
            _pc.Scheduler.RunOnce();
        }
    }

    private sealed class Tick(Domain domain, ulong period) : TimerEvent
    {
        public int Count { get; private set; }

        public override void OnExpired(ulong nowTicks)
        {
            Count++;
            domain.Timers.Arm(this, nowTicks + period);
        }
    }
}
