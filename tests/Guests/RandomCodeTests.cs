using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Guests;

/// <summary>Guests that execute random instructions end alone, or are destroyed; a neighbour goes on and the prompt answers.</summary>
public sealed partial class RandomCodeTests(ITestOutputHelper output)
{
    private const int FewestInstructions = 1_000; // of six lives
    private const int LongLives = 90;
    private const int LongestLifeSeconds = 20;
    private const int MostBetweenCounts = 16 * 48; // rounds and their steps

    private static readonly string[] s_modes = ["16", "32", "64"];

    [Fact]
    public void FewLives()
    {
        using TestMachine machine = Boot("random-code", 300);
        long executed = 0;
        for (int life = 0; life < 2 * s_modes.Length; life++)
        {
            executed += Live(machine, $"{s_modes[life % s_modes.Length]} {0x1A2B3C4Du * (uint)(life + 1):x8}", 2);
        }

        Assert.True(executed >= FewestInstructions, $"{executed} instructions");
        Heartbeat.AssertSteady(machine, "heartbeat", 1);
    }

    [Fact(Explicit = true)]
    public void ManyLives()
    {
        using TestMachine machine = Boot("random-code-long", 3000);
        long executed = 0;
        for (int life = 0; life < LongLives; life++)
        {
            executed += Live(machine, s_modes[life % s_modes.Length], LongestLifeSeconds);
        }

        output.WriteLine($"{executed} instructions");
        Assert.True(executed >= LongLives * FewestInstructions / 6, $"{executed} instructions");
        Heartbeat.AssertSteady(machine, "heartbeat", 1);
    }

    private static TestMachine Boot(string name, int limitSeconds)
    {
        string iso = MicroGuest.ComposeIso(name, Repository.Kernel, ["random-code", "heartbeat"]);
        TestMachine machine = new(name, new EmulatorOptions { Iso = iso }, limitSeconds);
        machine.Expect(TestMachine.Prompt, 120);
        machine.Command("create heartbeat");
        return machine;
    }

    // One life: how many instructions it has said that it executed. One that does not end by itself is destroyed.
    private long Live(TestMachine machine, string extra, int seconds)
    {
        string name = "rc" + extra[..2];
        machine.Send($"create random-code name={name} extra=\"{extra}\"");
        string end = "destroyed";
        try
        {
            machine.Expect("): ended: ", seconds);
            end = machine.Expect("\n");
        }
        catch (ExpectationException)
        {
            Assert.DoesNotContain("multicosm: panic", machine.Text);
        }

        machine.Send("");
        machine.Expect(TestMachine.Prompt);
        string log = machine.Command("log " + name);
        Assert.Matches("(?m)^heartbeat .* (running|blocked)", machine.Command("list"));
        machine.Command("destroy " + name);
        Assert.DoesNotMatch($"(?m)^{name} ", machine.Command("list"));
        Assert.DoesNotContain("multicosm: panic", machine.Text);
        Match seed = Seed().Match(log);
        Assert.True(seed.Success, log);
        long executed = CountIn(log);
        output.WriteLine($"{name} seed {seed.Groups[1].Value}: {executed} instructions, {end.Trim()}");
        return executed;
    }

    // The guest may have damaged its count: what rises by more than it can ends the counting.
    private static long CountIn(string log)
    {
        long executed = 0;
        foreach (long count in Executed().Matches(log).Select(match => long.Parse(match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)))
        {
            if (count < executed || count > executed + MostBetweenCounts)
            {
                break;
            }

            executed = count;
        }

        return executed;
    }

    [GeneratedRegex("random-code: seed ([0-9a-f]{8})")]
    private static partial Regex Seed();

    [GeneratedRegex("random-code: executed ([0-9a-f]{8})\r")]
    private static partial Regex Executed();
}
