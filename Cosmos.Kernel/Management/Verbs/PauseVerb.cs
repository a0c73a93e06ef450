using System;
using Multicosm.Domains;

namespace Multicosm.Management.Verbs;

/// <summary><c>pause NAME</c>: stops a domain where it is.</summary>
/// <source>xl(1) "pause"</source>
public sealed class PauseVerb : Verb
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "pause"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "NAME"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "stop a domain where it is, its memory kept"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          The domain gets no CPU until "unpause". One that is being built is paused before
          its first instruction.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "pause debian"u8;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => WordKind.Domain;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 1, 1, "one domain"u8, out Arguments parsed) || !context.TryFindDomain(Name, parsed[0], out Domain? domain))
        {
            return VerbStatus.Failed;
        }

        return context.Manager.Pause(domain!) == DomainActionStatus.Success
            ? Tell(context, domain!, domain!.State == DomainState.Building ? "pauses as soon as it is built"u8 : "paused"u8)
            : RefuseState(context, domain!, "only one that runs, is blocked or is being built can be paused"u8);
    }
}
