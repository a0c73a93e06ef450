using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Protocol;

/// <summary>A domain as JSON members. Times are ticks of the host's clock.</summary>
internal static class DomainData
{
    /// <summary>What every answer about a domain begins with: name and number.</summary>
    public static void WriteName(JsonWriter writer, Domain domain)
    {
        writer.Member("name"u8, domain.Name);
        writer.Member("id"u8, domain.Id);
    }

    /// <summary>State, and why it ended.</summary>
    public static void WriteState(JsonWriter writer, Domain domain) => WriteState(writer, DomainLifecycle.NameOf(domain.State), domain);

    /// <summary>State <paramref name="state"/> of a part of a domain, and why the domain ended.</summary>
    public static void WriteState(JsonWriter writer, ReadOnlySpan<byte> state, Domain domain)
    {
        writer.Member("state"u8, state);
        writer.Member("reason"u8, domain.Reason.Text);
    }

    /// <summary>Memory and processors.</summary>
    public static void WriteSize(JsonWriter writer, Domain domain)
    {
        writer.Member("memory"u8, domain.MemoryBytes);
        writer.Member("vcpus"u8, domain.Configuration.Vcpus);
    }

    /// <summary>The time now, and how the domain's was spent until then: on the CPU, with nothing to do, and ready but not running. And when it was created and began to run.</summary>
    public static void WriteTimes(JsonWriter writer, Domain domain, MonotonicClock clock) => WriteTimes(writer, domain, domain.CpuTicks, clock);

    /// <summary>As <see cref="WriteTimes(JsonWriter, Domain, MonotonicClock)"/>, of a part of the domain that was on the CPU for <paramref name="cpuTicks"/>.</summary>
    public static void WriteTimes(JsonWriter writer, Domain domain, ulong cpuTicks, MonotonicClock clock)
    {
        writer.Member("ticks"u8, clock.Now);
        writer.Member("cpu_ticks"u8, cpuTicks);
        writer.Member("wait_ticks"u8, domain.Scheduling.WaitTicks);
        writer.Member("stolen_ticks"u8, domain.Scheduling.StolenTicks);
        writer.Member("created_ticks"u8, domain.CreatedTicks);
        writer.Member("started_ticks"u8, domain.StartedTicks);
    }

    /// <summary>Its share of the CPU: weight, and the most in percent of one CPU, 0 for no limit.</summary>
    public static void WriteShare(JsonWriter writer, Domain domain)
    {
        writer.Member("weight"u8, domain.Scheduling.Weight);
        writer.Member("cap"u8, domain.Scheduling.CapPercent);
    }

    /// <summary>Bytes that its console printed, and how many of them are no longer kept.</summary>
    public static void WriteConsole(JsonWriter writer, Domain domain)
    {
        writer.Member("console_bytes"u8, domain.Console.Written);
        writer.Member("console_dropped"u8, domain.Console.Dropped);
    }

    /// <summary>How often it left the guest: in all, and by reason.</summary>
    public static void WriteExits(JsonWriter writer, Domain domain, VcpuBackend backend)
    {
        ExitHistory history = domain.Vcpu.Backend.History;
        writer.Member("exits_total"u8, history.Total);
        writer.Name("exits"u8);
        writer.OpenObject();
        for (int reason = 0; reason < ExitHistory.Reasons; reason++)
        {
            if (history.CountOf(reason) != 0)
            {
                writer.Member(backend.ExitName((uint)reason), history.CountOf(reason));
            }
        }

        writer.CloseObject();
    }
}
