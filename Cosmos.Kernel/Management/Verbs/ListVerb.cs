using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary><c>list [-l] [NAME]...</c>: the domains, oldest first, those that ended with their reason.</summary>
/// <source>xl(1) "list"</source>
public sealed class ListVerb : DomainRowsVerb
{
    private const ulong MiB = 1UL << 20;

    private bool _isLong;
    private bool _isFirst;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "list"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "[-l] [NAME]..."u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show the domains, or all that is known of them with -l"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          A row for each domain, or for those that are named: memory in MiB, virtual
          CPUs, state, CPU time in seconds, and why it ended if it did. One that runs
          without VT-x has "PV" there, and what VT-x lacks on this PC.
          -l  for each domain a line for each thing that is known of it.
          States: building, running (has the CPU or waits for it), blocked (waits for an
          interrupt), paused, shutdown, crashed (both with their memory kept), dying
          (gives its memory back), ended (only its name, reason, console and last crash
          are kept).

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "list -l debian"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Options => "l"u8;

    /// <inheritdoc/>
    protected override int PartRoom => _isLong ? DomainInfo.PartRoom : base.PartRoom;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 0, Unlimited, "domains"u8, out Arguments parsed) || !TrySelect(context, in parsed))
        {
            return VerbStatus.Failed;
        }

        _isLong = parsed.Has((byte)'l');
        _isFirst = true;
        if (!_isLong)
        {
            context.Terminal.WriteLine("Name                                        ID   Mem VCPUs  State       Time(s)  Reason"u8);
        }

        return Continue(context);
    }

    /// <inheritdoc/>
    protected override bool WritePart(ShellContext context, Domain domain, int part)
    {
        if (!_isLong)
        {
            WriteRow(context.Terminal, domain, context.Host);
            return false;
        }

        context.Terminal.Write(part == 0 && !_isFirst ? "\n"u8 : ""u8);
        _isFirst = false;
        return DomainInfo.WritePart(context, domain, part);
    }

    private static void WriteRow(TextOutput output, Domain domain, HostServices host)
    {
        WriteName(output, domain, 40);
        output.WriteNumber(domain.MemoryBytes / MiB, 5);
        output.Write(" "u8);
        output.WriteNumber(domain.Configuration.Vcpus, 5);
        output.Write("  "u8);
        output.WritePadded(DomainLifecycle.NameOf(domain.State), 10);
        Figures.WriteTenths(output, Figures.ToTenths(domain.CpuTicks, host.Clock.TicksPerSecond), 9);
        if (domain.Reason.IsEmpty && domain.IsParavirtual)
        {
            output.Write("  "u8);
            DomainInfo.WriteVirtualization(output, domain, host);
        }

        output.Write(domain.Reason.IsEmpty ? ""u8 : "  "u8);
        output.WriteLine(domain.Reason.Text);
    }
}
