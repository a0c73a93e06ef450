using System.Globalization;
using System.IO;
using System.Linq;
using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>Guests that run without VT-x, as Xen PV guests.</summary>
public sealed class ParavirtTests
{
    [Fact]
    public void TheDefaultGuestRunsAndObeysOnAPlainPc()
    {
        using TestMachine machine = new("pv-default", new EmulatorOptions { Iso = Isos.Default, HasVtx = false }, limitSeconds: 900);
        machine.Expect(TestMachine.Prompt, 400);
        ThePcSaysWhatItHas(machine);
        machine.Send("console debian");
        machine.Expect(TestMachine.GuestMarker + " ", 300);
        Assert.InRange(double.Parse(machine.Expect("\r\n"), CultureInfo.InvariantCulture), 0.01, 1000);
        machine.Expect("# ", 60);
        TheGuestObeys(machine);
        TheManagerKnowsHowItRuns(machine);
        RebootAndShutdownDoWhatTheySay(machine);
        TwoProcessorsDoTheirWork(machine);
        machine.Send("host poweroff -f");
        Assert.Equal(EmulatorEnd.PoweredOff, machine.WaitForEnd(60));
    }

    [Theory]
    [InlineData("generic", "6.1", 192)]
    [InlineData("5.10", "5.10", 160, Explicit = true)]
    [InlineData("6.12", "6.12", 160, Explicit = true)]
    public void OtherKernelsBootWithDefaultOptions(string kernel, string version, int memory)
    {
        string name = "pv-" + kernel;
        string iso = TestFiles.ComposeIso(name, "", DomainFile(name, "vmlinuz-" + kernel, memory, """
            type = "auto"
            ramdisk = "../guests/initramfs.gz"
            extra = "console=hvc0"
            """));
        using TestMachine machine = new(name, new EmulatorOptions { Iso = iso, HasVtx = false }, limitSeconds: 600);
        machine.Expect(TestMachine.Prompt, 120);
        machine.Send("console " + name);
        machine.Expect(TestMachine.GuestMarker, 500);
        machine.Expect("# ", 60);
        Assert.Contains("Linux debian " + version + ".", machine.Shell("uname -a"));
        Assert.Contains("xen", machine.Shell("cat /sys/hypervisor/type"));
        Assert.Contains("/dev/hvc0", machine.Shell("tty"));
        HasNoComplaint(machine);
        machine.Send("poweroff");
        Assert.Contains("powered off", machine.Expect(TestMachine.Prompt, 120));
    }

    [Fact]
    public void GrubReachesItsPrompt()
    {
        string iso = TestFiles.ComposeIso("pv-grub", "", DomainFile("grub", "grub-xen.bin", 64, "type = \"pv\""));
        using TestMachine machine = new("pv-grub", new EmulatorOptions { Iso = iso, HasVtx = false });
        machine.Expect(TestMachine.Prompt, 120);
        machine.Send("console grub");
        machine.Expect("grub>", 120);
        machine.Send("echo $grub_platform$grub_cpu");
        machine.Expect("xenx86_64", 60);
        machine.Press("ctrl-]");
        machine.Expect(TestMachine.Prompt, 30);
        Assert.Matches(@"(?m)^grub .* PV \(VT-x: no VMX\)\r?$", machine.Command("list"));
    }

    [Fact]
    public void ParavirtualDomainsRunBesideAHardwareOne()
    {
        using TestMachine machine = new("pv-beside", new EmulatorOptions { Iso = Isos.Default, MemoryMiB = 768 }, limitSeconds: 900);
        machine.Expect(TestMachine.Prompt, 120);
        Assert.Contains("more than one of vcpus needs type \"pv\"", machine.Command("create debian name=many vcpus=2", 60));
        machine.Command("create debian name=second type=pv memory=112", 60);
        machine.Command("create debian name=third type=pv memory=112", 60);
        string[] names = ["debian", "second", "third"];
        foreach (string name in names)
        {
            machine.Send("console " + name);
            machine.Expect(TestMachine.GuestMarker, 400);
            machine.Expect("# ", 60);
            Assert.Contains(name == "debian" ? "/dev/ttyS0" : "/dev/hvc0", machine.Shell("tty"));
            machine.Send($"n={name}; while sleep 1; do echo beat-$n; done");
            machine.Expect("\nbeat-" + name, 120);
            Leave(machine);
        }

        string list = machine.Command("list");
        Assert.Matches(@"(?m)^debian +\d+ +128 +1  (running|blocked) +\d+\.\d\r$", list);
        Assert.Matches(@"(?m)^second +\d+ +112 +1  (running|blocked) +\d+\.\d  PV\r$", list);
        Assert.Matches(@"(?m)^type: pv\r?\nvirtualization: PV\r?$", machine.Command("info second"));
        Assert.Matches(@"(?m)^type: auto\r?\nvirtualization: VT-x\r?$", machine.Command("info debian"));

        // One is killed; the others go on, and no console shows another's lines.
        machine.Command("destroy second", 120);
        foreach (string name in new[] { "third", "debian" })
        {
            machine.Send("console " + name);
            machine.Expect("of " + name, 30);
            string seen = string.Concat(Enumerable.Range(0, 5).Select(_ => machine.Expect("\nbeat-" + name, 120)));
            Assert.All(names.Where(other => other != name), other => Assert.DoesNotContain("beat-" + other, seen));
            Leave(machine);
        }
    }

