using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>What <c>info NAME</c> prints of a domain's use of what it may have, and of what its memory's scrubbing took.</summary>
public static class QuotaText
{
    private const ulong KiB = 1024;

    /// <summary>Two lines.</summary>
    public static void Write(TextOutput output, Domain domain, HostServices host)
    {
        output.Write("quotas: memory "u8);
        output.WriteNumber(host.Frames.BytesOwnedBy(domain.Slot) / KiB);
        output.Write(" of "u8);
        output.WriteNumber(Quotas.MemoryBytes(domain) / KiB);
        output.Write(" KiB, console "u8);
        output.WriteNumber((domain.Console.Written - domain.Console.Dropped) / KiB);
        output.Write(" of "u8);
        output.WriteNumber(Quotas.ConsoleBytes / KiB);
        output.Write(" KiB, timers "u8);
        output.WriteNumber((ulong)domain.Timers.Count);
        output.Write(" of "u8);
        output.WriteNumber(Quotas.Timers);
        output.Write("\nscrubbed: "u8);
        output.WriteNumber(domain.Backend.ScrubbedBytes / KiB);
        output.Write(" KiB in "u8);
        output.WriteNumber(domain.Backend.ScrubTicks);
        output.WriteLine(" ticks"u8);
    }
}
