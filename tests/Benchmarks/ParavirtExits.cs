using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Multicosm.Harness;

namespace Multicosm.Benchmarks;

/// <summary>
/// The cheapest ways into the hypervisor and back: a hypercall that only answers a number, and an event that a guest's kernel sends to itself,
/// from the hypercall through its callback to the callback's return. Means of 100,000 in a row, less the loop around them; they have in them
/// what the host does meanwhile every 500 us.
/// </summary>
internal static class ParavirtExits
{
    private const ulong Count = 100_000;

    /// <summary>Measures them.</summary>
    public static IReadOnlyList<Row> Measure()
    {
        using Machine machine = new("pv-exits", Images.Micro("pv-exits", "bench-pv-exits", [Images.Domain], type: "pv"), Images.HostMiB, $"\rconsole {Images.Domain}\r");
        machine.Expect("pv-exits: ");
        ulong[] figures = [.. machine.Expect("\r\n").Split(' ').Select(word => ulong.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
        if (figures.Length != 4 || figures[0] <= figures[2] || figures[1] <= figures[2] || figures[3] != Count)
        {
            throw new ExpectationException("pv-exits: the guest's figures make no sense: " + string.Join(' ', figures));
        }

        return
        [
            new Row("pv null hypercall", Mean(figures[0] - figures[2])) { Goal = 200 },
            new Row("pv event channel round trip", Mean(figures[1] - figures[2])) { Goal = 700 },
        ];
    }

    private static ulong Mean(ulong ticks) => (ticks + (Count / 2)) / Count;
}
