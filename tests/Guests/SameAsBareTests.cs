using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Guests;

/// <summary>Guests of checks, of which each says "ok", print the same on the machine itself and under the hypervisor.</summary>
public sealed class SameAsBareTests
{
    private const int FewestChecks = 700;

    private static readonly string[] s_guests =
    [
        "control", "absent", "task-switch", "single-step", "breakpoints", "software-exceptions", "nmi", "shadow", "nested", "privilege",
        "long-mode", "exceptions64", "task-priority", "xsetbv", "features", "pae", "real", "v86", "page-faults",
        "syscalls", "string-io", "descriptors", "bad-values",
    ];

    // Lines that only one side has, or has differently: what the line begins with, and why.
    private static readonly Dictionary<string, string> s_differences = new()
    {
        ["control: CR4.VMXE without VMX"] = "the emulated processor has VMX, a guest's has not",
        ["absent: VMXON"] = "the same",
        ["absent: MONITOR"] = "the emulated processor has MONITOR, a guest's has not",
        ["absent: MWAIT"] = "the same",
        ["absent: RDMSR of what is not there"] = "the emulator is told to answer for MSRs that it does not know",
        ["absent: WRMSR of what is not there"] = "the same",
    };

    [Fact]
    public void GuestsPrintTheSameOnTheMachineItself()
    {
        Dictionary<string, string[]> bare = Split(BareMachine.Run("bare", s_guests, 150));
        Dictionary<string, string[]> hosted = RunHosted();
        List<string> wrong = [];
        foreach (string guest in s_guests)
        {
            wrong.AddRange(hosted[guest].Where(line => !line.EndsWith(": ok", StringComparison.Ordinal)));
            string[] here = [.. hosted[guest].Where(line => !IsAllowed(line))];
            string[] there = [.. bare[guest].Where(line => !IsAllowed(line))];
            int same = here.Zip(there).TakeWhile(lines => lines.First == lines.Second).Count();
            if (same != here.Length || same != there.Length)
            {
                wrong.Add($"{guest}, line {same + 1}: '{here.ElementAtOrDefault(same)}' under the hypervisor, '{there.ElementAtOrDefault(same)}' on the machine");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(hosted.Values.Sum(lines => lines.Length) >= FewestChecks);
    }

    private static bool IsAllowed(string line) => s_differences.Keys.Any(start => line.StartsWith(start, StringComparison.Ordinal));

    private static Dictionary<string, string[]> RunHosted()
    {
        string iso = MicroGuest.ComposeIso("same-as-bare", Repository.Kernel, s_guests);
        using TestMachine machine = new("same-as-bare", new EmulatorOptions { Iso = iso });
        machine.Expect(TestMachine.Prompt, 120);
        Dictionary<string, string[]> outputs = [];
        foreach (string guest in s_guests)
        {
            machine.Command("create " + guest);
            machine.Send("console " + guest);
            string output = machine.Expect($"[{guest} ended: ", 60);
            string end = machine.Expect(TestMachine.Prompt);
            Assert.True(end.StartsWith("powered off", StringComparison.Ordinal), $"{guest}: {output}{end}");
            outputs[guest] = Checks(output, guest);
            if (guest == "task-priority")
            {
                AssertNoExits(machine.Command("info " + guest));
            }
        }

        return outputs;
    }

    // Of a thousand writes and reads of CR8 none exits; what is left are writes of CR0 on the way to long mode.
    private static void AssertNoExits(string info)
    {
        Match accesses = Regex.Match(info, "control-register access +([0-9]+)");
        Assert.True(accesses.Success, info);
        Assert.InRange(int.Parse(accesses.Groups[1].Value, CultureInfo.InvariantCulture), 0, 9);
    }

    private static Dictionary<string, string[]> Split(string output) => s_guests.ToDictionary(guest => guest, guest => Checks(output, guest));

    private static string[] Checks(string output, string guest) =>
        [.. output.Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.StartsWith(guest + ": ", StringComparison.Ordinal))];
}
