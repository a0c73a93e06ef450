using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Multicosm.Harness;

namespace Multicosm.Benchmarks;

/// <summary>
/// What one instruction that leaves the guest costs, and what the APIC timer's interrupt does: by the micro guest exit-costs, which describes
/// each. The two rows with APIC virtualization are of a run of their own; all others have none.
/// </summary>
internal static class ExitCosts
{
    // In the order in which the guest prints them. CPUID has a row of its own.
    private static readonly (string Name, decimal? Goal)[] s_rows =
    [
        ("cpuid", null),
        ("vmcall exit", 160),
        ("rdmsr exit", 200),
        ("wrmsr efer exit", 250),
        ("xsetbv exit", 200),
        ("wbinvd exit", 160),
        ("in 0x21", 300),
        ("out 0x43", 330),
        ("out 0x80", 260),
        ("mmio write", 600),
        (CachedWrite, 350),
        (Eoi, 500),
        ("x2apic eoi", 220),
        ("tsc deadline arm", 300),
        ("x2apic self-ipi whole", 900),
        ("timer deadline to handler", 700),
        ("hlt wake-up", 1_200),
    ];

    private const string CachedWrite = "mmio write cached";
    private const string Eoi = "xapic eoi";
    private const decimal WithoutExit = 20;

    /// <summary>Measures them.</summary>
    public static IReadOnlyList<Row> Measure()
    {
        uint[] figures = Run("exit-costs", "");
        uint[] virtualized = Run("exit-costs-apicv", "apicv=on");
        List<Row> rows = [.. s_rows.Zip(figures, (row, figure) => new Row(row.Name, figure) { Goal = row.Goal }).Skip(1)];
        rows.Add(new Row(Eoi + " with apicv", virtualized[IndexOf(Eoi)]) { Goal = WithoutExit });
        return rows;
    }

    private static int IndexOf(string name) => System.Array.FindIndex(s_rows, row => row.Name == name);

    private static uint[] Run(string name, string options)
    {
        using Machine machine = new(name, Images.Micro("exit-costs", "bench-" + name, [Images.Domain], options: options), Images.HostMiB);
        machine.Expect($"domain {Images.Domain} (id 1): ended"); // nobody looks on: what an operator sees costs time
        machine.Send($"console {Images.Domain}\r");
        machine.Expect("exit-costs: ");
        uint[] figures = [.. machine.Expect("\r\n").Split(' ').Select(word => uint.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
        return figures.Length == s_rows.Length
            ? figures
            : throw new ExpectationException("exit-costs: the guest printed other rows than expected: " + string.Join(' ', figures));
    }
}