    private static void ThePcSaysWhatItHas(TestMachine machine)
    {
        string info = machine.Command("info");
        Assert.Matches(@"(?m)^VT-x: not usable \(no VMX\)\r?$", info);
        Assert.Matches(@"(?m)^PV: usable\r?$", info);
        Assert.Contains("VT-x, which is not usable on this PC (no VMX)", machine.Command("create debian name=again type=hvm"));
    }

    private static void TheGuestObeys(TestMachine machine)
    {
        Assert.Contains("Linux debian 6.1", machine.Shell("uname -a"));
        Assert.Contains("/dev/hvc0", machine.Shell("tty"));
        Assert.Contains("xen", machine.Shell("cat /sys/hypervisor/type"));
        string memory = machine.Shell("grep MemTotal /proc/meminfo | tr -dc 0-9");
        Assert.InRange(int.Parse(memory.Trim('\r', '\n', '<').Split('\n')[^1], CultureInfo.InvariantCulture), 60 * 1024, 128 * 1024);
        HasNoComplaint(machine);

        // Typed faster than one character at a time, and longer than any FIFO.
        string text = new('x', 200);
        Assert.Contains(text, machine.Shell("echo " + text));

        // Everything on the console, nothing lost: the ring is smaller by far.
        string lines = machine.Shell("seq 1 4000", 240);
        for (int i = 1; i <= 4000; i++)
        {
            Assert.Contains("\n" + i.ToString(CultureInfo.InvariantCulture) + "\r\n", lines);
        }

        // Page tables come and go: each round is a process of its own.
        Assert.Contains("sum 200", machine.Shell("s=0; for i in $(seq 200); do s=$((s+$(/bin/busybox echo 1))); done; echo sum $s", 240));
        Assert.Contains("slept", machine.Shell("sleep 1 && echo slept", 240));
    }

    private static void TheManagerKnowsHowItRuns(TestMachine machine)
    {
        Leave(machine);
        Assert.Matches(@"(?m)^debian +\d+ +128 +1  (running|blocked) +\d+\.\d  PV \(VT-x: no VMX\)\r?$", machine.Command("list"));
        Assert.Matches(@"(?m)^virtualization: PV \(VT-x: no VMX\)\r?$", machine.Command("info debian"));
        Assert.Matches(@"(?m)^system call +\d+ ", machine.Command("exits debian"));
    }

    private static void RebootAndShutdownDoWhatTheySay(TestMachine machine)
    {
        Assert.StartsWith("\r\ndomain \"debian\" is asked to reboot\r\n", machine.Command("reboot -w debian", 300));
        machine.Send("console debian");
        machine.Expect("[console of debian", 30);
        machine.Expect("MULTICOSM-GUEST-READY", 60); // the first boot's
        machine.Expect(TestMachine.GuestMarker, 300);
        machine.Expect("# ", 60);
        machine.Send("reboot");
        machine.Expect("rebooted", 120);
        machine.Expect(TestMachine.GuestMarker, 300);
        machine.Expect("# ", 60);
        Leave(machine);
        Assert.Contains("ended: powered off", machine.Command("shutdown -w debian", 300));
        Assert.Matches("(?m)^debian .*ended.*powered off", machine.Command("list"));
    }

    private static void TwoProcessorsDoTheirWork(TestMachine machine)
    {
        machine.Command("create debian name=two vcpus=2", 60);
        machine.Send("console two");
        machine.Expect(TestMachine.GuestMarker, 300);
        machine.Expect("# ", 60);
        Assert.Contains("\n2\r", machine.Shell("grep -c ^processor /proc/cpuinfo"));
        string both = machine.Shell("for c in 1 2; do taskset $c sh -c 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done; echo did $i' & done; wait", 240);
        Assert.Equal(2, both.Split("did 3000").Length - 1);
        Assert.Matches(@"(?m)cpu1 +[1-9]\d* ", machine.Shell("grep cpu1 /proc/stat"));
        HasNoComplaint(machine);
        machine.Send("poweroff");
        Assert.Contains("powered off", machine.Expect(TestMachine.Prompt, 120));
    }

    private static void HasNoComplaint(TestMachine machine)
    {
        string log = machine.Shell("dmesg | grep -E 'WARNING|BUG|Call Trace|multicall|rcu.*stall|soft lockup'; dmesg | wc -l", 120);
        Assert.DoesNotContain("] ", log);
    }

    private static void Leave(TestMachine machine)
    {
        machine.Press("ctrl-]");
        machine.Expect(TestMachine.Prompt, 30);
    }

    private static string DomainFile(string name, string kernel, int memory, string more)
    {
        string path = Path.Combine(TestFiles.Folder, name + ".cfg");
        File.WriteAllText(path, $"""
            name = "{name}"
            memory = {memory}
            kernel = "../guests/{kernel}"
            {more}
            """);
        return path;
    }
}
