using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.RegularExpressions;
using Multicosm.Harness;

namespace Multicosm.Benchmarks;

/// <summary>
/// From the command that creates a domain of 16 MiB to its first instruction, less the scrubbing of its memory; and that scrubbing, for each
/// KiB: both as <c>info NAME</c> tells. And what another domain of 256 MiB takes beside its memory: frames, for its EPT tables among others, and
/// the part of the arena that its slot is made of, by <c>info</c> before and after.
/// </summary>
internal static partial class CreateDomain
{
    private const decimal CreateGoal = 200_000;
    private const decimal ScrubGoal = 136;
    private const decimal OverheadGoal = 1 << 20;
    private const int LargeMiB = 256;
    private const int FrameBytes = 4096;

    /// <summary>Measures all three.</summary>
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

        string before = machine.Command("info");
        _ = machine.Command($"create bench-create-{Images.Domain} name=large memory={LargeMiB}");
        string after = machine.Command("info");
        decimal frames = (Number(FreeFrames(), 1, before) - Number(FreeFrames(), 1, after)) * FrameBytes;
        decimal tables = frames - (LargeMiB << 20);
        decimal arena = Number(ArenaBytes(), 1, after) - Number(ArenaBytes(), 1, before);
        yield return new Row("overhead of a 256 MiB domain", tables + arena) { Goal = OverheadGoal, Unit = "bytes", Details = [$"frames {tables:#,0}, arena {arena:#,0}"] };
    }

    private static decimal Number(Regex line, int group, string info)
    {
        Match match = line.Match(info);
        return match.Success
            ? decimal.Parse(match.Groups[group].Value, NumberStyles.None, CultureInfo.InvariantCulture)
            : throw new ExpectationException($"bench-create: 'info' has no line {line}:\n" + info);
    }

    [GeneratedRegex(@"(?m)^memory: .*\((\d+) frames\)\r?$")]
    private static partial Regex FreeFrames();

    [GeneratedRegex(@"(?m)^arena: (\d+) bytes used\r?$")]
    private static partial Regex ArenaBytes();

    [GeneratedRegex(@"(?m)^created: at TSC (\d+)\r?$")]
    private static partial Regex Created();

    [GeneratedRegex(@"(?m)^first entry: at TSC (\d+)\r?$")]
    private static partial Regex FirstEntry();

    [GeneratedRegex(@"(?m)^scrubbed: (\d+) KiB in (\d+) ticks\r?$")]
    private static partial Regex Scrubbed();
}
