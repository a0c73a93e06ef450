using System;
using Multicosm.Domains;

namespace Multicosm.Management.Verbs;

/// <summary><c>console NAME</c>: look at a domain's serial console.</summary>
public sealed class ConsoleVerb : Verb
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "console"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "NAME"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show a domain's console from its first byte, and type to it; Ctrl-] leaves"u8;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        ReadOnlySpan<byte> word = Words.Take(ref arguments);
        if (word.IsEmpty || !arguments.IsEmpty)
        {
            return Refuse(context, "it takes one domain"u8);
        }

        if (!context.TryFindDomain(Name, word, out Domain? domain))
        {
            return VerbStatus.Done;
        }

        context.Session.Attach(domain!);
        return VerbStatus.Attached;
    }
}
