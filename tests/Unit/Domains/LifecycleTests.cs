using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Multicosm.Domains;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Domains;

public sealed class LifecycleTests
{
    private const ushort ResetPort = 0xCF9;
    private const ushort PowerPort = 0x604;

    private readonly FakeObserver _observer = new();

    [Fact]
    public void The_table_of_steps_is_the_one_in_the_design()
    {
        HashSet<(DomainState, DomainState)> legal =
        [
            (DomainState.Free, DomainState.Building),
            (DomainState.Building, DomainState.Running), (DomainState.Building, DomainState.Paused), (DomainState.Building, DomainState.Dying),
            (DomainState.Running, DomainState.Blocked), (DomainState.Running, DomainState.Paused),
            (DomainState.Running, DomainState.ShutDown), (DomainState.Running, DomainState.Crashed), (DomainState.Running, DomainState.Dying),
            (DomainState.Blocked, DomainState.Running), (DomainState.Blocked, DomainState.Paused),
            (DomainState.Blocked, DomainState.ShutDown), (DomainState.Blocked, DomainState.Crashed), (DomainState.Blocked, DomainState.Dying),
            (DomainState.Paused, DomainState.Running), (DomainState.Paused, DomainState.Blocked), (DomainState.Paused, DomainState.Dying),
            (DomainState.ShutDown, DomainState.Dying), (DomainState.Crashed, DomainState.Dying),
            (DomainState.Dying, DomainState.Building), (DomainState.Dying, DomainState.Ended),
            (DomainState.Ended, DomainState.Free),
        ];
        foreach (DomainState from in Enum.GetValues<DomainState>())
        {
            foreach (DomainState to in Enum.GetValues<DomainState>())
            {
                Assert.Equal(legal.Contains((from, to)), DomainLifecycle.IsLegal(from, to));
            }
        }
    }

    [Fact]
    public void A_domain_is_registered_built_and_runs()
    {
        FakePc pc = Watch(FakePc.WithDebian());
        Domain domain = pc.Create();
        Assert.Equal(DomainState.Building, domain.State);
        Run(pc, () => domain.State == DomainState.Running);
        Assert.Equal(["started debian"], _observer.Events);
        Assert.Equal(0x1000000UL, pc.Backend.Written[domain.Slot].Rip);
        Assert.Equal(512UL - 64, pc.Frames.Free >> 20);
    }

    [Fact]
    public void Power_off_ends_it_and_gives_the_memory_back()
    {
        FakePc pc = Watch(FakePc.WithDebian());
        pc.Backend.Guest = (_, _) => Out(PowerPort, 2, 0x2000 | (5 << 10));
        Domain domain = pc.Create();
        Run(pc, () => domain.State == DomainState.Ended);
        Assert.Equal(["started debian", "ended debian: powered off"], _observer.Events);
        Assert.Equal(512UL, pc.Frames.Free >> 20);
        Assert.True(pc.Manager.Domains.TryFind("debian"u8, out Domain? found));
        Assert.Same(domain, found);
    }

    [Fact]
    public void Reboot_builds_it_again_with_a_new_number_and_the_same_console()
    {
        FakePc pc = Watch(FakePc.WithDebian());
        bool once = true;
        pc.Backend.Guest = (_, _) => once ? Out(ResetPort, 1, 6) : default;
        Domain domain = pc.Create();
        Run(pc, () => domain.State == DomainState.Running);
        domain.Console.Sink.TryWrite((byte)'x');
        uint generation = domain.Generation;
        Run(pc, () => domain.State == DomainState.Dying);
        once = false;
        Run(pc, () => domain.State == DomainState.Running);
        Assert.Equal(["started debian", "restarting debian: rebooted", "started debian"], _observer.Events);
        Assert.Equal(2u, domain.Id);
        Assert.Equal(generation, domain.Generation);
        Assert.Equal(1UL, domain.Console.Written);
    }

    [Theory]
    [InlineData("on_poweroff=\"preserve\"", PowerPort, 2, 0x3400u, DomainState.ShutDown, "powered off")]
    [InlineData("on_poweroff=\"restart\"", PowerPort, 2, 0x3400u, DomainState.Dying, "powered off")]
    [InlineData("on_reboot=\"destroy\"", ResetPort, 1, 6u, DomainState.Dying, "rebooted")]
    [InlineData("on_reboot=\"preserve\"", ResetPort, 1, 6u, DomainState.ShutDown, "rebooted")]
    public void The_file_says_what_becomes_of_it(string key, ushort port, int size, uint value, DomainState expected, string reason)
    {
        FakePc pc = Watch(FakePc.WithDebian());
        pc.Backend.Guest = (_, _) => Out(port, size, value);
        Domain domain = pc.Create(key);
        Run(pc, () => domain.State is not (DomainState.Building or DomainState.Running));
        Assert.Equal(expected, domain.State);
        Assert.Equal(reason, Encoding.UTF8.GetString(domain.Reason.Text));
        Assert.Equal(key.Contains("restart", StringComparison.Ordinal), domain.RestartAfter());
    }

