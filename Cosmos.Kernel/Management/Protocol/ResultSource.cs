using System;

namespace Multicosm.Management.Protocol;

/// <summary>What a verb answers as data. Made once; a long one keeps its place here between polls.</summary>
public abstract class ResultSource
{
    /// <summary>The verb that it belongs to.</summary>
    public abstract ReadOnlySpan<byte> Verb { get; }

    /// <summary>True if it is all of the answer; otherwise a verb of the prompt with this name, where there is one, is run first.</summary>
    public virtual bool IsWholeAnswer => false;

    /// <summary>Starts; false if there are no data for these arguments. Then, if it is the whole answer, it has printed why.</summary>
    public abstract bool TryBegin(ShellContext context, Request request);

    /// <summary>Writes a part of the value; true if that was all. Called when the line has room for <see cref="ResultRoom"/>.</summary>
    public abstract bool Continue(ShellContext context, JsonWriter writer);

    /// <summary>Bytes that one <see cref="Continue"/> writes at most.</summary>
    public const int ResultRoom = 12 * 1024;
}
