using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Verbs;

/// <summary><c>create FILE [KEY=VALUE]...</c>: starts a domain from a domain file of the ISO and waits until it runs or cannot.</summary>
public sealed class CreateVerb : Verb
{
    private Domain? _domain;
    private uint _generation;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "create"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "FILE [KEY=VALUE]..."u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "start a domain from a domain file on this ISO, with some keys replaced"u8;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        ReadOnlySpan<byte> word = Words.Take(ref arguments);
        if (word.IsEmpty)
        {
            return Refuse(context, "it takes a domain file"u8);
        }

        if (!ModuleCatalog.TryFindDomainFile(context.Host.Modules, word, out BootModule? file))
        {
            WriteUnknownFile(context, word);
            return VerbStatus.Done;
        }

        CreateStatus status = context.Manager.Create(file!, arguments, context.Terminal, out _domain);
        if (status != CreateStatus.Success)
        {
            Explain(context, status, _domain);
            return VerbStatus.Done;
        }

        _generation = _domain!.Generation;
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
        }
        else if (same)
        {
            context.Terminal.Write("domain \""u8);
            context.Terminal.Write(domain.Name);
            context.Terminal.Write("\" started, id "u8);
            context.Terminal.WriteNumber(domain.Id);
            context.Terminal.Write("\n"u8);
        }

        return VerbStatus.Done;
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
