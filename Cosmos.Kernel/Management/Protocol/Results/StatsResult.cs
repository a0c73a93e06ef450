using System;
using Multicosm.Domains;

namespace Multicosm.Management.Protocol.Results;

/// <summary><c>stats</c>: all that a live view needs, of the PC and of each domain.</summary>
public sealed class StatsResult : DomainsResult
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Verb => "stats"u8;

    /// <inheritdoc/>
    public override bool IsWholeAnswer => true;

    /// <inheritdoc/>
    protected override void Open(ShellContext context, JsonWriter writer)
    {
        writer.OpenObject();
        HostData.WriteVersion(writer, context);
        HostData.WriteClock(writer, context);
        HostData.WriteMemory(writer, context);
        writer.Name("domains"u8);
        writer.OpenArray();
    }

    /// <inheritdoc/>
    protected override void Close(JsonWriter writer)
    {
        writer.CloseArray();
        writer.CloseObject();
    }

    /// <inheritdoc/>
    protected override void Write(ShellContext context, JsonWriter writer, Domain domain, int index)
    {
        DomainData.WriteState(writer, domain);
        DomainData.WriteSize(writer, domain);
        DomainData.WriteShare(writer, domain);
        DomainData.WriteTimes(writer, domain, context.Host.Clock);
        DomainData.WriteConsole(writer, domain);
        DomainData.WriteExits(writer, domain, domain.Vcpu.Virtualization);
    }
}
