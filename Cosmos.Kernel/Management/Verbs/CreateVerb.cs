using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary><c>create [-p] [-c] FILE [KEY=VALUE]...</c>: starts a domain from a domain file of the ISO and waits until it runs or cannot.</summary>
public sealed class CreateVerb : Verb
{
    private Domain? _domain;
    private uint _generation;
    private bool _attaches;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "create"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "[-pc] FILE [KEY=VALUE]..."u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "start a domain from a domain file on this ISO, with some keys replaced"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          FILE is the path of a domain file on this ISO, or its base name, with or without
          ".cfg". KEY=VALUE replaces a key of it; a value with blanks goes between quotes.
          -p  leaves the domain paused before its first instruction: "unpause" starts it.
          -c  attaches to its console when it is built; Ctrl-] leaves.
          Ctrl-C ends the waiting, not the work: the domain is built all the same.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "create -c debian name=second memory=96 extra=\"console=ttyS0 quiet\""u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Options => "+pc"u8;

    /// <inheritdoc/>
    public override bool IsCancellable => true;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => index == 0 ? WordKind.DomainFile : WordKind.Any;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 1, Unlimited, "a domain file"u8, out Arguments parsed))
        {
            return VerbStatus.Failed;
        }

        if (!ModuleCatalog.TryFindDomainFile(context.Host.Modules, parsed[0], out BootModule? file))
        {
            WriteUnknownFile(context, parsed[0]);
            return VerbStatus.Failed;
        }

        CreateStatus status = context.Manager.Create(file!, parsed.Behind(0), context.Terminal, out _domain);
        if (status != CreateStatus.Success)
        {
            Explain(context, status, _domain);
            return VerbStatus.Failed;
        }

        _attaches = parsed.Has((byte)'c');
        _generation = _domain!.Generation;
        if (parsed.Has((byte)'p'))
        {
            _ = context.Manager.Pause(_domain); // it is being built: it is paused as soon as it is
        }

        context.Notices.Mute(_domain);
        return VerbStatus.Running;
    }

    /// <inheritdoc/>
    public override VerbStatus Continue(ShellContext context)
    {
        Domain domain = _domain!;
        bool same = domain.Generation == _generation;
        if (same && domain.State == DomainState.Building)
        {
            return VerbStatus.Running;
        }

        // A failed one is waited for until its memory is free again, so that the next command finds it so.
        if (same && domain.CouldNotStart && domain.IsAlive && !domain.IsIdle)
        {
            return VerbStatus.Running;
        }

        context.Notices.Mute(null);
        if (same && domain.CouldNotStart)
        {
            context.Terminal.Write("create: \""u8);
            context.Terminal.Write(domain.Name);
            context.Terminal.Write("\" cannot start: "u8);
            context.Terminal.WriteLine(domain.Reason.Text);
            return VerbStatus.Failed;
        }

        return same ? OnStarted(context, domain) : RefuseGone(context);
    }

    /// <inheritdoc/>
    public override void Cancel(ShellContext context)
    {
        LetGo(context, _domain!);
        _domain = null;
    }

    private VerbStatus OnStarted(ShellContext context, Domain domain)
    {
        WriteDomain(context, domain);
        context.Terminal.Write(domain.State == DomainState.Paused ? " is paused, id "u8 : " started, id "u8);
        context.Terminal.WriteNumber(domain.Id);
        context.Terminal.Write("\n"u8);
        if (!_attaches)
        {
            return VerbStatus.Done;
        }

        context.Session.Attach(domain);
        return VerbStatus.Attached;
    }

    private static void Explain(ShellContext context, CreateStatus status, Domain? domain)
    {
        context.Terminal.Write("create: "u8);
        switch (status)
        {
            case CreateStatus.BadConfiguration:
                context.Terminal.WriteLine(domain!.Reason.Text);
                break;
            case CreateStatus.NameTaken:
                context.Terminal.Write("a domain called \""u8);
                context.Terminal.Write(domain!.Name);
                context.Terminal.WriteLine("\" lives already; give name=OTHER, or destroy it first"u8);
                break;
            case CreateStatus.NoSlot:
                context.Terminal.WriteLine("there is no room for another domain; destroy one first"u8);
                break;
            case CreateStatus.Success:
                break;
        }
    }

    private static void WriteUnknownFile(ShellContext context, ReadOnlySpan<byte> word)
    {
        context.Terminal.Write("create: there is no domain file \""u8);
        context.Terminal.Write(word);
        context.Terminal.Write("\" on this ISO; there are:"u8);
        int found = 0;
        for (int i = 0; i < context.Host.Modules.Length; i++)
        {
            if (context.Host.Modules[i].IsDomainFile)
            {
                context.Terminal.Write(" "u8);
                context.Terminal.Write(ModuleCatalog.BaseName(context.Host.Modules[i].Name));
                found++;
            }
        }

        context.Terminal.WriteLine(found == 0 ? " none"u8 : ""u8);
    }
}
