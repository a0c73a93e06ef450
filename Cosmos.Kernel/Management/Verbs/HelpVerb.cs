using System;

namespace Multicosm.Management.Verbs;

/// <summary><c>help [VERB]</c>: the verbs, or all about one of them.</summary>
public sealed class HelpVerb : Verb
{
    private const int Column = 32;
    private const int RowRoom = 256;
    private const int RowsPerPoll = 4;

    private int _next;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "help"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "[VERB]"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show the verbs, or what one of them does"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          With VERB: its arguments, its options and an example. At the prompt, Tab completes
          verbs, options, names and files, and shows what there is when pressed again.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "help create"u8;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => WordKind.Verb;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 0, 1, "one verb, or nothing"u8, out Arguments parsed))
        {
            return VerbStatus.Failed;
        }

        if (parsed.Count == 0)
        {
            _next = 0;
            return Continue(context);
        }

        if (VerbTable.Find(context.Verbs, parsed[0]) is Verb verb)
        {
            Explain(context, verb);
            return VerbStatus.Done;
        }

        return Refuse(context, "there is no such verb"u8);
    }

    /// <inheritdoc/>
    public override VerbStatus Continue(ShellContext context)
    {
        for (int i = 0; i < RowsPerPoll && context.Terminal.Room >= RowRoom; i++)
        {
            if (_next == context.Verbs.Length)
            {
                return VerbStatus.Done;
            }

            Verb verb = context.Verbs[_next];
            _next++;
            context.Terminal.Write("  "u8);
            context.Terminal.Write(verb.Name);
            context.Terminal.Write(" "u8);
            context.Terminal.WritePadded(verb.Arguments, Column - verb.Name.Length);
            context.Terminal.Write(" "u8);
            context.Terminal.WriteLine(verb.Summary);
        }

        return VerbStatus.Running;
    }

    private static void Explain(ShellContext context, Verb verb)
    {
        verb.WriteUsage(context);
        context.Terminal.Write("  "u8);
        context.Terminal.WriteLine(verb.Summary);
        context.Terminal.Write(verb.Description);
        context.Terminal.Write("  Example: "u8);
        context.Terminal.WriteLine(verb.Example);
    }
}
