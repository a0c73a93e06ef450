using System;
using Multicosm.Domains;

namespace Multicosm.Management.Protocol.Results;

/// <summary><c>list</c>: an object for each domain, oldest first.</summary>
public sealed class ListResult : DomainsResult
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Verb => "list"u8;

    /// <inheritdoc/>
    protected override void Write(ShellContext context, JsonWriter writer, Domain domain, int index)
    {
        DomainData.WriteState(writer, domain);
        DomainData.WriteSize(writer, domain);
        writer.Member("cpu_ticks"u8, domain.CpuTicks);
    }
}
