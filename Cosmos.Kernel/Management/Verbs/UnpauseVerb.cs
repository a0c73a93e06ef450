using System;
using Multicosm.Domains;

namespace Multicosm.Management.Verbs;

/// <summary><c>unpause NAME</c>: lets a paused domain go on.</summary>
/// <source>xl(1) "unpause"</source>
public sealed class UnpauseVerb : Verb
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "unpause"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "NAME"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "let a paused domain go on"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          The domain goes on where "pause" or "create -p" stopped it.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "unpause debian"u8;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => WordKind.Domain;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 1, 1, "one domain"u8, out Arguments parsed) || !context.TryFindDomain(Name, parsed[0], out Domain? domain))
        {
            return VerbStatus.Failed;
        }

        return context.Manager.Unpause(domain!) == DomainActionStatus.Success
            ? Tell(context, domain!, domain!.State == DomainState.Building ? "runs as soon as it is built"u8 : "unpaused"u8)
            : RefuseState(context, domain!, "only a paused one can be unpaused"u8);
    }
}
