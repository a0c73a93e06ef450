using System.Globalization;
using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>What ./run starts: the prompt, the default guest under VT-x, and what the operator does with both.</summary>
public sealed class DefaultRunTests
{
    [Fact]
    public void TheDefaultGuestRunsAndObeys()
    {
        using TestMachine machine = new("default-run", new EmulatorOptions { Iso = Isos.Default }, limitSeconds: 600);
        BothAreThere(machine);
        TheGuestObeys(machine);
        TheOperatorLeavesAndComesBack(machine);
        RebootAndPoweroffDoWhatTheySay(machine);
        AnEndedDomainIsKeptAndMadeAnew(machine);
        TheHostAsksBeforeItPowersOff(machine);
    }

    private static void BothAreThere(TestMachine machine)
    {
        machine.Expect(TestMachine.Prompt, 120);
        Assert.Matches("(?m)^debian ", machine.Command("list"));
        Assert.Contains("VT-x: usable", machine.Command("info"));
        string help = machine.Command("help");
        Assert.All((string[])["help", "list", "create", "destroy", "console", "dmesg", "info", "host"], verb => Assert.Contains(verb, help));
        machine.Send("console debian");
        machine.Expect(TestMachine.GuestMarker + " ", 180);
        string uptime = machine.Expect("\r\n");
        Assert.InRange(double.Parse(uptime, CultureInfo.InvariantCulture), 0.01, 1000);
        machine.Expect("# ", 30);
    }

    private static void TheGuestObeys(TestMachine machine)
    {
        Assert.Contains("Linux debian 6.1", machine.Shell("uname -a"));
        Assert.Contains("/dev/ttyS0", machine.Shell("tty"));
        Assert.Contains("quiet panic=-1", machine.Shell("cat /proc/cmdline"));
        string mounts = machine.Shell("cat /proc/mounts");
        Assert.All((string[])[" /proc ", " /sys ", " /dev "], place => Assert.Contains(place, mounts));
        Assert.DoesNotContain("not found", machine.Shell("for i in $(busybox --list); do [ -n \"$(which $i)\" ] || echo $i not found; done"));

        // 128 MiB less what the kernel takes.
        string memory = machine.Shell("grep MemTotal /proc/meminfo | tr -dc 0-9");
        Assert.InRange(int.Parse(memory.Trim('\r', '\n', '<').Split('\n')[^1], CultureInfo.InvariantCulture), 60 * 1024, 128 * 1024);

        // Typed faster than one character at a time, and longer than any FIFO.
        string text = new('x', 200);
        Assert.Contains(text, machine.Shell("echo " + text));
        Assert.Contains("28900", machine.Shell("i=0; while [ $i -lt 170 ]; do i=$((i+1)); done; echo $((i*i))"));

        // Everything on the console, nothing lost: 4000 lines have 18893 bytes.
        string lines = machine.Shell("seq 1 4000", 120);
        for (int i = 1; i <= 4000; i++)
        {
            Assert.Contains("\n" + i.ToString(CultureInfo.InvariantCulture) + "\r\n", lines);
        }
    }

    private static void TheOperatorLeavesAndComesBack(TestMachine machine)
    {
        machine.Press("ctrl-]");
        machine.Expect(TestMachine.Prompt, 30);
        Assert.Matches("(?m)^debian .*(running|blocked)", machine.Command("list"));
        Assert.Contains("lives already", machine.Command("create debian"));

        // Everything is there again from the first byte.
        machine.Send("console debian");
        machine.Expect(TestMachine.GuestMarker, 60);
        machine.Expect(machine.LastShellEnd, 60);

        // What is typed behind Ctrl-] is the prompt's.
        machine.Send("echo to the guest");
        machine.Expect("to the guest\r\n", 30);
        machine.Press("ctrl-]");
        machine.Send("list");
        machine.Expect(TestMachine.Prompt + "list", 30);
        machine.Expect(TestMachine.Prompt, 30);
        machine.Send("console debian");
        machine.Expect(machine.LastShellEnd, 60);
        Assert.DoesNotContain("list", machine.Shell("sleep 1", 120));
    }

    private static void RebootAndPoweroffDoWhatTheySay(TestMachine machine)
    {
        // on_reboot is restart: the same domain starts again, and whoever looks at its console goes on looking.
        machine.Send("reboot");
        machine.Expect("rebooted", 60);
        machine.Expect(TestMachine.GuestMarker, 180);
        machine.Expect("# ", 30);
        machine.Send("poweroff");
        Assert.Contains("powered off", machine.Expect(TestMachine.Prompt, 60));
    }

    private static void AnEndedDomainIsKeptAndMadeAnew(TestMachine machine)
    {
        Assert.Matches("(?m)^debian .*ended.*powered off", machine.Command("list"));
        machine.Command("destroy debian");
        Assert.DoesNotMatch("(?m)^debian ", machine.Command("list"));
        machine.Command("create debian name=other memory=112", 60);
        Assert.Matches("(?m)^other .*112 .*(building|running|blocked)", machine.Command("list"));
        machine.Send("console other");
        machine.Expect(TestMachine.GuestMarker, 180);
        machine.Press("ctrl-]");
        machine.Expect(TestMachine.Prompt, 30);
    }

    private static void TheHostAsksBeforeItPowersOff(TestMachine machine)
    {
        machine.Send("host poweroff");
        machine.Expect("anyway?", 30);
        machine.Send("n");
        machine.Expect(TestMachine.Prompt, 30);
        Assert.Matches("(?m)^other .*(running|blocked)", machine.Command("list"));
        machine.Send("host poweroff -f");
        Assert.Equal(EmulatorEnd.PoweredOff, machine.WaitForEnd(60));
    }
}
