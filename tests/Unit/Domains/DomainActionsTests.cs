using System;
using System.Collections.Generic;
using System.Text;
using Multicosm.Domains;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Domains;

public sealed class DomainActionsTests
{
    private const ulong Millisecond = 1000;

    private readonly FakePc _pc = FakePc.WithDebian();
    private readonly StateObserver _observer = new();

    public DomainActionsTests() => _pc.Manager.Observer = _observer;

    [Fact]
    public void A_paused_domain_does_not_run_and_goes_on_where_it_was()
    {
        Domain domain = Running();
        FakeVcpu vcpu = (FakeVcpu)domain.Vcpu.Backend;
        Assert.Equal(DomainActionStatus.Success, _pc.Manager.Pause(domain));
        Assert.Equal(DomainState.Paused, domain.State);
        Assert.Equal(DomainActionStatus.WrongState, _pc.Manager.Pause(domain));
        int runs = vcpu.Runs;
        ulong used = domain.CpuTicks;
        Steps(20);
        Assert.Equal(runs, vcpu.Runs);
        Assert.Equal(used, domain.CpuTicks);
        Assert.Equal(DomainActionStatus.Success, _pc.Manager.Unpause(domain));
        Assert.Equal(DomainActionStatus.WrongState, _pc.Manager.Unpause(domain));
        Steps(3);
        Assert.True(vcpu.Runs > runs);
        Assert.Equal(["Building", "Running", "Paused", "Running"], _observer.States);
    }

