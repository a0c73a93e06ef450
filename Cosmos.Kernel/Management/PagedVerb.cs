using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management;

/// <summary>A verb that prints more than the line takes at once: a part is put in words when the one before it is out, and guests run meanwhile.</summary>
public abstract class PagedVerb : Verb
{
    private const int BytesPerPoll = 1024;
    private const int PartBytes = 6 * 1024; // more than the longest part: the console's text, each byte a line of its own

    private readonly TextBuffer _part = new(PartBytes);
    private int _shown;

    /// <inheritdoc/>
    public override bool IsCancellable => true;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => index == 0 ? WordKind.Domain : WordKind.Any;

    /// <summary>Writes the next part to <paramref name="output"/>; false if all is written.</summary>
    protected abstract bool TryWriteNext(ShellContext context, TextOutput output);

    /// <summary>Starts to print.</summary>
    protected VerbStatus Begin(ShellContext context)
    {
        _part.Clear();
        _shown = 0;
        return Continue(context);
    }

    /// <inheritdoc/>
    public override VerbStatus Continue(ShellContext context)
    {
        for (int written = 0; written < BytesPerPoll;)
        {
            if (_shown == _part.Text.Length)
            {
                _part.Clear();
                _shown = 0;
                return TryWriteNext(context, _part) ? VerbStatus.Running : VerbStatus.Done;
            }

            // Each byte may become two: LF is CR LF on the line.
            int count = Math.Min(context.Terminal.Room / 2, _part.Text.Length - _shown);
            if (count <= 0)
            {
                return VerbStatus.Running;
            }

            context.Terminal.Write(_part.Text.Slice(_shown, count));
            _shown += count;
            written += count;
        }

        return VerbStatus.Running;
    }
}
