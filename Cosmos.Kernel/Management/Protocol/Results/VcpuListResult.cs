using System;
using Multicosm.Domains;

namespace Multicosm.Management.Protocol.Results;

/// <summary><c>vcpu-list</c>: an object for each virtual processor.</summary>
public sealed class VcpuListResult : DomainsResult
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Verb => "vcpu-list"u8;

    /// <inheritdoc/>
    protected override void Write(ShellContext context, JsonWriter writer, Domain domain)
    {
        writer.Member("vcpu"u8, (ulong)domain.Vcpu.Index);
        DomainData.WriteState(writer, domain);
        DomainData.WriteTimes(writer, domain, context.Host.Clock);
    }
}
