using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using Multicosm.Harness;

namespace Multicosm.Benchmarks;

/// <summary>
/// The default guest from its first instruction to the last byte of its marker. Ours is counted from the TSC at the first VM entry, which
/// <c>info NAME</c> tells, to the byte's OUT on the host's UART, while an operator looks at the console: the way through the console, at most
/// 500 us and the line's own pace, is in the figure. Bare is the same kernel, initrd and options through GRUB on a PC with as much memory as
/// the domain, less the same ISO with a stub in place of the kernel. Two runs of either differ by some hundred ticks: a millionth.
/// Beside it stand the ten most frequent exits until then.
/// </summary>
internal static partial class DebianBoot
{
    private const decimal Factor = 1.03m;
    private const int MostFrequent = 10;
    private const string LeaveKey = "\x1d";

    private static readonly byte[] s_marker = Encoding.ASCII.GetBytes(TestMachine.GuestMarker);

    /// <summary>Measures it.</summary>
    public static Row Measure()
    {
        ulong ours = Ours(out IReadOnlyList<string> exits);
        return Row.AgainstBare("debian boot", ours, Factor, Bare()) with { Details = exits };
    }

    private static ulong Ours(out IReadOnlyList<string> exits)
    {
        using Machine machine = new("debian", Images.Debian(), Images.HostMiB, $"\rconsole {Images.Domain}\r");
        machine.Expect(TestMachine.GuestMarker);
        ulong end = machine.Stamps().TickOf(s_marker);
        machine.Send(LeaveKey);
        machine.Expect(Machine.Prompt);
        string info = machine.Command("info " + Images.Domain);
        exits = [.. Exit().Matches(machine.Command("exits " + Images.Domain)).Take(MostFrequent).Select(row => row.Value)];
        Match entry = FirstEntry().Match(info);
        return entry.Success
            ? end - ulong.Parse(entry.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new ExpectationException("bench-debian: 'info' says no first entry:\n" + info);
    }

    private static ulong Bare()
    {
        using Machine stub = new("bare-stub", Images.BareStub(), Images.GuestMiB);
        ulong start = stub.StubTick();
        using Machine machine = new("bare", Images.Bare(), Images.GuestMiB);
        machine.Expect(TestMachine.GuestMarker);
        return machine.Stamps().TickOf(s_marker) - start;
    }

    [GeneratedRegex(@"(?m)^\S[^\r\n]*? {2,}\d+ +[\d.]+ ?%")]
    private static partial Regex Exit();

    [GeneratedRegex(@"(?m)^first entry: at TSC (\d+)\r?$")]
    private static partial Regex FirstEntry();
}
