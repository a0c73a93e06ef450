using System;

namespace Multicosm.Management.Verbs;

/// <summary><c>dmesg [-c]</c>: prints the host's log as fast as the line takes it, while guests run on.</summary>
public sealed class DmesgVerb : Verb
{
    private const int BytesPerPoll = 1024;

    private ulong _position;
    private ulong _end;
    private bool _forgets;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "dmesg"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "[-c]"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show the hypervisor's log, and forget it with -c"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          Each line begins with the seconds since the PC was switched on.
          -c  forgets what was shown.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "dmesg -c"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Options => "c"u8;

    /// <inheritdoc/>
    public override bool IsCancellable => true;

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 0, 0, "no arguments but -c"u8, out Arguments parsed))
        {
            return VerbStatus.Failed;
        }

        _forgets = parsed.Has((byte)'c');
        _position = context.Host.Log.FirstPosition;
        _end = context.Host.Log.EndPosition;
        return Continue(context);
    }

    /// <inheritdoc/>
    public override VerbStatus Continue(ShellContext context)
    {
        Span<byte> text = stackalloc byte[256];
        for (int written = 0; _position < _end;)
        {
            // Each byte may become two: LF is CR LF on the line.
            int room = Math.Min(context.Terminal.Room / 2, text.Length);
            if (room <= 0 || written >= BytesPerPoll)
            {
                return VerbStatus.Running;
            }

            int wanted = (int)Math.Min((ulong)room, _end - _position);
            int count = context.Host.Log.Read(ref _position, text[..wanted]);
            context.Terminal.Write(text[..count]);
            written += count;
        }

        if (_forgets)
        {
            context.Host.Log.Forget(_end);
        }

        return VerbStatus.Done;
    }
}
