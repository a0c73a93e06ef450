using System;

namespace Multicosm.Management.Verbs;

/// <summary><c>json</c>: gives the line to a program, which sends requests in JSON.</summary>
public sealed class JsonVerb : Verb
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "json"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => default;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "speak JSON lines, for programs; {\"verb\":\"text\"} comes back"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          The line belongs to a program from then on: it sends requests and gets replies and
          events, a line of JSON each. mc does this by itself, with Ctrl-B at the prompt.
          {"verb":"text"} comes back to the prompt; so does Ctrl-C, for people.

        """u8;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!arguments.IsEmpty)
        {
            return Refuse(context, "it takes no arguments"u8);
        }

        context.Machine!.Start();
        return VerbStatus.Done;
    }
}
