using System.Globalization;
using System.Linq;
using Multicosm.Harness;

namespace Multicosm.Benchmarks;

/// <summary>
/// The cheapest exit: ticks of one CPUID in a guest, from the instruction's fetch to the next one's, mean of 100,000 in a row, less the
/// loop around it. The mean has in it what the host does meanwhile every 500 us; the least of single ones has not.
/// </summary>
internal static class CpuidExit
{
    private const ulong Goal = 160;
    private const ulong Count = 100_000;

    /// <summary>Measures it.</summary>
    public static Row Measure()
    {
        using Machine machine = new("cpuid-exit", Images.Micro("cpuid-exit"), Images.HostMiB, $"\rconsole {Images.Domain}\r");
        machine.Expect("cpuid-exit: ");
        ulong[] figures = [.. machine.Expect("\r\n").Split(' ').Select(word => ulong.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
        if (figures.Length != 4 || figures[0] <= figures[1])
        {
            throw new ExpectationException("cpuid-exit: the guest's figures make no sense: " + string.Join(' ', figures));
        }

        ulong net = figures[0] - figures[1];
        return new Row("cpuid exit", (net + (Count / 2)) / Count) { Goal = Goal, Details = [$"least of single ones {figures[2] - figures[3]}"] };
    }
}
