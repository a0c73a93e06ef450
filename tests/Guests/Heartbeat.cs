using System;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Xunit;

namespace Multicosm.Guests;

/// <summary>What the heartbeat guest printed: a neighbour's proof that it was not disturbed.</summary>
internal static class Heartbeat
{
    private const uint Printed = 64; // one of so many beats is printed

    /// <summary>The longest that two beats may be apart: some turns of others, and a step of one's building or end.</summary>
    public const uint LongestTicks = 10_000_000; // 100 ms

    /// <summary>Ends the guest and looks at all that it printed: no number is missing, no two beats were far apart, and there were some.</summary>
    public static void AssertSteady(TestMachine machine, string name, uint atLeastBeats)
    {
        machine.Send("console " + name);
        machine.Expect("leaves]", 30);
        machine.Send("q");
        string output = machine.Expect($"[{name} ended: powered off]", 120);
        machine.Expect(TestMachine.Prompt);
        MatchCollection beats = Regex.Matches(output, "beat ([0-9a-f]{8}) longest ([0-9a-f]{8})");
        Assert.NotEmpty(beats);
        for (int i = 1; i < beats.Count - 1; i++)
        {
            Assert.Equal(Number(beats[i - 1], 1) + Printed, Number(beats[i], 1));
        }

        uint last = Number(beats[^1], 1);
        Assert.True(beats.Count == 1 || last - Number(beats[^2], 1) <= Printed, output); // 0 if it was asked to end at one that it printed
        Assert.InRange(last, atLeastBeats, uint.MaxValue);
        Assert.InRange(Number(beats[^1], 2), 1u, LongestTicks);
    }

    private static uint Number(Match match, int group) => Convert.ToUInt32(match.Groups[group].Value, 16);
}
