using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace Multicosm.Harness;

/// <summary>What a Linux guest's log complains about.</summary>
public static partial class GuestLog
{
    /// <summary>
    /// The lines that complain about ACPI, the APICs, the MTRRs, clocks or timers, without their time stamps and numbers, in order.
    /// </summary>
    public static IReadOnlyList<string> Complaints(string log) => [.. log.Split('\n').Select(Normalise)
        .Where(line => Subject().IsMatch(line) && Complaint().IsMatch(line)).Distinct()];

    // Addresses and frequencies differ between machines; what is complained about does not.
    private static string Normalise(string line)
    {
        string text = TimeStamp().Replace(line.Trim('\r', ' '), "");
        return Number().Replace(text, "N");
    }

    [GeneratedRegex(@"^\[ *\d+\.\d+\] ")]
    private static partial Regex TimeStamp();

    [GeneratedRegex(@"0x[0-9a-fA-F]+|\b\d+\b")]
    private static partial Regex Number();

    [GeneratedRegex(@"ACPI|APIC|MTRR|TSC|HPET|PM-Timer|pm.?timer|clock|timer|PIT\b|RTC|rtc|lapic|x86/PAT", RegexOptions.IgnoreCase)]
    private static partial Regex Subject();

    [GeneratedRegex(@"error|warn|fail|bug|unstable|invalid|bad|cannot|can't|could not|not found|missing|corrupt|broken|wrong|unable|unexpected|mismatch|no\b.*\bfound|lost|stuck|spurious", RegexOptions.IgnoreCase)]
    private static partial Regex Complaint();
}