    [Fact]
    public void A_preserved_domain_keeps_its_memory_until_it_is_destroyed_and_its_reason_after()
    {
        FakePc pc = Watch(FakePc.WithDebian("on_crash=\"preserve\"\n"));
        pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.Crash, Reason = CrashReason.TripleFault };
        Domain domain = pc.Create();
        Run(pc, () => domain.State == DomainState.Crashed);
        Steps(pc, 50);
        Assert.Equal(DomainState.Crashed, domain.State);
        Assert.Equal(448UL, pc.Frames.Free >> 20);
        Assert.True(pc.Manager.Destroy(domain));
        Run(pc, () => domain.State == DomainState.Ended);
        Assert.Equal("crashed: triple fault", Encoding.UTF8.GetString(domain.Reason.Text));
        Assert.Equal(512UL, pc.Frames.Free >> 20);
    }

    [Fact]
    public void A_crash_leaves_registers_and_exits_to_read()
    {
        FakePc pc = Watch(FakePc.WithDebian("on_crash=\"preserve\"\n"));
        pc.Backend.Guest = (vcpu, _) =>
        {
            vcpu.History.Record(7, 0x11, 0x22, default);
            vcpu.Crash.AppendDetail("exit reason 7"u8);
            return new VcpuExit { Kind = VcpuExitKind.Crash, Reason = CrashReason.UnhandledExit };
        };
        Domain domain = pc.Create();
        Run(pc, () => domain.State == DomainState.Crashed);
        TextBuffer text = new(4000);
        CrashReport.WriteSummary(text, domain, pc.Containment);
        CrashReport.WriteShort(text, domain, pc.Backend);
        string report = Encoding.UTF8.GetString(text.Text);
        Assert.StartsWith("domain debian (id 1, vcpu 0) crashed: unknown exit, guest rip 0x000000000000abcd: exit reason 7\n", report);
        Assert.Contains("rip 000000000000abcd", report);
        Assert.Contains("FakeExit", report);
        Assert.Contains("qualification 0x0000000000000011 rip 0x0000000000000022", report);
    }

    [Fact]
    public void A_fault_of_ours_crashes_only_the_domain_that_it_served()
    {
        FakePc pc = Watch(FakePc.WithDebian());
        Domain good = pc.Create();
        Domain bad = pc.Create("name=bad");
        pc.Backend.Guest = (vcpu, _) => vcpu.Slot == bad.Slot ? throw new IndexOutOfRangeException() : default;
        Run(pc, () => bad.State == DomainState.Ended);
        Steps(pc, 100);
        Assert.Equal(DomainState.Running, good.State);
        Assert.Equal(CrashReason.DeviceFault, bad.Vcpu.Backend.Crash.Reason);
        Assert.Equal(0xABCDUL, bad.Crash.State.Rip);
        Assert.Contains("crashed bad: crashed: fault in the hypervisor's own code, contained", _observer.Events);
        Assert.Equal(448UL, pc.Frames.Free >> 20);
    }

    [Fact]
    public void Halting_with_interrupts_off_and_nothing_armed_is_for_ever()
    {
        FakePc pc = Watch(FakePc.WithDebian());
        pc.Backend.Rflags = 2;
        pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.Halt };
        Domain domain = pc.Create();
        Run(pc, () => domain.State == DomainState.Ended);
        Assert.Equal(CrashReason.HaltedForever, domain.Vcpu.Backend.Crash.Reason);
    }

    [Fact]
    public void Halting_with_interrupts_off_waits_while_a_timer_could_still_bring_an_NMI()
    {
        FakePc pc = Watch(FakePc.WithDebian());
        pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.HaltMasked };
        Domain domain = pc.Create();
        Run(pc, () => domain.State == DomainState.Running);
        domain.Timers.Arm(new SilentTimer(), pc.Clock.Now + 300_000);
        Steps(pc, 2);
        Assert.Equal(DomainState.Blocked, domain.State);
        Assert.True(domain.Vcpu.IsHalted);
        Run(pc, () => domain.State == DomainState.Ended);
        Assert.Equal(CrashReason.HaltedForever, domain.Vcpu.Backend.Crash.Reason);
    }

    [Fact]
    public void A_restart_loop_slows_down_and_ends_with_its_reason()
    {
        FakePc pc = Watch(FakePc.WithDebian("on_crash=\"restart\"\n"));
        List<ulong> starts = [];
        pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.Crash, Reason = CrashReason.TripleFault };
        Domain domain = pc.Create();
        uint lastId = 0;
        Run(pc, () =>
        {
            if (domain.State == DomainState.Running && domain.Id != lastId)
            {
                lastId = domain.Id;
                starts.Add(pc.Clock.Now);
            }

            return domain.State == DomainState.Ended;
        });
        Assert.Equal(5, starts.Count);
        ulong[] pauses = [.. starts.Zip(starts.Skip(1), (a, b) => (b - a) / 1_000_000)];
        Assert.Equal([0UL, 1, 2, 4], pauses);
        Assert.Equal("ended debian: crashed: triple fault; not restarted: it ended 5 times in a row within 10 s of its start", _observer.Events[^1]);
    }

    [Fact]
    public void Ended_domains_are_kept_until_their_slot_is_needed_and_then_the_oldest_goes_first()
    {
        FakePc pc = Watch(FakePc.WithDebian());
        pc.Backend.Guest = (_, _) => Out(PowerPort, 2, 0x3400);
        for (int i = 0; i < DomainTable.Capacity + 4; i++)
        {
            Domain domain = pc.Create($"name=d{i}");
            Run(pc, () => domain.State == DomainState.Ended);
        }

        Assert.False(pc.Manager.Domains.TryFind("d3"u8, out _));
        Assert.True(pc.Manager.Domains.TryFind("d4"u8, out _));
        Assert.True(pc.Manager.Domains.TryFind("d259"u8, out _));
        Assert.Equal(DomainTable.Capacity, pc.Manager.Domains.Count);
    }

    [Fact]
    public void Using_an_ended_name_again_forgets_the_old_one()
    {
        FakePc pc = Watch(FakePc.WithDebian());
        Domain old = pc.Create();
        Run(pc, () => old.State == DomainState.Running);
        TextBuffer messages = new(100);
        Assert.Equal(CreateStatus.NameTaken, pc.Manager.Create(pc.Services.Modules[0], default, messages, out _));
        pc.Manager.Destroy(old);
        Run(pc, () => old.State == DomainState.Ended);
        Domain fresh = pc.Create();
        Assert.NotSame(old, fresh);
        Assert.Equal(DomainState.Free, old.State);
        Assert.True(pc.Manager.Domains.TryFind("debian"u8, out Domain? found));
        Assert.Same(fresh, found);
    }

    [Fact]
    public void Destroying_a_domain_while_it_is_built_frees_what_it_has()
    {
        FakePc pc = Watch(FakePc.WithDebian());
        pc.Backend.BuildSteps = 1000;
        Domain domain = pc.Create();
        Steps(pc, 6);
        Assert.Equal(DomainState.Building, domain.State);
        pc.Manager.Destroy(domain);
        Run(pc, () => domain.State == DomainState.Ended);
        Assert.Equal("destroyed", Encoding.UTF8.GetString(domain.Reason.Text));
        Assert.Equal(512UL, pc.Frames.Free >> 20);
        Assert.True(pc.Manager.Destroy(domain));
        Assert.Equal(DomainState.Free, domain.State);
    }

    [Fact]
    public void Slots_are_made_only_with_the_arena_open_and_refused_when_it_is_full()
    {
        FakePc pc = Watch(FakePc.WithDebian());
        pc.Create();
        Assert.Equal(1, pc.Window.Opened);
        Assert.False(pc.Window.IsOpen);
        pc.Window.Free = 1000;
        TextBuffer messages = new(100);
        Assert.Equal(CreateStatus.NoSlot, pc.Manager.Create(pc.Services.Modules[0], "name=b"u8, messages, out _));
    }

    [Fact]
    public void At_boot_a_domain_without_a_slot_is_reported()
    {
        FakePc pc = FakePc.WithDebian();
        pc.Window.Free = 1000;
        TextBuffer messages = new(100);
        pc.Manager.CreateAtBoot(pc.Services.Modules[0], messages);
        Assert.Equal("domain debian.cfg: no room for another domain\n", Encoding.UTF8.GetString(messages.Text));
        Assert.Equal(0, pc.Manager.Domains.Count);
    }

    [Theory]
    [InlineData("kernel=nothere", "kernel \"nothere\" is not on this ISO")]
    [InlineData("ramdisk=../x", "ramdisk \"../x\" is not on this ISO")]
    [InlineData("memory=1024", "it needs 1024 MiB of memory and 512 MiB are free")]
    [InlineData("memory=16", "kernel \"vmlinuz\" needs, with its ramdisk, 25 MiB: give memory at least that")]
    [InlineData("kernel=initrd", "kernel \"initrd\" is no kernel: it is neither a bzImage, nor an ELF file with a PVH entry, nor has it a multiboot header")]
    public void One_that_cannot_start_says_why_and_stays_in_the_list(string key, string reason)
    {
        FakePc pc = Watch(FakePc.WithDebian());
        Domain domain = pc.Create(key);
        Run(pc, () => domain.State == DomainState.Ended);
        Assert.Equal(["failed debian: " + reason, "ended debian: " + reason], _observer.Events);
        Assert.True(domain.CouldNotStart);
        Assert.Equal(512UL, pc.Frames.Free >> 20);
    }

    [Theory]
    [InlineData("type=hvm", "type \"hvm\" needs VT-x, which is not usable on this PC (no VMX)")]
    [InlineData("type=auto", "type \"auto\" finds nothing that runs here: VT-x is not usable (no VMX), nor is PV (this hypervisor is built without it)")]
    [InlineData("type=pv", "type \"pv\" cannot run here: this hypervisor is built without it")]
    public void Without_VT_x_the_reason_names_what_is_missing(string key, string reason)
    {
        FakePc pc = Watch(FakePc.WithDebian());
        pc.Backend.Usable = false;
        Domain domain = pc.Create(key);
        Run(pc, () => domain.State == DomainState.Ended);
        Assert.Equal("failed debian: " + reason, _observer.Events[0]);
    }

    [Fact]
    public void Allocation_that_fails_half_way_leaves_nothing_behind()
    {
        FakePc pc = Watch(FakePc.WithDebian());
        pc.Backend.FailsAllocation = true;
        Domain domain = pc.Create();
        Run(pc, () => domain.State == DomainState.Ended);
        Assert.Equal(512UL, pc.Frames.Free >> 20);
        Assert.True(domain.CouldNotStart);
    }

    [Fact]
    public void At_boot_a_wrong_file_is_registered_with_its_reason_and_the_others_start()
    {
        FakePc pc = Watch(new FakePc(
            FakePc.Config("a/bad.cfg", "nonsense"),
            FakePc.Config("a/good.cfg", "name=\"good\"\nkernel=\"k\"\nmemory=64\n"),
            FakePc.Config("a/twin.cfg", "name=\"good\"\nkernel=\"k\"\n"),
            FakePc.File("a/k", FakeKernel.Make())));
        TextBuffer messages = new(1000);
        foreach (BootModule module in pc.Services.Modules.Where(module => module.IsDomainFile))
        {
            pc.Manager.CreateAtBoot(module, messages);
        }

        Run(pc, () => pc.Manager.Domains[0].State == DomainState.Ended && pc.Manager.Domains[1].State == DomainState.Running && pc.Manager.Domains[2].State == DomainState.Ended);
        Assert.StartsWith("failed bad: a/bad.cfg:1: ", _observer.Events[0]);
        Assert.DoesNotContain("\n", _observer.Events[0]);
        Assert.Equal("failed good: another domain has its name", _observer.Events[1]);
        Assert.True(pc.Manager.Domains.TryFind("good"u8, out Domain? good));
        Assert.Equal(DomainState.Running, good!.State);
    }

    private static VcpuExit Out(ushort port, int size, uint value)
        => new() { Kind = VcpuExitKind.PortWrite, Address = port, SizeBytes = (byte)size, Value = value };

    private FakePc Watch(FakePc pc)
    {
        pc.Manager.Observer = _observer;
        return pc;
    }

    private static void Run(FakePc pc, Func<bool> until)
    {
        for (int i = 0; i < 20_000; i++)
        {
            if (until())
            {
                return;
            }

            pc.Scheduler.RunOnce();
        }

        Assert.Fail("it does not happen");
    }

    private static void Steps(FakePc pc, int count)
    {
        for (int i = 0; i < count; i++)
        {
            pc.Scheduler.RunOnce();
        }
    }
}

internal sealed class SilentTimer : TimerEvent
{
    public override void OnExpired(ulong nowTicks)
    {
    }
}

internal static class DomainInsight
{
    public static bool RestartAfter(this Domain domain)
        => (bool)typeof(Domain).GetProperty("RestartAfter", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!.GetValue(domain)!;
}
