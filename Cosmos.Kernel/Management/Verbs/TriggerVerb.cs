using System;
using Multicosm.Domains;

namespace Multicosm.Management.Verbs;

/// <summary><c>trigger NAME nmi|reset|power</c>: does something to a domain's board from outside.</summary>
/// <source>xl(1) "trigger"</source>
public sealed class TriggerVerb : Verb
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "trigger"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "NAME nmi|reset|power"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "press a domain's reset or power button, or send an NMI"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          nmi    a non-maskable interrupt: Linux, for one, can be told to panic at it.
          reset  the reset button: the guest is not asked, and on_reboot says what follows.
          power  the ACPI power button: the guest may switch itself off.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "trigger debian nmi"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Choices => "nmi power reset"u8;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => index == 0 ? WordKind.Domain : WordKind.Choice;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 2, 2, "a domain and what to do"u8, out Arguments parsed))
        {
            return VerbStatus.Failed;
        }

        if (!TryTrigger(parsed[1], out DomainTrigger trigger))
        {
            return Refuse(context, "there are nmi, reset and power"u8);
        }

        if (!context.TryFindDomain(Name, parsed[0], out Domain? domain))
        {
            return VerbStatus.Failed;
        }

        switch (context.Manager.Trigger(domain!, trigger))
        {
            case DomainActionStatus.Success:
                WriteDomain(context, domain!);
                context.Terminal.Write(": "u8);
                context.Terminal.Write(parsed[1]);
                context.Terminal.WriteLine(" triggered"u8);
                return VerbStatus.Done;
            case DomainActionStatus.NobodyListens:
                return PowerRequests.RefuseDeaf(context, Name, domain!);
            default:
                return RefuseState(context, domain!, "only one that runs or is blocked feels it"u8);
        }
    }

    private static bool TryTrigger(ReadOnlySpan<byte> word, out DomainTrigger trigger)
    {
        bool isNmi = word.SequenceEqual("nmi"u8);
        bool isReset = word.SequenceEqual("reset"u8);
        trigger = isNmi ? DomainTrigger.Nmi : isReset ? DomainTrigger.Reset : DomainTrigger.Power;
        return isNmi || isReset || word.SequenceEqual("power"u8);
    }
}
