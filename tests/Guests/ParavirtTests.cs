using System.IO;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Guests;

/// <summary>
/// Paravirtual micro guests beside one under VT-x: each judges for itself, says how many checks it made, and has all uses of its memory counted by
/// the fault build's hypercall. Those that crash crash alone.
/// </summary>
public sealed class ParavirtTests
{
    private static readonly string s_kernel = Path.Combine(Repository.Out, "kernel-fault", "multicosm.elf");

    // The letters are pv-crash's.
    private static readonly (char Way, string Report)[] s_crashes =
    [
        ('a', "iret frame at 0xffff820000001000 cannot be read"),
        ('b', "iret frame at 0x1000 cannot be read"),
        ('c', "iret frame at 0x800000000000 cannot be read"),
        ('d', "iret to user mode without a user page table"),
        ('e', "frame at 0xffff820000000fc8: its kernel's stack cannot be written"),
        ('f', "frame at 0xfc8: its kernel's stack cannot be written"),
        ('g', "its kernel's stack cannot be written"),
        ('h', "frame at 0xffff820000000fc8: its kernel's stack cannot be written"),
        ('i', "frame at 0xfc8: its kernel's stack cannot be written"),
        ('j', "its kernel's stack cannot be written"),
        ('k', "frame at 0x7fffffffffc8: its kernel's stack cannot be written"),
        ('l', "no handler for exception 6"),
        ('m', "no callback for events"),
        ('n', "guest rip 0xffff820000001000: frame at 0x"),
        ('o', "guest rip 0xffff820000001000: frame at 0x"),
        ('p', "its kernel's stack cannot be written"),
        ('q', "no failsafe callback for bad selectors"),
        ('r', "its kernel's stack cannot be written"),
        ('s', "its kernel says that it has crashed"),
        ('t', "its watchdog has expired"),
    ];

    [Fact]
    public void HostileGuestsGetErrorsOrEndAndNobodyElseNotices()
    {
        string iso = MicroGuest.ComposeIso("paravirt", s_kernel, ["heartbeat", "pv-heartbeat", "pv-hello", "pv-low", "pv-netbsd", "pv-two-vcpus", "pv-tables", "pv-traps", "pv-calls", "pv-grants", "pv-crash"]);
        using TestMachine machine = new("paravirt", new EmulatorOptions { Iso = iso }, 900);
        machine.Expect(TestMachine.Prompt, 120);
        machine.Command("create heartbeat");
        machine.Command("create pv-heartbeat name=first");
        machine.Command("create pv-heartbeat name=second"); // with each of those below three PV domains run at once

        AssertChecks(machine, "pv-hello", 9);
        AssertChecks(machine, "pv-low", 43);
        AssertChecks(machine, "pv-netbsd", 55);
        AssertChecks(machine, "pv-two-vcpus", 35, "vcpus=2");
        Crash(machine, s_crashes[0]);
        AssertChecks(machine, "pv-tables", 144);
        AssertChecks(machine, "pv-traps", 113);
        AssertChecks(machine, "pv-calls", 34);

        AssertGrants(machine);
        Crash(machine, s_crashes[1]); // beside the first, which is forgotten when this one starts: all slots are made now
        string before = Resources(machine);
        foreach ((char Way, string Report) crash in s_crashes)
        {
            Crash(machine, crash);
        }

        AssertChecks(machine, "pv-hello", 9);
        Assert.Equal(before, Resources(machine));
        Heartbeat.AssertSteady(machine, "heartbeat", 100);
        Heartbeat.AssertSteady(machine, "first", 100);
        Heartbeat.AssertSteady(machine, "second", 100);
    }

    // All checks were made and all were met.
    private static void AssertChecks(TestMachine machine, string guest, int checks, string arguments = "")
    {
        machine.Send($"create {guest} {arguments}");
        machine.Expect("): ended: ", 300);
        Assert.StartsWith("powered off", machine.Expect(TestMachine.Prompt));
        AssertLog(machine, guest, checks);
    }

    private static void AssertLog(TestMachine machine, string name, int checks)
    {
        string output = machine.Command("log " + name, 60);
        Assert.DoesNotContain("BAD", output);
        Assert.Contains($"checks: {checks:x} bad: 0", output);
    }

    // The granter ends first, and its memory stays until the mapper has let go of it.
    private static void AssertGrants(TestMachine machine)
    {
        machine.Command("create pv-grants name=granter extra=g");
        machine.Send("create pv-grants name=mapper extra=m");
        Assert.Contains("granter", machine.Expect("): ended: powered off; another domain has mapped some of its memory", 120));
        Assert.Contains("mapper", machine.Expect("): ended: powered off\r", 120));
        machine.Expect(TestMachine.Prompt);
        AssertLog(machine, "granter", 14);
        AssertLog(machine, "mapper", 19);
    }

    private static void Crash(TestMachine machine, (char Way, string Report) crash)
    {
        machine.Send($"create pv-crash extra={crash.Way}");
        Assert.Contains(crash.Report, machine.Expect("): ended: crashed: ", 60));
        machine.Expect(TestMachine.Prompt);
    }

    // Frames, arena and slots.
    private static string Resources(TestMachine machine) =>
        Regex.Match(machine.Command("info"), "(?ms)^memory: .*?^arena: [^\r\n]*").Value + Regex.Count(machine.Command("list"), "(?m)^[a-z-]+ +[0-9]");
}
