using System;
using Multicosm.Domains;

namespace Multicosm.Management.Protocol.Results;

/// <summary><c>info</c>: the PC; <c>info NAME</c>: a domain.</summary>
public sealed class InfoResult : ResultSource
{
    private Domain? _domain;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Verb => "info"u8;

    /// <inheritdoc/>
    public override bool TryBegin(ShellContext context, Request request)
    {
        _domain = null;
        return request.Count == 0 || context.Manager.Domains.TryFind(request.Argument(0), out _domain)
            || (Words.TryNumber(request.Argument(0), out uint id) && context.Manager.Domains.TryFind(id, out _domain));
    }

    /// <inheritdoc/>
    public override bool Continue(ShellContext context, JsonWriter writer)
    {
        writer.OpenObject();
        if (_domain is null)
        {
            WriteHost(context, writer);
        }
        else
        {
            WriteDomain(context, writer, _domain);
        }

        writer.CloseObject();
        return true;
    }

    private static void WriteHost(ShellContext context, JsonWriter writer)
    {
        HostData.WriteVersion(writer, context);
        writer.Member("processor"u8, context.Info.ProcessorName);
        HostData.WriteClock(writer, context);
        HostData.WriteMemory(writer, context);
        writer.Member("start_ticks"u8, context.Info.StartTicks);
        writer.Name("vtx"u8);
        writer.Truth(context.Host.Backend.IsUsable);
        writer.Member("vtx_missing"u8, context.Host.Backend.UnusableReason);
        writer.Name("pv"u8);
        writer.Truth(context.Host.Paravirt is { IsUsable: true });
    }

    private static void WriteDomain(ShellContext context, JsonWriter writer, Domain domain)
    {
        DomainData.WriteName(writer, domain);
        DomainData.WriteState(writer, domain);
        DomainData.WriteSize(writer, domain);
        writer.Member("virtualization"u8, domain.Vcpu.Virtualization.Name);
        DomainData.WriteShare(writer, domain);
        DomainData.WriteTimes(writer, domain, context.Host.Clock);
        writer.Member("first_entry_ticks"u8, domain.Vcpu.FirstEntryTicks);
        DomainData.WriteConsole(writer, domain);
        DomainData.WriteExits(writer, domain, domain.Vcpu.Virtualization);
    }
}
