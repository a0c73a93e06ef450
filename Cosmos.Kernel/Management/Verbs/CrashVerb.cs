using System;
using Multicosm.Domains;
using Multicosm.Domains.Inspection;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary><c>crash NAME</c>: all that was kept of a domain's last crash, also when it has ended or runs again.</summary>
public sealed class CrashVerb : PagedVerb
{
    private const int SummaryPart = -1;

    private Domain? _domain;
    private uint _generation;
    private int _part;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "crash"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "NAME"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show a domain's last crash: registers, exits, page walks, code, stack, console"u8;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        ReadOnlySpan<byte> word = Words.Take(ref arguments);
        if (word.IsEmpty || !arguments.IsEmpty)
        {
            return Refuse(context, "it takes one domain"u8);
        }

        if (!context.TryFindDomain(Name, word, out _domain))
        {
            return VerbStatus.Done;
        }

        if (!_domain!.Crash.IsTaken)
        {
            context.Terminal.Write("crash: domain \""u8);
            context.Terminal.Write(_domain.Name);
            context.Terminal.WriteLine("\" has not crashed"u8);
            return VerbStatus.Done;
        }

        _generation = _domain.Generation;
        _part = SummaryPart;
        return Begin(context);
    }

    /// <inheritdoc/>
    protected override bool TryWriteNext(ShellContext context, TextOutput output)
    {
        if (_domain!.Generation != _generation)
        {
            return false; // the slot is another domain's now
        }

        int part = _part++;
        if (part != SummaryPart)
        {
            return SnapshotReport.TryWritePart(output, _domain.Crash, context.Host.Backend, part);
        }

        CrashReport.WriteSummary(output, _domain, context.Host.Containment);
        return true;
    }
}
