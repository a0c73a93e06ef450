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

        bool ended = _domain!.State == DomainState.Ended;
        _generation = _domain.Generation;
        _ = context.Manager.Destroy(_domain); // false: it is going away already, which is waited for as well
        if (ended)
        {
            Tell(context, "removed from the list"u8);
            return VerbStatus.Done;
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
        if (same && _domain.State == DomainState.Ended)
        {
            _ = context.Manager.Destroy(_domain); // it has ended: only its row in the list is left, and goes too
        }

        Tell(context, same && _domain.State == DomainState.Dying ? "could not be freed wholly; see dmesg"u8 : "destroyed"u8);
        return VerbStatus.Done;
    }

    private void Tell(ShellContext context, ReadOnlySpan<byte> what)
    {
        context.Terminal.Write("domain \""u8);
        context.Terminal.Write(_domain!.Name);
        context.Terminal.Write("\" "u8);
        context.Terminal.WriteLine(what);
    }
}
