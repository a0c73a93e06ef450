using System;
using Multicosm.Domains;

namespace Multicosm.Management.Verbs;

/// <summary><c>reboot [-w] NAME</c>: asks a domain to switch itself off, and starts it again.</summary>
/// <source>xl(1) "reboot"</source>
public sealed class RebootVerb : Verb
{
    private readonly PowerRequests _requests = new();
    private Domain? _domain;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "reboot"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "[-w] NAME"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "ask a domain to switch itself off, and start it again"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          Presses the ACPI power button, and when the guest has switched itself off, treats
          it as a reboot: on_reboot says what follows (restart unless set).
          -w  wait until it runs again, and say why if it does not; Ctrl-C ends the waiting.
          -F  accepted as xl has it: the power button is pressed in any case.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "reboot -w debian"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Options => "wF"u8;

    /// <inheritdoc/>
    public override bool IsCancellable => true;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => WordKind.Domain;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        _requests.Clear();
        if (!TryParse(context, arguments, 1, 1, "one domain"u8, out Arguments parsed) || !context.TryFindDomain(Name, parsed[0], out _domain))
        {
            return VerbStatus.Failed;
        }

        switch (context.Manager.Reboot(_domain!))
        {
            case DomainActionStatus.Success:
                _requests.Add(_domain!);
                _ = Tell(context, _domain!, "is asked to reboot"u8);
                return parsed.Has((byte)'w') ? VerbStatus.Running : VerbStatus.Done;
            case DomainActionStatus.NobodyListens:
                return PowerRequests.RefuseDeaf(context, Name, _domain!);
            default:
                return RefuseState(context, _domain!, "only one that runs or is blocked can be asked"u8);
        }
    }

    /// <inheritdoc/>
    public override VerbStatus Continue(ShellContext context)
    {
        // Its slot holds it again, under a new number, or what is left of it.
        Domain domain = _domain!;
        if (!_requests.Holds(domain))
        {
            return RefuseGone(context);
        }

        bool isOnTheWay = domain.State == DomainState.Building || (domain.State == DomainState.Dying && !domain.IsIdle);
        if (isOnTheWay || _requests.IsAnyUp(context.Manager.Domains))
        {
            return VerbStatus.Running;
        }

        bool isUp = domain.State is DomainState.Running or DomainState.Blocked or DomainState.Paused;
        return isUp ? VerbStatus.Done : RefuseDown(context, domain);
    }

    private VerbStatus RefuseDown(ShellContext context, Domain domain)
    {
        BeginRefusal(context, domain);
        context.Terminal.Write(" is "u8);
        context.Terminal.Write(DomainLifecycle.NameOf(domain.State));
        context.Terminal.Write(" and does not run again: "u8);
        context.Terminal.WriteLine(domain.Reason.Text);
        return VerbStatus.Failed;
    }
}
