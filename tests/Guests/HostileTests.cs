using System.Collections.Generic;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Guests;

/// <summary>
/// Guests that do what no guest should, in one boot: what the architecture answers they get, what it does not ends them with a report. The prompt answers
/// throughout, and a neighbour's heart goes on beating.
/// </summary>
public sealed class HostileTests
{
    private const long OneLife = 0x1000;
    private const long FewestInstructions = 1_000; // of all lives
    private const int LongestLifeSeconds = 20;

    private const string Undefined = "exception 0000000000000006 error 0000000000000000"; // all ones
    private const string Survived = "bad-end: survived";
    private const string Event = "an event was delivered through memory that is not RAM, at 0x";
    private const string DoubleFault = "the guest faulted while a double fault was delivered";
    private const string Descriptor = "on emulated memory at 0xd00000";

    // What bad-end is told, and what its report, or the guest, must say.
    private static readonly Dictionary<char, string> s_ends = new()
    {
        ['a'] = Event + "d0000000",
        ['b'] = Event + "fee00000",
        ['c'] = Event + "4000000",
        ['d'] = Event + "fffffff000",
        ['e'] = "exception 000000000000000e error 0000000000000009",
        ['f'] = "exception 000000000000000e error 0000000000000002",
        ['g'] = DoubleFault,
        ['h'] = Event + "d0000450",
        ['i'] = DoubleFault,
        ['j'] = Event + "fee007f8",
        ['k'] = Event + "cffffff8",
        ['l'] = Event + "cffffff8",
        ['m'] = DoubleFault,
        ['n'] = Event + "d0000024",
        ['o'] = Descriptor,
        ['p'] = Event + "d0000008",
        ['q'] = "a descriptor table lies where there is no RAM",
        ['r'] = Descriptor,
        ['s'] = Undefined,
        ['t'] = Undefined,
        ['u'] = Undefined,
        ['v'] = Undefined,
        ['w'] = Survived,
        ['x'] = Survived,
        ['y'] = "exception 000000000000000d error 000000000000fffc",
        ['0'] = DoubleFault,
    };

    [Fact]
    public void HostileGuestsEndAlone()
    {
        string iso = MicroGuest.ComposeIso("hostile", Repository.Kernel, ["wild", "bad-end", "random-code", "heartbeat"]);
        using TestMachine machine = new("hostile", new EmulatorOptions { Iso = iso });
        machine.Expect(TestMachine.Prompt, 120);
        machine.Command("create heartbeat");
        AssertWild(machine);
        foreach ((char way, string reason) in s_ends)
        {
            machine.Send($"create bad-end name=end-{way} extra=\"{way}\"");
            string report = machine.Expect("): ended: ", 60);
            bool crashed = machine.Expect(TestMachine.Prompt).StartsWith("crashed", System.StringComparison.Ordinal);
            Assert.Contains(reason, crashed ? report : machine.Command($"log end-{way}"));
            Assert.Equal(crashed, report.Contains("last exits, newest first", System.StringComparison.Ordinal));
            Assert.Matches("(?m)^heartbeat .* (running|blocked)", machine.Command("list"));
            machine.Command($"destroy end-{way}");
        }

        long executed = 0;
        for (uint life = 0; life < RandomLife.Modes.Length; life++)
        {
            executed += RandomLife.Run(machine, RandomLife.Modes[life], 0x1A2B3C4D * (life + 1), OneLife, LongestLifeSeconds).Executed;
        }

        Assert.True(executed >= FewestInstructions, $"{executed} instructions");
        Heartbeat.AssertSteady(machine, "heartbeat", 1);
    }

    private static void AssertWild(TestMachine machine)
    {
        machine.Command("create wild");
        machine.Send("console wild");
        string output = machine.Expect("[wild ended: powered off]", 60);
        machine.Expect(TestMachine.Prompt);
        Assert.DoesNotContain(": got", output);
        Assert.Equal(32, Regex.Matches(output, "(?m): ok\r?$").Count);
    }
}
