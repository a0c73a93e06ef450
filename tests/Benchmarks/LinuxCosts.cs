using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Multicosm.Harness;

namespace Multicosm.Benchmarks;

/// <summary>Operations inside the default guest, by gcost, which /init runs: the median of five rounds, here and on the bare machine.</summary>
internal static partial class LinuxCosts
{
    private const string LastRow = "GMIN pipe ping-pong round trip";

    // How many times the bare machine's figure they may be.
    private static readonly Dictionary<string, decimal> s_factors = new()
    {
        ["linux anon page fault"] = 1.02m,
        ["linux fork+exit+wait"] = 1.03m,
    };

    /// <summary>Measures them.</summary>
    public static IReadOnlyList<Row> Measure()
    {
        Dictionary<string, ulong> bare = Run("bare-costs", Images.BareCosts(), Images.GuestMiB, "");
        Dictionary<string, ulong> ours = Run("costs", Images.Costs(), Images.HostMiB, $"\rconsole {Images.Domain}\r");
        return ours.Keys.SequenceEqual(bare.Keys)
            ? [.. ours.Select(row => Beside(row.Key, row.Value, bare[row.Key]))]
            : throw new ExpectationException("gcost did not print the same rows on the bare machine and in the guest");
    }

    private static Row Beside(string name, ulong ticks, ulong bare)
        => s_factors.TryGetValue(name, out decimal factor) ? Row.AgainstBare(name, ticks, factor, bare) : new Row(name, ticks) { Bare = bare };

    private static Dictionary<string, ulong> Run(string name, string iso, int memoryMiB, string typedAhead)
    {
        using Machine machine = new(name, iso, memoryMiB, typedAhead);
        string text = machine.Expect(LastRow) + LastRow + machine.Expect("\n");
        return Rows().Matches(text).ToDictionary(row => "linux " + row.Groups[1].Value, row => Whole(row.Groups[2].Value));
    }

    private static ulong Whole(string number)
        => (ulong)Math.Round(decimal.Parse(number, CultureInfo.InvariantCulture), MidpointRounding.AwayFromZero);

    [GeneratedRegex(@"(?m)^GMIN (.*?) +min=[\d.]+ med=([\d.]+) max=[\d.]+\r?$")]
    private static partial Regex Rows();
}
