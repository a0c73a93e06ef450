using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Multicosm.Harness;

namespace Multicosm.Benchmarks;

/// <summary>
/// Operations inside the default guest, by gcost, which /init runs: the median of five rounds, here and on the bare machine. Nobody looks at the console
/// meanwhile, which would cost 2 percent; what was printed is read afterwards.
/// </summary>
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
        Dictionary<string, ulong> bare = Bare();
        Dictionary<string, ulong> ours = Ours();
        return ours.Keys.SequenceEqual(bare.Keys)
            ? [.. ours.Select(row => Beside(row.Key, row.Value, bare[row.Key]))]
            : throw new ExpectationException("gcost did not print the same rows on the bare machine and in the guest");
    }

    private static Row Beside(string name, ulong ticks, ulong bare)
        => s_factors.TryGetValue(name, out decimal factor) ? Row.AgainstBare(name, ticks, factor, bare) : new Row(name, ticks) { Bare = bare };

    private static Dictionary<string, ulong> Bare()
    {
        using Machine machine = new("bare-costs", Images.BareCosts(), Images.GuestMiB);
        return Parse(machine.Expect(LastRow) + LastRow + machine.Expect("\n"));
    }

    private static Dictionary<string, ulong> Ours()
    {
        using Machine machine = new("costs", Images.Costs(), Images.HostMiB);
        machine.Expect("): ended: powered off");
        machine.Expect(Machine.Prompt);
        return Parse(machine.Command("log " + Images.Domain));
    }

    private static Dictionary<string, ulong> Parse(string text)
        => Rows().Matches(text).ToDictionary(row => "linux " + row.Groups[1].Value, row => Whole(row.Groups[2].Value));

    private static ulong Whole(string number)
        => (ulong)Math.Round(decimal.Parse(number, CultureInfo.InvariantCulture), MidpointRounding.AwayFromZero);

    [GeneratedRegex(@"(?m)^GMIN (.*?) +min=[\d.]+ med=([\d.]+) max=[\d.]+\r?$")]
    private static partial Regex Rows();
}
