using System;
using Multicosm.Domains;

namespace Multicosm.Management.Protocol.Results;

/// <summary><c>vcpu-list</c>: an object for each virtual processor.</summary>
public sealed class VcpuListResult : DomainsResult
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Verb => "vcpu-list"u8;

    /// <inheritdoc/>
    protected override int CountOf(Domain domain) => VcpuFigures.CountOf(domain);

    /// <inheritdoc/>
    protected override void Write(ShellContext context, JsonWriter writer, Domain domain, int index)
    {
        Vcpu vcpu = domain.Vcpus[index];
        writer.Member("vcpu"u8, (ulong)vcpu.Index);
        DomainData.WriteState(writer, VcpuFigures.StateOf(domain, vcpu), domain);
        DomainData.WriteTimes(writer, domain, VcpuFigures.TicksOf(domain, vcpu, context.Host.Clock), context.Host.Clock);
    }
}
