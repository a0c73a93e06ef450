using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using Multicosm.Harness;

namespace Multicosm.Benchmarks;

/// <summary>
/// The hypervisor from GRUB's hand-over, where a stub in its place tells the tick, to the last byte of its first prompt. Its parts are what
/// <c>info</c> tells; the line takes the rest to print what the hypervisor said.
/// </summary>
internal static partial class HypervisorBoot
{
    private const ulong Goal = 100_000_000;

    private static readonly byte[] s_prompt = Encoding.ASCII.GetBytes(Machine.Prompt);

    /// <summary>Measures it.</summary>
    public static Row Measure()
    {
        ulong start = HandOver();
        using Machine machine = new("hypervisor", Images.Debian(), Images.HostMiB);
        machine.Expect(Machine.Prompt);
        ulong ticks = machine.Stamps().TickOf(s_prompt) - start;
        string info = machine.Command("info");
        Match line = Parts().Match(info);
        return line.Success
            ? new Row("hypervisor boot", ticks) { Goal = Goal, Details = Details(line.Groups[1].Value, ticks) }
            : throw new ExpectationException("bench-hypervisor: 'info' lists no parts of start-up:\n" + info);
    }

    private static ulong HandOver()
    {
        using Machine stub = new("hypervisor-stub", Images.HypervisorStub(), Images.HostMiB);
        return stub.StubTick();
    }

    private static List<string> Details(string parts, ulong ticks)
    {
        List<(string Name, ulong Ticks)> list = [.. parts.Split(", ").Select(Part)];
        ulong known = list.Aggregate(0UL, (sum, part) => sum + part.Ticks);
        list.Add(("the prompt's way out of the line", ticks - known));
        return [.. list.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Name,-38}{part.Ticks,14:N0}"))];
    }

    private static (string Name, ulong Ticks) Part(string part)
    {
        int blank = part.LastIndexOf(' ');
        return (part[..blank], ulong.Parse(part.AsSpan(blank + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"(?m)^start-up parts: (.+ \d+)\r?$")]
    private static partial Regex Parts();
}
