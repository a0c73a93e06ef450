using System;
using Multicosm.Domains;

namespace Multicosm.Management.Protocol.Results;

/// <summary><c>uptime</c>: the host's clock, and when each domain began to run.</summary>
public sealed class UptimeResult : DomainsResult
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Verb => "uptime"u8;

    /// <inheritdoc/>
    protected override void Open(ShellContext context, JsonWriter writer)
    {
        writer.OpenObject();
        HostData.WriteClock(writer, context);
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
        writer.Member("state"u8, DomainLifecycle.NameOf(domain.State));
        writer.Member("started_ticks"u8, domain.StartedTicks);
    }
}
