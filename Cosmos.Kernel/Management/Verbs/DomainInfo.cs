using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary>What <c>info NAME</c> prints of a domain, a "NAME: VALUE" line each.</summary>
internal static class DomainInfo
{
    private const ulong MiB = 1UL << 20;

    /// <summary>Writes it; <paramref name="ticksPerSecond"/> is the rate of the host's clock, <paramref name="backend"/> names exits.</summary>
    public static void Write(TextOutput output, Domain domain, ulong ticksPerSecond, VcpuBackend backend)
    {
        ulong tenths = domain.CpuTicks / Math.Max(ticksPerSecond / 10, 1);
        output.Write("domain: "u8);
        output.Write(domain.Name);
        output.Write("\nid: "u8);
        output.WriteNumber(domain.Id);
        output.Write("\nmemory: "u8);
        output.WriteNumber(domain.MemoryBytes / MiB);
        output.Write(" MiB\nstate: "u8);
        output.Write(DomainLifecycle.NameOf(domain.State));
        output.Write(domain.Reason.IsEmpty ? ""u8 : ", "u8);
        output.Write(domain.Reason.Text);
        output.Write("\nCPU time: "u8);
        output.WriteNumber(tenths / 10);
        output.Write("."u8);
        output.WriteNumber(tenths % 10);
        output.WriteLine(" s"u8);
        if (domain.Vcpu.FirstEntryTicks != 0)
        {
            output.Write("first entry: at TSC "u8);
            output.WriteNumber(domain.Vcpu.FirstEntryTicks);
            output.Write("\nexits: "u8);
            WriteExits(output, domain.Vcpu.Backend.History, backend);
        }
    }

    // "TOTAL, NAME COUNT, NAME COUNT, ...": the reasons that there were, in the order of their numbers.
    private static void WriteExits(TextOutput output, ExitHistory history, VcpuBackend backend)
    {
        output.WriteNumber(history.Total);
        for (int reason = 0; reason < ExitHistory.Reasons; reason++)
        {
            if (history.CountOf(reason) != 0)
            {
                output.Write(", "u8);
                output.Write(backend.ExitName((uint)reason));
                output.Write(" "u8);
                output.WriteNumber(history.CountOf(reason));
            }
        }

        output.WriteLine(""u8);
    }
}
