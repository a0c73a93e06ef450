using System;
using Multicosm.Domains;
using Multicosm.Domains.Configuration;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary>All that is known of a domain, a "NAME: VALUE" line each, in parts: what <c>list -l</c> and <c>info NAME</c> print.</summary>
internal static class DomainInfo
{
    /// <summary>What the longest part takes of the line: a command line.</summary>
    public const int PartRoom = 2560;

    private const int FirstExits = 5;
    private const int ReasonsPerPart = 16;

    private const ulong MiB = 1UL << 20;
    private const ulong KiB = 1UL << 10;

    /// <summary>Writes part <paramref name="part"/>, from 0 on; true if there is another one.</summary>
    public static bool WritePart(ShellContext context, Domain domain, int part)
    {
        TextOutput output = context.Terminal;
        switch (part)
        {
            case 0:
                WriteIdentity(output, domain, context.Host.Clock);
                return true;
            case 1:
                WriteTimes(output, domain, context.Host.Clock);
                return true;
            case 2:
                WriteConfiguration(output, domain, context.Host);
                return true;
            case 3:
                Line(output, "command line: "u8, domain.Configuration.EffectiveCommandLine);
                return true;
            case 4:
                QuotaText.Write(output, domain, context.Host);
                WriteUse(output, domain, context.Host.Frames);
                return domain.Vcpu.FirstEntryTicks != 0;
            default:
                return WriteExits(output, domain, domain.Vcpu.Virtualization, (part - FirstExits) * ReasonsPerPart);
        }
    }

    /// <summary>Writes how <paramref name="domain"/> is virtualized, and if that is not by VT-x, what VT-x lacks here: "VT-x", "PV", "PV (VT-x: no VMX)".</summary>
    public static void WriteVirtualization(TextOutput output, Domain domain, HostServices host)
    {
        output.Write(domain.IsParavirtual || host.Backend.IsUsable ? domain.Vcpu.Virtualization.Name : "-"u8);
        if (!host.Backend.IsUsable)
        {
            output.Write(" (VT-x: "u8);
            output.Write(host.Backend.UnusableReason);
            output.Write(")"u8);
        }
    }

    private static void WriteIdentity(TextOutput output, Domain domain, MonotonicClock clock)
    {
        Line(output, "domain: "u8, domain.Name);
        Line(output, "id: "u8, domain.Id, ""u8);
        Line(output, "memory: "u8, domain.MemoryBytes / MiB, " MiB"u8);
        output.Write("state: "u8);
        output.Write(DomainLifecycle.NameOf(domain.State));
        output.Write(domain.Reason.IsEmpty ? ""u8 : ", "u8);
        output.WriteLine(domain.Reason.Text);
        Seconds(output, "CPU time: "u8, domain.CpuTicks, clock);
    }

    private static void WriteTimes(TextOutput output, Domain domain, MonotonicClock clock)
    {
        Seconds(output, "waited for the CPU: "u8, domain.Scheduling.StolenTicks, clock);
        Seconds(output, "waited otherwise: "u8, domain.Scheduling.WaitTicks, clock);
        Line(output, "cpu_weight: "u8, domain.Scheduling.Weight, ""u8);
        Line(output, "cap: "u8, domain.Scheduling.CapPercent, ""u8);
        Line(output, "created: at TSC "u8, domain.CreatedTicks, ""u8);
        if (domain.StartedTicks != 0)
        {
            Seconds(output, "started: at "u8, domain.StartedTicks, clock);
        }
    }

    private static void WriteConfiguration(TextOutput output, Domain domain, HostServices host)
    {
        DomainConfiguration configuration = domain.Configuration;
        Line(output, "file: "u8, domain.File is null ? default : domain.File.Name);
        Line(output, "type: "u8, NameOf(configuration.Type));
        output.Write("virtualization: "u8);
        WriteVirtualization(output, domain, host);
        output.WriteLine(""u8);
        Line(output, "vcpus: "u8, configuration.Vcpus, ""u8);
        Line(output, "kernel: "u8, configuration.Kernel.Value);
        Line(output, "ramdisk: "u8, configuration.Ramdisk.Value);
        Line(output, "on_poweroff: "u8, NameOf(configuration.OnPoweroff));
        Line(output, "on_reboot: "u8, NameOf(configuration.OnReboot));
        Line(output, "on_crash: "u8, NameOf(configuration.OnCrash));
    }

    private static void WriteUse(TextOutput output, Domain domain, FrameSource frames)
    {
        Line(output, "owned memory: "u8, frames.BytesOwnedBy(domain.Slot) / KiB, " KiB"u8);
        Number(output, "console: "u8, domain.Console.Written);
        Number(output, " bytes printed, "u8, domain.Console.Written - domain.Console.Dropped);
        output.WriteLine(" kept"u8);
        if (domain.Vcpu.FirstEntryTicks != 0)
        {
            Line(output, "first entry: at TSC "u8, domain.Vcpu.FirstEntryTicks, ""u8);
        }
    }

    // "TOTAL, NAME COUNT, NAME COUNT, ...": the reasons that there were, in the order of their numbers; some from "first" on. True if there are more.
    private static bool WriteExits(TextOutput output, Domain domain, VcpuBackend backend, int first)
    {
        ExitHistory history = domain.Vcpu.Backend.History;
        if (first == 0)
        {
            Number(output, "exits: "u8, history.Total);
        }

        int end = first + ReasonsPerPart;
        for (int reason = first; reason < end; reason++)
        {
            if (history.CountOf(reason) != 0)
            {
                output.Write(", "u8);
                output.Write(backend.ExitName((uint)reason));
                Number(output, " "u8, history.CountOf(reason));
            }
        }

        output.Write(end < ExitHistory.Reasons ? ""u8 : "\n"u8);
        return end < ExitHistory.Reasons;
    }

    private static void Number(TextOutput output, ReadOnlySpan<byte> before, ulong value)
    {
        output.Write(before);
        output.WriteNumber(value);
    }

    private static void Line(TextOutput output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        output.Write(name);
        output.WriteLine(value.IsEmpty ? "-"u8 : value);
    }

    private static void Line(TextOutput output, ReadOnlySpan<byte> name, ulong value, ReadOnlySpan<byte> unit)
    {
        Number(output, name, value);
        output.WriteLine(unit);
    }

    private static void Seconds(TextOutput output, ReadOnlySpan<byte> name, ulong ticks, MonotonicClock clock)
    {
        output.Write(name);
        Figures.WriteTenths(output, Figures.ToTenths(ticks, clock.TicksPerSecond), 0);
        output.WriteLine(" s"u8);
    }

    private static ReadOnlySpan<byte> NameOf(DomainType type) => type switch
    {
        DomainType.Auto => "auto"u8,
        DomainType.Hvm => "hvm"u8,
        DomainType.Pvh => "pvh"u8,
        DomainType.Pv => "pv"u8,
        _ => "?"u8, // a type is one of the members above
    };

    private static ReadOnlySpan<byte> NameOf(DomainEndAction action) => action switch
    {
        DomainEndAction.Destroy => "destroy"u8,
        DomainEndAction.Restart => "restart"u8,
        DomainEndAction.Preserve => "preserve"u8,
        _ => "?"u8, // an action is one of the members above
    };
}
