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
    public override ReadOnlySpan<byte> Summary => "show a domain's last crash"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          The reason; registers; the last 32 exits, newest first; the page tables' entries
          for RIP and RSP; code, stack, and the end of the console's text. It is kept when
          the domain has ended or runs again, until its place is another domain's.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "crash debian"u8;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 1, 1, "one domain"u8, out Arguments parsed) || !context.TryFindDomain(Name, parsed[0], out _domain))
        {
            return VerbStatus.Failed;
        }

        if (!_domain!.Crash.IsTaken)
        {
            BeginRefusal(context, _domain);
            context.Terminal.WriteLine(" has not crashed"u8);
            return VerbStatus.Failed;
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
            return SnapshotReport.TryWritePart(output, _domain.Crash, _domain.Vcpu.Virtualization, part);
        }

        CrashReport.WriteSummary(output, _domain, context.Host.Containment);
        return true;
    }
}
