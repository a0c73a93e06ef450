using System;

namespace Multicosm.Management;

/// <summary>One thing that the operator can ask for. Made once; a long one keeps its state here between polls.</summary>
public abstract class Verb
{
    /// <summary>The word that is typed.</summary>
    public abstract ReadOnlySpan<byte> Name { get; }

    /// <summary>Its arguments, as <c>help</c> shows them; empty if there are none.</summary>
    public abstract ReadOnlySpan<byte> Arguments { get; }

    /// <summary>What it does, in one line.</summary>
    public abstract ReadOnlySpan<byte> Summary { get; }

    /// <summary>Starts it with what was typed behind its name.</summary>
    public abstract VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments);

    /// <summary>Goes on; only called after <see cref="VerbStatus.Running"/>.</summary>
    public virtual VerbStatus Continue(ShellContext context) => VerbStatus.Done;

    /// <summary>Says how the verb is to be used; always failed.</summary>
    protected VerbStatus Refuse(ShellContext context, ReadOnlySpan<byte> what)
    {
        context.Terminal.Write(Name);
        context.Terminal.Write(": "u8);
        context.Terminal.Write(what);
        context.Terminal.Write("; usage: "u8);
        WriteUsage(context);
        return VerbStatus.Failed;
    }

    /// <summary>Writes "NAME ARGUMENTS" and ends the line.</summary>
    public void WriteUsage(ShellContext context)
    {
        context.Terminal.Write(Name);
        context.Terminal.Write(Arguments.IsEmpty ? ""u8 : " "u8);
        context.Terminal.WriteLine(Arguments);
    }
}
