using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Multicosm.Harness;

namespace Multicosm.Benchmarks;

/// <summary>
/// What sharing a CPU costs, told by busy guests that watch the TSC jump: the switch from one vCPU to another, from the last instruction of
/// the one to the first of the other, and the part of all time that four of them do not get.
/// </summary>
internal static class Slices
{
    private const decimal SwitchGoal = 1500;
    private const decimal OverheadGoal = 0.5m;
    private const int Count = 40; // stretches and gaps that the guest sums up

    /// <summary>Measures both.</summary>
    public static IEnumerable<Row> Measure()
    {
        (ulong Stretches, ulong Gaps)[] two = Run("two-busy", ["a", "b"]);

        // A gap of one is a stretch of the other and two switches.
        ulong switches = two[0].Gaps - two[1].Stretches + two[1].Gaps - two[0].Stretches;
        yield return new Row("vcpu switch", Math.Round(switches / (4m * Count))) { Goal = SwitchGoal };

        (ulong Stretches, ulong Gaps)[] four = Run("four-busy", ["a", "b", "c", "d"]);
        decimal had = four.Sum(guest => (decimal)guest.Stretches / (guest.Stretches + guest.Gaps));
        yield return new Row("tick overhead", Math.Round(100 * (1 - had), 3)) { Goal = OverheadGoal, Unit = "percent" };
    }

    private static (ulong Stretches, ulong Gaps)[] Run(string name, string[] domains)
    {
        using Machine machine = new(name, Images.Micro("slices", "bench-" + name, domains), Images.HostMiB);
        machine.Expect(Machine.Prompt);
        for (int i = 0; i < domains.Length; i++)
        {
            machine.Expect("ended: powered off"); // they keep busy until all have measured
        }

        return [.. domains.Select(domain => Figures(machine, domain))];
    }

    private static (ulong Stretches, ulong Gaps) Figures(Machine machine, string domain)
    {
        machine.Send($"console {domain}\r");
        machine.Expect("slices: ");
        ulong[] figures = [.. machine.Expect("\r\n").Split(' ').Select(word => ulong.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
        machine.Expect(Machine.Prompt);
        return figures.Length == 2 && figures[0] > 0 && figures[1] > 0
            ? (figures[0], figures[1])
            : throw new ExpectationException("slices: the guest's figures make no sense: " + string.Join(' ', figures));
    }
}
