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
    public override ReadOnlySpan<byte> Description => """
          First comes what the domain has printed already, up to 256 KiB of it. While you
          look, the guest waits rather than losing output; what you type goes to it as it
          is. When the domain ends, the prompt comes back with the reason.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "console debian"u8;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => WordKind.Domain;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 1, 1, "one domain"u8, out Arguments parsed) || !context.TryFindDomain(Name, parsed[0], out Domain? domain))
        {
            return VerbStatus.Failed;
        }

        context.Session.Attach(domain!);
        return VerbStatus.Attached;
    }
}
