using System;
using Multicosm.Domains;
using Multicosm.Domains.Inspection;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary><c>dump NAME</c>: what a vCPU looks like that stands still.</summary>
public sealed class DumpVerb : PagedVerb
{
    private readonly VcpuSnapshot _snapshot = new();
    private Domain? _domain;
    private int _part;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "dump"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "NAME"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show the registers and more of a paused or preserved domain"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          What "crash" shows, as it is now. The domain must be paused, or preserved by
          on_poweroff, on_reboot or on_crash.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "dump debian"u8;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 1, 1, "one domain"u8, out Arguments parsed) || !StandingDomain.TryTake(context, Name, parsed[0], _snapshot, out _domain))
        {
            return VerbStatus.Failed;
        }

        _part = 0;
        return Begin(context);
    }

    /// <inheritdoc/>
    protected override bool TryWriteNext(ShellContext context, TextOutput output) => SnapshotReport.TryWritePart(output, _snapshot, _domain!.Vcpu.Virtualization, _part++);
}
