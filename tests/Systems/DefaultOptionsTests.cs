using System.Collections.Generic;
using System.Linq;
using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>The guest with no options but its console: it must boot, and have no complaint that it has not on the bare machine.</summary>
public sealed class DefaultOptionsTests
{
    [Fact]
    public void TheGuestHasNoComplaintThatTheBareMachineDoesNotGet()
    {
        IReadOnlyList<string> bare = GuestLog.Complaints(BareLog());
        string log = DomainLog();
        Assert.Contains("Linux version 6.1", log);
        Assert.Empty(GuestLog.Complaints(log).Except(bare));
    }

    private static string BareLog()
    {
        using TestMachine machine = new("bare-default-options", new EmulatorOptions { Iso = Isos.Bare }, limitSeconds: 300);
        machine.Expect(TestMachine.GuestMarker, 240);
        machine.Expect("# ", 30);
        return machine.Shell("dmesg", 60);
    }

    private static string DomainLog()
    {
        using TestMachine machine = new("domain-default-options", new EmulatorOptions { Iso = Isos.DefaultOptions }, limitSeconds: 420);
        machine.Expect(TestMachine.Prompt, 120);
        machine.Send("console debian");
        machine.Expect(TestMachine.GuestMarker, 300);
        machine.Expect("# ", 30);
        string log = machine.Shell("dmesg", 60);
        string clock = machine.Shell("cat /sys/devices/system/clocksource/clocksource0/current_clocksource");
        Assert.DoesNotContain("jiffies", clock);
        machine.Send("poweroff");
        Assert.Contains("powered off", machine.Expect(TestMachine.Prompt, 60));
        return log;
    }
}
