using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Multicosm.Domains;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Domains;

public sealed class SchedulerTests
{
    private const ulong MillisecondTicks = 1000;

    private readonly NoHostWork _work = new();

    [Fact]
    public void Two_busy_domains_take_turns_of_10_ms_and_the_host_is_served_every_500_us_if_it_has_work()
    {
        FakePc pc = FakePc.WithDebian();
        pc.HasWork = true;
        pc.Backend.BuildSteps = 1;
        Scheduler scheduler = new(pc.Services, pc.Manager, _work);
        Domain a = Started(pc, scheduler, "name=a");
        Domain b = Started(pc, scheduler, "name=b");
        List<(int Slot, ulong When)> runs = [];
        pc.Backend.Guest = (vcpu, deadline) =>
        {
            runs.Add((vcpu.Slot, pc.Clock.Now));
            return default;
        };
        int polls = _work.Polls;
        ulong begin = pc.Clock.Now;
        ulong busyA = a.CpuTicks;
        while (pc.Clock.Now < begin + (200 * MillisecondTicks))
        {
            scheduler.RunOnce();
        }

        Assert.InRange(_work.Polls - polls, 400, 500);
        for (int i = 1; i < runs.Count; i++)
        {
            Assert.InRange(runs[i].When - runs[i - 1].When, 0UL, 501UL);
        }

        int turns = 1 + runs.Zip(runs.Skip(1), (x, y) => x.Slot != y.Slot ? 1 : 0).Sum();
        Assert.InRange(turns, 19, 22);
        Assert.InRange(a.CpuTicks - busyA, 90 * MillisecondTicks, 110 * MillisecondTicks);
        Assert.InRange(pc.Backend.Attaches, 19, 30);
        Assert.Equal(0, pc.Idles);
        Assert.Equal(DomainState.Running, b.State);
    }

    [Fact]
    public void A_host_without_work_leaves_a_domain_its_slice_and_looks_every_500_us_only_at_a_console_that_is_shown()
    {
        FakePc pc = FakePc.WithDebian();
        Scheduler scheduler = new(pc.Services, pc.Manager, _work);
        Domain domain = Started(pc, scheduler, "");
        Steps(scheduler, 10);
        List<ulong> deadlines = [];
        pc.Backend.Guest = (_, deadline) =>
        {
            deadlines.Add(deadline);
            return default;
        };
        int polls = _work.Polls;
        Steps(scheduler, 100);
        Assert.Equal(100, deadlines.Count);
        Assert.All(deadlines.Zip(deadlines.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 9000UL, 10001UL));

        // What the guest shows to an operator does not wait for the end of the slice.
        domain.Console.Attach();
        deadlines.Clear();
        Steps(scheduler, 10);
        Assert.InRange(deadlines.Count, 190, 210);
        Assert.All(deadlines.Zip(deadlines.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 1UL, 501UL));
        Assert.True(domain.Console.Sink.TryWrite((byte)'x'));
        polls = _work.Polls;
        deadlines.Clear();
        scheduler.RunOnce();
        Assert.Single(deadlines);
        Assert.Equal(polls + 1, _work.Polls);
    }

    [Fact]
    public void A_lone_vCPU_is_attached_once()
    {
        FakePc pc = FakePc.WithDebian();
        Scheduler scheduler = new(pc.Services, pc.Manager, _work);
        Started(pc, scheduler, "");
        Steps(scheduler, 10);
        int attaches = pc.Backend.Attaches;
        Steps(scheduler, 500);
        Assert.Equal(attaches, pc.Backend.Attaches);
    }

    [Fact]
    public void A_halted_vCPU_costs_nothing_until_its_timer_is_due()
    {
        FakePc pc = FakePc.WithDebian();
        Scheduler scheduler = new(pc.Services, pc.Manager, _work);
        Domain domain = Started(pc, scheduler, "");
        int wakes = 0;
        Timer timer = new(() => wakes++);
        ulong due = pc.Clock.Now + (250 * MillisecondTicks);
        domain.Timers.Arm(timer, due);
        pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.Halt };
        Steps(scheduler, 2);
        Assert.True(domain.Vcpu.IsHalted);
        int runs = ((FakeVcpu)domain.Vcpu.Backend).Runs;
        int idles = pc.Idles;
        while (pc.Clock.Now < due)
        {
            scheduler.RunOnce();
        }

