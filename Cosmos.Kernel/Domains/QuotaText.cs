using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>What <c>info NAME</c> prints of a domain's use of what it may have.</summary>
public static class QuotaText
{
    private const ulong KiB = 1024;

    /// <summary>A line each: memory with its scrubbing, console, timers.</summary>
    public static void Write(TextOutput output, Domain domain, HostServices host)
    {
        output.Write("memory in use: "u8);
        output.WriteNumber(host.Frames.BytesOwnedBy(domain.Slot) / KiB);
        output.Write(" KiB of "u8);
        output.WriteNumber(Quotas.MemoryBytes(host, domain) / KiB);
        output.Write(" KiB, tables included\nscrubbed: "u8);
        output.WriteNumber(domain.Backend.ScrubbedBytes / KiB);
        output.Write(" KiB in "u8);
        output.WriteNumber(domain.Backend.ScrubTicks);
        output.Write(" ticks\nconsole: "u8);
        output.WriteNumber(domain.Console.Written - domain.Console.Dropped);
        output.Write(" bytes kept of at most "u8);
        output.WriteNumber(Quotas.ConsoleBytes);
        output.Write(", "u8);
        output.WriteNumber(domain.Console.Dropped);
        output.Write(" dropped\ntimers: "u8);
        output.WriteNumber((ulong)domain.Timers.Count);
        output.Write(" armed of at most "u8);
        output.WriteNumber(Quotas.Timers);
        output.WriteLine(""u8);
    }
}
