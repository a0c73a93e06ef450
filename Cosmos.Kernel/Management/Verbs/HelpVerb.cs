using System;

namespace Multicosm.Management.Verbs;

/// <summary><c>help</c>: the verbs.</summary>
public sealed class HelpVerb(Verb[] verbs) : Verb
{
    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "help"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "[VERB]"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show the verbs, or what one of them does"u8;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        ReadOnlySpan<byte> word = Words.Take(ref arguments);
        int shown = 0;
        for (int i = 0; i < verbs.Length; i++)
        {
            if (word.IsEmpty || verbs[i].Name.SequenceEqual(word))
            {
                Show(context, verbs[i]);
                shown++;
            }
        }

        return shown > 0 ? VerbStatus.Done : Refuse(context, "there is no such verb"u8);
    }

    private static void Show(ShellContext context, Verb verb)
    {
        const int Column = 30;
        context.Terminal.Write("  "u8);
        context.Terminal.Write(verb.Name);
        context.Terminal.Write(" "u8);
        context.Terminal.WritePadded(verb.Arguments, Column - verb.Name.Length);
        context.Terminal.WriteLine(verb.Summary);
    }
}
