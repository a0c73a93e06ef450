using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.RegularExpressions;
using Multicosm.Harness;

namespace Multicosm.Benchmarks;

/// <summary>
/// From the command that creates a domain of 16 MiB to its first instruction, less the scrubbing of its memory; and that scrubbing, for each
/// KiB. Both as <c>info NAME</c> tells.
/// </summary>
internal static partial class CreateDomain
{
    private const decimal CreateGoal = 200_000;
    private const decimal ScrubGoal = 136;

    /// <summary>Measures both.</summary>
    public static IEnumerable<Row> Measure()
    {
        using Machine machine = new("create", Images.Micro("slices", "bench-create", [Images.Domain], start: false), Images.HostMiB);
        machine.Expect(Machine.Prompt);
        _ = machine.Command("create bench-create-" + Images.Domain);
        string info = machine.Command("info " + Images.Domain);
        decimal scrub = Number(Scrubbed(), 2, info);
        decimal ticks = Number(FirstEntry(), 1, info) - Number(Created(), 1, info) - scrub;
        yield return new Row("create micro domain", ticks) { Goal = CreateGoal };
        yield return new Row("scrub KiB", Math.Round(scrub / Number(Scrubbed(), 1, info))) { Goal = ScrubGoal };
    }

    private static decimal Number(Regex line, int group, string info)
    {
        Match match = line.Match(info);
        return match.Success
            ? decimal.Parse(match.Groups[group].Value, NumberStyles.None, CultureInfo.InvariantCulture)
            : throw new ExpectationException($"bench-create: 'info' has no line {line}:\n" + info);
    }

    [GeneratedRegex(@"(?m)^created: at TSC (\d+)\r?$")]
    private static partial Regex Created();

    [GeneratedRegex(@"(?m)^first entry: at TSC (\d+)\r?$")]
    private static partial Regex FirstEntry();

    [GeneratedRegex(@"(?m)^scrubbed: (\d+) KiB in (\d+) ticks\r?$")]
    private static partial Regex Scrubbed();
}