        Steps(scheduler, 2);
        Assert.Equal(runs, ((FakeVcpu)domain.Vcpu.Backend).Runs);
        Assert.InRange(pc.Idles - idles, 3, 5); // at most 100 ms each
        Assert.Equal(1, wakes);
        Assert.InRange(pc.Clock.Now - due, 0UL, 100 * MillisecondTicks);
    }

    [Fact]
    public void Typing_at_a_halted_guest_wakes_its_serial_port()
    {
        FakePc pc = FakePc.WithDebian();
        Scheduler scheduler = new(pc.Services, pc.Manager, _work);
        Domain domain = Started(pc, scheduler, "");
        Queue<VcpuExit> program = new([Out(0x3FC, 2), new VcpuExit { Kind = VcpuExitKind.Halt }]);
        pc.Backend.Guest = (_, _) => program.Count > 0 ? program.Dequeue() : new VcpuExit { Kind = VcpuExitKind.Halt };
        Steps(scheduler, 5);
        Assert.True(domain.Vcpu.IsHalted);
        Assert.True(domain.Console.TryType((byte)'!'));
        Steps(scheduler, 2);
        Assert.False(domain.Console.Source.CanRead); // it is in the UART now
    }

    [Fact]
    public void Timers_cut_a_run_and_fire_on_time()
    {
        FakePc pc = FakePc.WithDebian();
        Scheduler scheduler = new(pc.Services, pc.Manager, _work);
        Domain domain = Started(pc, scheduler, "");
        List<ulong> fired = [];
        Timer timer = new(() => fired.Add(pc.Clock.Now));
        ulong due = pc.Clock.Now + 777;
        domain.Timers.Arm(timer, due);
        Steps(scheduler, 10);
        Assert.Single(fired);
        Assert.InRange(fired[0] - due, 0UL, 3UL);
    }

    [Fact]
    public void A_host_interrupt_ends_the_run_so_that_it_is_served()
    {
        FakePc pc = FakePc.WithDebian();
        Scheduler scheduler = new(pc.Services, pc.Manager, _work);
        Started(pc, scheduler, "");
        pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.SliceEnd };
        ulong before = pc.Clock.Now;
        int polls = pc.Polls;
        Steps(scheduler, 3);
        Assert.Equal(polls + 3, pc.Polls);
        Assert.InRange(pc.Clock.Now - before, 0UL, 10UL);
    }

    [Fact]
    public void Building_goes_on_beside_a_running_domain_in_small_steps()
    {
        FakePc pc = FakePc.WithDebian();
        Scheduler scheduler = new(pc.Services, pc.Manager, _work);
        Domain first = Started(pc, scheduler, "name=first");
        pc.Backend.BuildSteps = 1000;
        Domain second = pc.Create("name=second");
        ulong used = first.CpuTicks;
        for (int i = 0; i < 5000 && second.State == DomainState.Building; i++)
        {
            scheduler.RunOnce();
        }

        Assert.Equal(DomainState.Running, second.State);
        Assert.True(first.CpuTicks - used > 30 * MillisecondTicks);
        Assert.True(second.CpuTicks > 40 * MillisecondTicks);
        Assert.InRange(((FakeBackendDomain)second.Backend).Ram.LargestCopy, 1, 65536);
    }

    [Theory]
    [InlineData(-2000L, 5000UL)]
    [InlineData(2000L, 1000UL)]
    [InlineData(1_000_000L, 0UL)]
    public void A_guest_that_moves_its_time_stamp_counter_moves_the_deadline_that_is_armed(long by, ulong due)
    {
        const ulong Wait = 3000;
        FakePc pc = FakePc.WithDebian();
        Scheduler scheduler = new(pc.Services, pc.Manager, _work);
        Domain domain = Started(pc, scheduler, "");
        pc.Clock.Ticks += 10_000;
        ulong deadline = pc.Clock.Now + domain.Vcpu.Backend.TscOffset + Wait;
        int runs = 0;
        pc.Backend.Guest = (_, _) =>
        {
            runs++;
            if (runs == 1)
            {
                return new VcpuExit { Kind = VcpuExitKind.MmioWrite, Address = 0xFEE00320, SizeBytes = 4, Value = 0x40030 }; // TSC deadline, vector 0x30
            }

            Assert.True(runs != 2 || domain.Vcpu.Apic.TryWriteMsr(0x6E0, deadline));
            return new VcpuExit { Kind = VcpuExitKind.SliceEnd };
        };
        ulong begin = pc.Clock.Now;
        Steps(scheduler, 2);
        Assert.Equal(begin + Wait, domain.Timers.NextDeadline);
        domain.Vcpu.Apic.TscOffset += unchecked((ulong)by); // WRMSR IA32_TIME_STAMP_COUNTER
        Steps(scheduler, 1);
        Assert.Equal(due == 0 ? ulong.MaxValue : begin + due, domain.Timers.NextDeadline);
        Assert.Equal(due == 0, domain.Vcpu.Apic.IsPending);
    }

    private static VcpuExit Out(ushort port, ulong value) => new() { Kind = VcpuExitKind.PortWrite, Address = port, SizeBytes = 1, Value = value };

    [Fact]
    public void A_domain_that_cannot_go_yet_takes_no_time_until_it_can()
    {
        FakePc pc = FakePc.WithDebian();
        Scheduler scheduler = new(pc.Services, pc.Manager, _work);
        Domain domain = Started(pc, scheduler, "");
        pc.Backend.DestroyWaits = true;
        Assert.True(pc.Manager.Destroy(domain));
        Steps(scheduler, 3);
        ulong used = domain.CpuTicks;
        Steps(scheduler, 20);
        Assert.Equal((DomainState.Dying, used), (domain.State, domain.CpuTicks));
        Assert.Equal("destroyed; another domain has mapped some of its memory, which is free once that one lets go", Encoding.UTF8.GetString(domain.Reason.Text));
        domain.Backend.IsWoken = true; // but it is not the last one
        Steps(scheduler, 3);
        Assert.Equal(DomainState.Dying, domain.State);
        pc.Backend.DestroyWaits = false;
        domain.Backend.IsWoken = true;
        Steps(scheduler, 10);
        Assert.Equal(DomainState.Ended, domain.State);
    }

    private static Domain Started(FakePc pc, Scheduler scheduler, string assignments)
    {
        Domain domain = pc.Create(assignments);
        for (int i = 0; i < 1000 && domain.State != DomainState.Running; i++)
        {
            scheduler.RunOnce();
        }

        Assert.Equal(DomainState.Running, domain.State);
        return domain;
    }

    private static void Steps(Scheduler scheduler, int count)
    {
        for (int i = 0; i < count; i++)
        {
            scheduler.RunOnce();
        }
    }

    private sealed class Timer(Action action) : TimerEvent
    {
        public override void OnExpired(ulong nowTicks) => action();
    }
}
