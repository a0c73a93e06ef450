using System;
using Multicosm.Domains;

namespace Multicosm.Management.Protocol.Results;

/// <summary><c>sched-credit2</c>: the domains' shares of the CPU.</summary>
public sealed class SchedulerResult : DomainsResult
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Verb => "sched-credit2"u8;

    /// <inheritdoc/>
    protected override void Write(ShellContext context, JsonWriter writer, Domain domain, int index) => DomainData.WriteShare(writer, domain);

    /// <inheritdoc/>
    protected override bool Names(ReadOnlySpan<byte> word, int index, Request request)
        => index > 0 && request.Argument(index - 1).SequenceEqual("-d"u8);
}
