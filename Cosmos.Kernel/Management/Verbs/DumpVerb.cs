using System;
using Multicosm.Domains.Inspection;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary><c>dump NAME</c>: what a vCPU looks like that stands still.</summary>
public sealed class DumpVerb : PagedVerb
{
    private readonly VcpuSnapshot _snapshot = new();
    private int _part;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "dump"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "NAME"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show registers, exits, page walks, code and stack of a paused or preserved domain"u8;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        ReadOnlySpan<byte> word = Words.Take(ref arguments);
        if (word.IsEmpty || !arguments.IsEmpty)
        {
            return Refuse(context, "it takes one domain"u8);
        }

        if (!StandingDomain.TryTake(context, Name, word, _snapshot, out _))
        {
            return VerbStatus.Done;
        }

        _part = 0;
        return Begin(context);
    }

    /// <inheritdoc/>
    protected override bool TryWriteNext(ShellContext context, TextOutput output) => SnapshotReport.TryWritePart(output, _snapshot, context.Host.Backend, _part++);
}
