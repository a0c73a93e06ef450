using System;
using Multicosm.Domains;
using Multicosm.Management.Logs;

namespace Multicosm.Management.Verbs;

/// <summary><c>log [-f] [NAME]...</c>: prints what consoles keep, or follows them, without attaching to any.</summary>
public sealed class LogVerb : Verb
{
    private const byte LeaveKey = 0x1D; // Ctrl-]
    private const byte CancelKey = 3; // Ctrl-C

    private readonly TextBuffer _line = new(ConsoleLines.LineBytes + 128);
    private ConsoleLines? _lines;
    private bool _isFollowing;
    private bool _isTagged;
    private int _sent;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "log"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => "[-f] [NAME]..."u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "show what domains print, or follow it with -f; q leaves"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          Without -f: what is kept of the domain's console, up to 256 KiB; of several
          domains, or of all without a name, with "NAME: " before each line.
          -f  shows lines as they are printed from now on, one domain's after another's.
              q, Ctrl-C or Ctrl-] leaves. A line that is not finished within a second is
              shown as it is. Of a domain that prints faster than the line can take, old
              output is dropped, and how much is said; the others lose nothing.
          Control characters are left out: "console NAME" shows everything.

        """u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Example => "log -f web database"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Options => "f"u8;

    /// <inheritdoc/>
    public override bool IsCancellable => !_isFollowing;

    /// <inheritdoc/>
    public override WordKind WordAt(int index) => WordKind.Domain;

    /// <inheritdoc/>
    public override void Prepare(ShellContext context) => _lines = new ConsoleLines(context.Manager.Domains, context.Host.Clock);

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 0, Unlimited, "domains"u8, out Arguments parsed))
        {
            return VerbStatus.Failed;
        }

        _isFollowing = parsed.Has((byte)'f');
        _isTagged = _isFollowing || parsed.Count != 1;
        _line.Clear();
        _lines!.Begin(_isFollowing, wantsNew: parsed.Count == 0);
        return TryListen(context, in parsed) ? VerbStatus.Running : VerbStatus.Failed;
    }

    /// <inheritdoc/>
    public override VerbStatus Continue(ShellContext context)
    {
        if (_isFollowing && IsLeft(context))
        {
            return VerbStatus.Done;
        }

        while (context.Terminal.PacedRoom > 0)
        {
            if (_line.IsEmpty && !TryNextLine(context))
            {
                return _lines!.IsAtEnd() ? VerbStatus.Done : VerbStatus.Running;
            }

            // The line's end becomes two bytes.
            ReadOnlySpan<byte> rest = _line.Text[_sent..];
            int count = Math.Min(rest.Length, Math.Min(context.Terminal.PacedRoom, context.Terminal.Room / 2));
            context.Terminal.Write(rest[..count]);
            _sent += count;
            if (count == 0)
            {
                break;
            }

            if (_sent == _line.Text.Length)
            {
                _line.Clear();
            }
        }

        return VerbStatus.Running;
    }

    private bool TryListen(ShellContext context, in Arguments parsed)
    {
        for (int i = 0; i < parsed.Count; i++)
        {
            if (!context.TryFindDomain(Name, parsed[i], out Domain? domain))
            {
                return false;
            }

            _lines!.Add(domain!);
        }

        DomainTable domains = context.Manager.Domains;
        for (int i = 0; parsed.Count == 0 && i < domains.Count; i++)
        {
            if (domains[i].State != DomainState.Free)
            {
                _lines!.Add(domains[i]);
            }
        }

        return true;
    }

    // What becomes of domains comes between their lines.
    private bool TryNextLine(ShellContext context)
    {
        _sent = 0;
        bool mayGoOn = !_isFollowing || context.Notices.TryFlush(context.Terminal);
        return mayGoOn && _lines!.TryTake(_line, _isTagged);
    }

    private static bool IsLeft(ShellContext context)
    {
        bool isLeft = false;
        while (!isLeft && context.Input.TryTake(out byte value))
        {
            isLeft = value is LeaveKey or CancelKey or (byte)'q';
        }

        return isLeft;
    }
}
