using System;
using Multicosm.Domains;

namespace Multicosm.Management.Verbs;

/// <summary><c>destroy NAME</c>: ends a domain without asking it and waits until its memory is free; forgets one that has ended.</summary>
public sealed class DestroyVerb : Verb
{
    private Domain? _domain;
    private uint _generation;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "destroy"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "NAME"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "end a domain at once, or remove an ended one from the list"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          The guest is not asked: what it has not written to a disk is lost. "shutdown" asks
          it. The row in the list and the console's text go too; of a domain that has ended
          already nothing else is left. Ctrl-C ends the waiting, not the work: the row then
          stays.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "destroy debian"u8;

    /// <inheritdoc/>
    public override bool IsCancellable => true;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => WordKind.Domain;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 1, 1, "one domain"u8, out Arguments parsed) || !context.TryFindDomain(Name, parsed[0], out _domain))
        {
            return VerbStatus.Failed;
        }

        bool ended = _domain!.State == DomainState.Ended;
        _generation = _domain.Generation;
        _ = context.Manager.Destroy(_domain); // false: it is going away already, which is waited for as well
        if (ended)
        {
            return Tell(context, _domain, "removed from the list"u8);
        }

        context.Notices.Mute(_domain);
        return VerbStatus.Running;
    }

    /// <inheritdoc/>
    public override VerbStatus Continue(ShellContext context)
    {
        bool same = _domain!.Generation == _generation;
        if (same && _domain.State == DomainState.Dying && !_domain.IsIdle)
        {
            return VerbStatus.Running;
        }

        context.Notices.Mute(null);
        if (!same)
        {
            context.Terminal.WriteLine("the domain is gone"u8); // with its name: the slot is another one's
            return VerbStatus.Done;
        }

        if (_domain.State == DomainState.Ended)
        {
            _ = context.Manager.Destroy(_domain); // it has ended: only its row in the list is left, and goes too
        }

        return _domain.State == DomainState.Dying
            ? RefuseState(context, _domain, "it could not be freed wholly; see dmesg"u8)
            : Tell(context, _domain, "destroyed"u8);
    }

    /// <inheritdoc/>
    public override void Cancel(ShellContext context)
    {
        LetGo(context, _domain!);
        _domain = null;
    }
}
