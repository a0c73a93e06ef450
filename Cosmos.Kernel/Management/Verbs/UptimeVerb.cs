using System;
using Multicosm.Domains;

namespace Multicosm.Management.Verbs;

/// <summary><c>uptime [NAME]...</c>: how long domains have been up.</summary>
/// <source>xl(1) "uptime"</source>
public sealed class UptimeVerb : DomainRowsVerb
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "uptime"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "[NAME]..."u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show how long the hypervisor and the domains have been up"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          A row for the hypervisor, as number 0, and for each living domain, or for those
          that are named: the time since it was built, a restart counting as a new start.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "uptime debian"u8;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 0, Unlimited, "domains"u8, out Arguments parsed) || !TrySelect(context, in parsed))
        {
            return VerbStatus.Failed;
        }

        context.Terminal.WriteLine("Name                                ID Uptime"u8);
        if (parsed.Count == 0)
        {
            context.Terminal.Write("Multicosm                            0 "u8);
            WriteTicks(context, context.Host.Clock.Now);
        }

        return Continue(context);
    }

    /// <inheritdoc/>
    protected override bool IsShown(Domain domain) => domain.IsAlive;

    /// <inheritdoc/>
    protected override bool WritePart(ShellContext context, Domain domain, int part)
    {
        WriteName(context.Terminal, domain, 32);
        if (domain.IsAlive && domain.StartedTicks != 0)
        {
            WriteTicks(context, context.Host.Clock.Now - domain.StartedTicks);
        }
        else
        {
            context.Terminal.WriteLine("-"u8);
        }

        return false;
    }

    private static void WriteTicks(ShellContext context, ulong ticks)
    {
        Figures.WriteTime(context.Terminal, ticks / context.Host.Clock.TicksPerSecond);
        context.Terminal.Write("\n"u8);
    }
}
