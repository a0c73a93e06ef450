using System;
using System.Globalization;
using System.Linq;
using Multicosm.Harness;

namespace Multicosm.Benchmarks;

/// <summary>How late a halted guest is, on a PC that has nothing else to do: from the APIC timer's deadline to the first instruction of its handler, mean of 64.</summary>
internal static class WakeUp
{
    private const decimal Goal = 1000;
    private const int Count = 64;

    /// <summary>Measures it.</summary>
    public static Row Measure()
    {
        using Machine machine = new("wake-up", Images.Micro("wake-up"), Images.HostMiB);
        machine.Expect("ended: powered off");
        machine.Send($"console {Images.Domain}\r");
        machine.Expect("wake-up: ");
        ulong[] figures = [.. machine.Expect("\r\n").Split(' ').Select(word => ulong.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
        return figures.Length == 3 && figures[0] > 0
            ? new Row("halt wake-up latency", Math.Round((decimal)figures[0] / Count)) { Goal = Goal, Details = [$"least {figures[1]}, most {figures[2]}"] }
            : throw new ExpectationException("wake-up: the guest's figures make no sense: " + string.Join(' ', figures));
    }
}