    [Fact]
    public void A_blocked_domain_can_be_paused_and_gets_what_came_meanwhile()
    {
        _pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.Halt };
        Domain domain = Running();
        Until(() => domain.State == DomainState.Blocked);
        bool fired = false;
        domain.Timers.Arm(new ActionTimer(() => fired = true), _pc.Clock.Now + (50 * Millisecond));
        Assert.Equal(DomainActionStatus.Success, _pc.Manager.Pause(domain));
        Steps(5);
        Assert.False(fired);
        _pc.Clock.Ticks += 60 * Millisecond;
        Assert.Equal(DomainActionStatus.Success, _pc.Manager.Unpause(domain));
        Steps(3);
        Assert.True(fired);
    }

    [Fact]
    public void A_domain_that_is_paused_while_it_is_built_starts_paused()
    {
        Domain domain = _pc.Create();
        Assert.Equal(DomainActionStatus.Success, _pc.Manager.Pause(domain));
        Until(() => domain.State != DomainState.Building);
        Assert.Equal(DomainState.Paused, domain.State);
        Assert.Equal(0, ((FakeVcpu)domain.Vcpu.Backend).Runs);
        Assert.Equal(DomainActionStatus.Success, _pc.Manager.Unpause(domain));
        Steps(2);
        Assert.True(((FakeVcpu)domain.Vcpu.Backend).Runs > 0);
    }

    [Fact]
    public void The_reset_button_of_a_blocked_domain_reboots_it()
    {
        _pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.Halt };
        Domain domain = Running();
        Until(() => domain.State == DomainState.Blocked);
        uint id = domain.Id;
        Assert.Equal(DomainActionStatus.Success, _pc.Manager.Trigger(domain, DomainTrigger.Reset));
        Until(() => domain.Id != id && domain.State == DomainState.Blocked);
        Assert.Equal(id + 1, domain.Id);
    }

    [Fact]
    public void An_NMI_wakes_a_halted_vCPU()
    {
        _pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.Halt };
        Domain domain = Running();
        Until(() => domain.State == DomainState.Blocked);
        int runs = ((FakeVcpu)domain.Vcpu.Backend).Runs;
        Assert.Equal(DomainActionStatus.Success, _pc.Manager.Trigger(domain, DomainTrigger.Nmi));
        _pc.Backend.Guest = (vcpu, _) =>
        {
            vcpu.Interrupts.IsNmiPending = false; // injected
            return new VcpuExit { Kind = VcpuExitKind.Halt };
        };
        Steps(2);
        Assert.True(((FakeVcpu)domain.Vcpu.Backend).Runs > runs);
    }

    [Theory]
    [InlineData(false, "ended")]
    [InlineData(true, "restarted")]
    public void The_power_button_reaches_a_guest_that_listens_and_a_reboot_restarts_it(bool reboots, string expected)
    {
        Queue<VcpuExit> program = new([Out(0x602, 2, 0x0100)]); // PM1 enable: power button
        _pc.Backend.Guest = (_, _) => program.Count > 0 ? program.Dequeue() : new VcpuExit { Kind = VcpuExitKind.Halt };
        Domain domain = _pc.Create();
        Until(() => domain.State == DomainState.Blocked);
        uint id = domain.Id;
        Assert.Equal(DomainActionStatus.Success, reboots ? _pc.Manager.Reboot(domain) : _pc.Manager.Shutdown(domain));
        program.Enqueue(new VcpuExit { Kind = VcpuExitKind.PortRead, Address = 0x600, SizeBytes = 2 });
        program.Enqueue(Out(0x604, 2, 0x3400)); // S5
        domain.Vcpu.Apic.IsNmiPending = true; // the fake guest has no interrupt handler for the SCI
        _ = _pc.Manager.Trigger(domain, DomainTrigger.Nmi);
        Until(() => reboots ? domain.Id != id : domain.State == DomainState.Ended);
        Assert.Equal(0x0100UL, ((FakeVcpu)domain.Vcpu.Backend).Replies[^2].Value & 0x0100); // the status bit
        Assert.Equal(expected, reboots ? "restarted" : "ended");
        Assert.Contains(reboots ? "rebooted" : "powered off", Encoding.UTF8.GetString(_observer.LastReason), StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_that_does_not_listen_to_its_power_button_is_known()
    {
        Domain domain = Running();
        Assert.Equal(DomainActionStatus.NobodyListens, _pc.Manager.Shutdown(domain));
        Assert.Equal(DomainActionStatus.NobodyListens, _pc.Manager.Trigger(domain, DomainTrigger.Power));
    }

    [Fact]
    public void What_needs_a_running_domain_is_refused_in_other_states()
    {
        Domain domain = _pc.Create();
        Assert.Equal(DomainActionStatus.WrongState, _pc.Manager.Shutdown(domain));
        Assert.Equal(DomainActionStatus.WrongState, _pc.Manager.Trigger(domain, DomainTrigger.Nmi));
        Assert.Equal(DomainActionStatus.WrongState, _pc.Manager.Unpause(domain));
        Until(() => domain.State == DomainState.Running);
        Assert.True(_pc.Manager.Destroy(domain));
        Assert.Equal(DomainActionStatus.WrongState, _pc.Manager.Pause(domain));
        Until(() => domain.State == DomainState.Ended);
        Assert.Equal(DomainActionStatus.WrongState, _pc.Manager.Rename(domain, "x"u8));
        Assert.Equal(DomainActionStatus.WrongState, _pc.Manager.SetScheduling(domain, 1, 0));
    }

    [Fact]
    public void A_new_name_is_a_name_that_no_other_living_domain_has()
    {
        Domain first = Running("name=first");
        Domain second = Running("name=second");
        Assert.Equal(DomainActionStatus.NameTaken, _pc.Manager.Rename(first, "second"u8));
        Assert.Equal(DomainActionStatus.InvalidName, _pc.Manager.Rename(first, "a b"u8));
        Assert.Equal(DomainActionStatus.InvalidName, _pc.Manager.Rename(first, ""u8));
        Assert.Equal(DomainActionStatus.InvalidName, _pc.Manager.Rename(first, Encoding.UTF8.GetBytes(new string('a', 64))));
        Assert.Equal(DomainActionStatus.Success, _pc.Manager.Rename(first, "first"u8));
        Assert.Equal(DomainActionStatus.Success, _pc.Manager.Rename(first, "third"u8));
        Assert.True(_pc.Manager.Domains.TryFind("third"u8, out Domain? found));
        Assert.Same(first, found);
        Assert.False(_pc.Manager.Domains.TryFind("first"u8, out _));
        Assert.Equal(DomainActionStatus.Success, _pc.Manager.Rename(second, "first"u8));
    }

    [Fact]
    public void Weight_and_cap_come_from_the_file_and_can_be_changed_within_their_limits()
    {
        Domain domain = Running("cpu_weight=512 cap=50");
        Assert.Equal((512u, 50u), (domain.Scheduling.Weight, domain.Scheduling.CapPercent));
        Assert.Equal(DomainActionStatus.Success, _pc.Manager.SetScheduling(domain, 65535, 0));
        Assert.Equal((65535u, 0u), (domain.Scheduling.Weight, domain.Scheduling.CapPercent));
        Assert.Equal(DomainActionStatus.InvalidValue, _pc.Manager.SetScheduling(domain, 0, 0));
        Assert.Equal(DomainActionStatus.InvalidValue, _pc.Manager.SetScheduling(domain, 65536, 0));
        Assert.Equal(DomainActionStatus.InvalidValue, _pc.Manager.SetScheduling(domain, 1, 12801));
        Assert.Equal((65535u, 0u), (domain.Scheduling.Weight, domain.Scheduling.CapPercent));
    }

    [Fact]
    public void A_lone_vCPU_sleeps_in_its_run_and_that_time_is_idle_time()
    {
        Domain domain = Running();
        ulong created = domain.CreatedTicks;
        _pc.HostWork.IsIdle = true;
        _pc.Backend.Guest = (vcpu, _) =>
        {
            vcpu.Interrupts.IsNmiPending = false; // injected
            return new VcpuExit { Kind = VcpuExitKind.Halt };
        };
        ActionTimer? timer = null;
        timer = new ActionTimer(() =>
        {
            domain.Vcpu.Apic.IsNmiPending = true; // ends the HLT
            if (_pc.Clock.Now < 500 * Millisecond)
            {
                domain.Timers.Arm(timer!, _pc.Clock.Now + (5 * Millisecond));
            }
        });
        domain.Timers.Arm(timer, _pc.Clock.Now + Millisecond);
        int attaches = _pc.Backend.Attaches;
        ulong idle = _pc.Manager.CpuTime.IdleTicks;
        ulong begin = _pc.Clock.Now;
        Until(() => domain.State == DomainState.Blocked);
        Assert.InRange(_pc.Clock.Now - begin, 400 * Millisecond, 700 * Millisecond); // all in one run, but for the last sleep
        Assert.InRange(_pc.Backend.Attaches, attaches, attaches + 1);
        Assert.InRange(_pc.Manager.CpuTime.IdleTicks - idle, 390 * Millisecond, 700 * Millisecond);
        domain.Scheduling.Book(_pc.Clock.Now);
        Assert.Equal(_pc.Clock.Now - created, domain.Scheduling.RunTicks + domain.Scheduling.WaitTicks + domain.Scheduling.StolenTicks);
        Assert.True(domain.Scheduling.WaitTicks > 390 * Millisecond);
    }

    [Fact]
    public void A_cap_of_the_file_holds_for_a_guest_that_never_halts()
    {
        Domain domain = Running("cap=25");
        ulong begin = _pc.Clock.Now;
        ulong used = domain.CpuTicks;
        Until(() => _pc.Clock.Now > begin + (1000 * Millisecond));
        Assert.InRange((double)(domain.CpuTicks - used) / (_pc.Clock.Now - begin), 0.23, 0.27);
    }

    [Fact]
    public void Neither_cap_nor_a_low_weight_slow_down_what_must_come_to_an_end()
    {
        _pc.Backend.DestroySteps = 1000; // of 50 ticks
        Domain domain = Running("cap=1 cpu_weight=1");
        Domain busy = Running("name=busy");
        Until(() => domain.Scheduling.State == Multicosm.Domains.Scheduling.UnitState.Parked);
        ulong begin = _pc.Clock.Now;
        Assert.True(_pc.Manager.Destroy(domain));
        Until(() => domain.State == DomainState.Ended);
        Assert.InRange(_pc.Clock.Now - begin, 50 * Millisecond, 200 * Millisecond);
        Assert.Equal(DomainState.Running, busy.State);
    }

    [Fact]
    public void A_reboot_that_nobody_heard_is_forgotten_and_one_that_was_heard_in_time()
    {
        Queue<VcpuExit> program = new();
        _pc.Backend.Guest = (_, _) => program.Count > 0 ? program.Dequeue() : default;
        Domain domain = Running();
        Assert.Equal(DomainActionStatus.NobodyListens, _pc.Manager.Reboot(domain));
        program.Enqueue(Out(0x604, 2, 0x3400));
        Until(() => domain.State == DomainState.Ended);

        Domain other = Running("name=other");
        program.Enqueue(Out(0x602, 2, 0x0100));
        Steps(3);
        Assert.Equal(DomainActionStatus.Success, _pc.Manager.Reboot(other));
        _pc.Clock.Ticks += 301 * 1000 * Millisecond;
        program.Enqueue(Out(0x604, 2, 0x3400));
        Until(() => other.State == DomainState.Ended);
    }

    [Fact]
    public void A_halted_domain_is_blocked_again_when_it_goes_on_and_when_the_operator_looks()
    {
        _pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.Halt };
        Domain domain = Running();
        Until(() => domain.State == DomainState.Blocked);
        Assert.Equal(DomainActionStatus.Success, _pc.Manager.Pause(domain));
        Assert.Equal(DomainActionStatus.Success, _pc.Manager.Unpause(domain));
        Assert.Equal(DomainState.Blocked, domain.State);
    }

    private static VcpuExit Out(ushort port, byte size, ulong value) => new() { Kind = VcpuExitKind.PortWrite, Address = port, SizeBytes = size, Value = value };

    private Domain Running(string assignments = "")
    {
        Domain domain = _pc.Create(assignments);
        Until(() => domain.State is DomainState.Running or DomainState.Blocked);
        return domain;
    }

    private void Until(Func<bool> condition)
    {
        for (int i = 0; i < 20_000 && !condition(); i++)
        {
            _pc.Scheduler.RunOnce();
        }

        Assert.True(condition());
    }

    private void Steps(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _pc.Scheduler.RunOnce();
        }
    }

    private sealed class ActionTimer(Action action) : TimerEvent
    {
        public override void OnExpired(ulong nowTicks) => action();
    }

    private sealed class StateObserver : DomainObserver
    {
        public List<string> States { get; } = [];

        public byte[] LastReason { get; private set; } = [];

        public override void OnStateChanged(Domain domain)
        {
            States.Add(domain.State.ToString());
            LastReason = domain.Reason.IsEmpty ? LastReason : domain.Reason.Text.ToArray();
        }

        public override void OnStarted(Domain domain)
        {
        }

        public override void OnStartFailed(Domain domain)
        {
        }

        public override void OnCrashed(Domain domain)
        {
        }

        public override void OnRestarting(Domain domain)
        {
        }

        public override void OnEnded(Domain domain)
        {
        }
    }
}
