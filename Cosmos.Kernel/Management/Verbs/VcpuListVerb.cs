using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary><c>vcpu-list [NAME]...</c>: the virtual CPUs.</summary>
/// <source>xl(1) "vcpu-list"</source>
public sealed class VcpuListVerb : DomainRowsVerb
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "vcpu-list"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "[NAME]..."u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show the virtual CPUs of the living domains"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          A row for each virtual CPU: its number, the CPU of this PC that it is on, its
          state (a PV domain's kernel switches its own on and off: "offline"), how long it
          has run, and on which CPUs it may.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "vcpu-list debian"u8;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 0, Unlimited, "domains"u8, out Arguments parsed) || !TrySelect(context, in parsed))
        {
            return VerbStatus.Failed;
        }

        context.Terminal.WriteLine("Name                                ID  VCPU   CPU State       Time(s) Affinity (Hard / Soft)"u8);
        return Continue(context);
    }

    /// <inheritdoc/>
    protected override bool IsShown(Domain domain) => domain.IsAlive;

    /// <inheritdoc/>
    protected override bool WritePart(ShellContext context, Domain domain, int part)
    {
        TextOutput output = context.Terminal;
        bool hasCpu = domain.State is DomainState.Running or DomainState.Blocked;
        WriteName(output, domain, 32);
        Vcpu vcpu = domain.Vcpus[part];
        output.WriteNumber((ulong)vcpu.Index, 5);
        output.Write(hasCpu && vcpu.Backend.IsOnline ? "     0 "u8 : "     - "u8);
        output.WritePadded(VcpuFigures.StateOf(domain, vcpu), 9);
        output.Write(" "u8);
        Figures.WriteTenths(output, Figures.ToTenths(VcpuFigures.TicksOf(domain, vcpu, context.Host.Clock), context.Host.Clock.TicksPerSecond), 9);
        output.WriteLine(" all / all"u8);
        return part + 1 < VcpuFigures.CountOf(domain);
    }
}
