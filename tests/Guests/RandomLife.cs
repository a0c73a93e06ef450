using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Xunit;

namespace Multicosm.Guests;

/// <summary>A guest that executes random code until it has executed so many instructions, ends another way, or is stuck.</summary>
internal static partial class RandomLife
{
    private const int PatienceSeconds = 15;
    private const int MostBetweenCounts = 1024 * 64; // starts and their steps

    /// <summary>What modes of the processor it knows.</summary>
    public static string[] Modes { get; } = ["16", "32", "64"];

    /// <summary>
    /// One life of about <paramref name="goal"/> instructions and at most <paramref name="seconds"/>: how many it says that it has executed, and how it ended.
    /// Afterwards the prompt answers, a neighbour called heartbeat goes on, and the domain can be destroyed.
    /// </summary>
    public static (long Executed, string End) Run(TestMachine machine, string mode, uint seed, long goal, int seconds)
    {
        string name = "rc" + mode;
        machine.Command($"create random-code name={name} extra=\"{mode} {seed:x8} {goal:x8}\"");
        string end = WaitForEnd(machine, name, seconds);
        string log = machine.Command("log " + name);
        Assert.Matches("(?m)^heartbeat .* (running|blocked)", machine.Command("list"));
        machine.Command("destroy " + name);
        Assert.DoesNotMatch($"(?m)^{name} ", machine.Command("list"));
        Assert.DoesNotContain("multicosm: panic", machine.Text);
        Assert.Contains("random-code: seed ", log);
        return (CountIn(log), end);
    }

    // Random code may have switched the guest's own watchdog off: then an NMI from here ends what runs. It may have damaged the monitor's part in real mode, too:
    // then nothing is printed any more.
    private static string WaitForEnd(TestMachine machine, string name, int seconds)
    {
        int printed = 0;
        int since = 0;
        for (int i = 0; i < seconds && i - since < PatienceSeconds; i++)
        {
            int length = machine.Command("log " + name).Length;
            since = length != printed ? i : since;
            printed = length;
            Match end = Regex.Match(machine.Command("list"), $"(?m)^{name} .* ended +[^ ]+ +([^\r\n]+)");
            if (end.Success)
            {
                return end.Groups[1].Value;
            }

            try
            {
                machine.Expect("): ended: ", 1);
            }
            catch (ExpectationException)
            {
                machine.Command($"trigger {name} nmi");
            }
        }

        return "destroyed";
    }

    // The guest may have damaged its output: what rises by more than it can ends the counting.
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

    [GeneratedRegex("random-code: executed ([0-9a-f]{8})\r")]
    private static partial Regex Executed();
}
