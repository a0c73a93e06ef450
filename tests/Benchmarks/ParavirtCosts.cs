using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using Multicosm.Harness;

namespace Multicosm.Benchmarks;

/// <summary>
/// The default kernel as a paravirtual guest, with the options nokaslr and mitigations=off: from the domain's creation to the last byte of
/// its marker, and the operations of gcost inside it. The isolation in force: the guest's tables map nothing of the hypervisor but the entry
/// area, and each way in and out changes CR3 without keeping translations.
/// </summary>
internal static partial class ParavirtCosts
{
    private const string LastRow = "GMIN pipe ping-pong round trip";
    private const string LeaveKey = "\x1d";

    private static readonly byte[] s_marker = Encoding.ASCII.GetBytes(TestMachine.GuestMarker);

    private static readonly Dictionary<string, ulong> s_goals = new()
    {
        ["pv getppid"] = 1_100,
        ["pv anon page fault"] = 5_500,
        ["pv munmap per page"] = 2_100,
        ["pv sched_yield"] = 1_850,
        ["pv fork+exit+wait"] = 390_000,
        ["pv in 0x80"] = 700,
        ["pv boot to marker"] = 2_300_000_000,
    };

    /// <summary>Measures them.</summary>
    public static IReadOnlyList<Row> Measure()
    {
        using Machine machine = new("pv-costs", Images.ParavirtCosts(), Images.HostMiB, $"\rconsole {Images.Domain}\r");
        machine.Expect(TestMachine.GuestMarker);
        ulong marker = machine.Stamps().TickOf(s_marker);
        string text = machine.Expect(LastRow) + LastRow + machine.Expect("\n");
        machine.Send(LeaveKey);
        machine.Expect(Machine.Prompt);
        Match created = Created().Match(machine.Command("info " + Images.Domain));
        if (!created.Success)
        {
            throw new ExpectationException("bench-pv-costs: 'info' does not say when the domain was created");
        }

        ulong boot = marker - ulong.Parse(created.Groups[1].Value, CultureInfo.InvariantCulture);
        IEnumerable<Row> rows = Rows().Matches(text).Select(row => new Row("pv " + row.Groups[1].Value, Whole(row.Groups[2].Value)));
        return [.. rows.Prepend(new Row("pv boot to marker", boot)).Select(row => s_goals.TryGetValue(row.Name, out ulong goal) ? row with { Goal = goal } : row)];
    }

    private static ulong Whole(string number)
        => (ulong)Math.Round(decimal.Parse(number, CultureInfo.InvariantCulture), MidpointRounding.AwayFromZero);

    [GeneratedRegex(@"(?m)^GMIN (.*?) +min=[\d.]+ med=([\d.]+) max=[\d.]+\r?$")]
    private static partial Regex Rows();

    [GeneratedRegex(@"(?m)^created: at TSC (\d+)\r?$")]
    private static partial Regex Created();
}
