using System;
using Multicosm.Domains;

namespace Multicosm.Management;

/// <summary>One thing that the operator can ask for. Made once; a long one keeps its state here between polls.</summary>
public abstract class Verb
{
    /// <summary>For <see cref="TryParse"/>: there may be any number of words.</summary>
    protected const int Unlimited = int.MaxValue;

    /// <summary>The word that is typed.</summary>
    public abstract ReadOnlySpan<byte> Name { get; }

    /// <summary>Its arguments, as <c>help</c> shows them; empty if there are none.</summary>
    public abstract ReadOnlySpan<byte> Arguments { get; }

    /// <summary>What it does, in one line.</summary>
    public abstract ReadOnlySpan<byte> Summary { get; }

    /// <summary>What <c>help VERB</c> says beyond that: whole lines, each with its newline.</summary>
    public virtual ReadOnlySpan<byte> Description => default;

    /// <summary>A line to type.</summary>
    public virtual ReadOnlySpan<byte> Example => Name;

    /// <summary>Its options, as <see cref="ArgumentReader"/> takes them.</summary>
    public virtual ReadOnlySpan<byte> Options => default;

    /// <summary>The words that it chooses between, with blanks between them: see <see cref="WordKind.Choice"/>.</summary>
    public virtual ReadOnlySpan<byte> Choices => default;

    /// <summary>True if Ctrl-C ends it while it goes on.</summary>
    public virtual bool IsCancellable => false;

    /// <summary>Makes what it needs beyond itself; called once, with the arena open.</summary>
    public virtual void Prepare(ShellContext context)
    {
    }

    /// <summary>Starts it with what was typed behind its name.</summary>
    public abstract VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments);

    /// <summary>Goes on; only called after <see cref="VerbStatus.Running"/>.</summary>
    public virtual VerbStatus Continue(ShellContext context) => VerbStatus.Done;

    /// <summary>Lets go of what it waits for, which goes on by itself: Ctrl-C was typed. Only called if <see cref="IsCancellable"/>.</summary>
    public virtual void Cancel(ShellContext context)
    {
    }

    /// <summary>What its word number <paramref name="index"/> may be.</summary>
    public virtual WordKind WordAt(int index) => WordKind.Any;

    /// <summary>What the value of <paramref name="option"/> may be.</summary>
    public virtual WordKind ValueOf(byte option) => WordKind.Any;

    /// <summary>Writes "NAME ARGUMENTS" and ends the line.</summary>
    public void WriteUsage(ShellContext context)
    {
        context.Terminal.Write(Name);
        context.Terminal.Write(Arguments.IsEmpty ? ""u8 : " "u8);
        context.Terminal.WriteLine(Arguments);
    }

    /// <summary>Says how the verb is to be used; always Failed.</summary>
    protected VerbStatus Refuse(ShellContext context, ReadOnlySpan<byte> what)
    {
        context.Terminal.Write(Name);
        context.Terminal.Write(": "u8);
        context.Terminal.Write(what);
        context.Terminal.Write("; usage: "u8);
        WriteUsage(context);
        return VerbStatus.Failed;
    }

    /// <summary>
    /// Parses what was typed; if an option is wrong, or there are not <paramref name="minimum"/> to <paramref name="maximum"/> words, says
    /// so: "it takes" and <paramref name="takes"/>.
    /// </summary>
    protected bool TryParse(ShellContext context, ReadOnlySpan<byte> text, int minimum, int maximum, ReadOnlySpan<byte> takes, out Arguments parsed)
    {
        parsed = new Arguments(text, Options);
        if (parsed.Fault == ArgumentKind.End && parsed.Count >= minimum && parsed.Count <= maximum)
        {
            return true;
        }

        context.Terminal.Write(Name);
        switch (parsed.Fault)
        {
            case ArgumentKind.UnknownOption:
                context.Terminal.Write(": there is no option "u8);
                context.Terminal.Write(parsed.FaultyWord);
                break;
            case ArgumentKind.MissingValue:
                context.Terminal.Write(": a value is missing behind -"u8);
                context.Terminal.Write([parsed.FaultyOption]);
                break;
            default:
                context.Terminal.Write(": it takes "u8);
                context.Terminal.Write(takes);
                break;
        }

        context.Terminal.Write("; usage: "u8);
        WriteUsage(context);
        return false;
    }

    /// <summary>Says that something cannot be done in the state that a domain is in, and what to do; always Failed.</summary>
    protected VerbStatus RefuseState(ShellContext context, Domain domain, ReadOnlySpan<byte> whatToDo)
    {
        BeginRefusal(context, domain);
        context.Terminal.Write(" is "u8);
        context.Terminal.Write(DomainLifecycle.NameOf(domain.State));
        context.Terminal.Write("; "u8);
        context.Terminal.WriteLine(whatToDo);
        return VerbStatus.Failed;
    }

    /// <summary>Says that the domain it is about is not there any more, and another one may be in its slot; always Failed.</summary>
    protected VerbStatus RefuseGone(ShellContext context)
    {
        context.Terminal.Write(Name);
        context.Terminal.WriteLine(": the domain is gone"u8);
        return VerbStatus.Failed;
    }

    /// <summary>Writes "VERB: domain "NAME"".</summary>
    protected void BeginRefusal(ShellContext context, Domain domain)
    {
        context.Terminal.Write(Name);
        context.Terminal.Write(": "u8);
        WriteDomain(context, domain);
    }

    /// <summary>Writes "domain "NAME"".</summary>
    protected static void WriteDomain(ShellContext context, Domain domain)
    {
        context.Terminal.Write("domain \""u8);
        context.Terminal.Write(domain.Name);
        context.Terminal.Write("\""u8);
    }

    /// <summary>Ends the waiting for a domain of which a verb would have printed itself what becomes of it: from now on the notices do.</summary>
    protected static void LetGo(ShellContext context, Domain domain)
    {
        context.Notices.Mute(null);
        WriteDomain(context, domain);
        context.Terminal.Write(" is "u8);
        context.Terminal.Write(DomainLifecycle.NameOf(domain.State));
        context.Terminal.WriteLine("; \"list\" shows what becomes of it"u8);
    }

    /// <summary>Writes "domain "NAME" WHAT" and ends the line; always Done.</summary>
    protected static VerbStatus Tell(ShellContext context, Domain domain, ReadOnlySpan<byte> what)
    {
        WriteDomain(context, domain);
        context.Terminal.Write(" "u8);
        context.Terminal.WriteLine(what);
        return VerbStatus.Done;
    }
}
