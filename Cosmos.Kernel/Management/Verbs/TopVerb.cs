using System;
using Multicosm.Management.Monitor;

namespace Multicosm.Management.Verbs;

/// <summary><c>top</c>: what the domains do, on the whole screen, anew each second.</summary>
/// <source>ECMA-48 "Control sequences"; XTerm Control Sequences "The Alternate Screen Buffer"</source>
public sealed class TopVerb : Verb
{
    private const byte LeaveKey = 0x1D; // Ctrl-]
    private const byte CancelKey = 3; // Ctrl-C
    private const int LooksPerPoll = 8;
    private const int LineRoom = 128;

    private DomainMonitor? _monitor;
    private MonitorScreen? _screen;
    private MonitorOrder _order;
    private TopPhase _phase;
    private ulong _nextTicks;
    private int _line;

    private enum TopPhase : byte
    {
        Waiting,
        Looking,
        Drawing,
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "top"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Arguments => default;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Summary => "watch the domains, each second anew; q leaves"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Description => """
          For each living domain, since the last look: its share of the CPU, exits a second,
          in all and of the three most frequent kinds, and bytes a second on its console;
          further its CPU time in seconds and its memory in MiB. It wants a terminal of 80
          columns and 24 rows.
          q, Ctrl-C or Ctrl-] leaves; s sorts by CPU, exits or name.

        """u8;

    /// <inheritdoc/>
    public override void Prepare(ShellContext context)
    {
        _monitor = new DomainMonitor(context.Manager, context.Host);
        _screen = new MonitorScreen(_monitor, context);
    }

    /// <inheritdoc/>
    public override VerbStatus Run(ShellContext context, ReadOnlySpan<byte> arguments)
    {
        if (!TryParse(context, arguments, 0, 0, "no arguments"u8, out _))
        {
            return VerbStatus.Failed;
        }

        // The other screen, without a cursor: what is on this one comes back.
        context.Terminal.WriteRaw("\x1b[?1049h\x1b[?25l\x1b[2J"u8);
        _order = MonitorOrder.Cpu;
        _monitor!.Begin();
        StartLook(context);
        _nextTicks = context.Host.Clock.Now + (context.Host.Clock.TicksPerSecond / 4); // the first rates soon
        return VerbStatus.Running;
    }

    /// <inheritdoc/>
    public override VerbStatus Continue(ShellContext context)
    {
        while (context.Input.TryTake(out byte key))
        {
            if (key is LeaveKey or CancelKey or (byte)'q')
            {
                context.Terminal.WriteRaw("\x1b[2J\x1b[H\x1b[?25h\x1b[?1049l"u8);
                context.Terminal.EraseLine();
                return VerbStatus.Done;
            }

            if (key == (byte)'s')
            {
                _order = _order == MonitorOrder.Name ? MonitorOrder.Cpu : _order + 1;
                StartDraw();
            }
        }

        Proceed(context);
        return VerbStatus.Running;
    }

    private void Proceed(ShellContext context)
    {
        switch (_phase)
        {
            case TopPhase.Looking:
                Look();
                break;
            case TopPhase.Drawing:
                Draw(context);
                break;
            case TopPhase.Waiting:
            default:
                if (context.Host.Clock.Now >= _nextTicks)
                {
                    StartLook(context);
                }

                break;
        }
    }

    private void StartLook(ShellContext context)
    {
        _nextTicks = context.Host.Clock.Now + context.Host.Clock.TicksPerSecond;
        _monitor!.BeginLook();
        _phase = TopPhase.Looking;
    }

    private void Look()
    {
        int looks = 0;
        while (looks < LooksPerPoll && _monitor!.TryLook())
        {
            looks++;
        }

        if (looks < LooksPerPoll)
        {
            StartDraw();
        }
    }

    private void StartDraw()
    {
        if (_phase == TopPhase.Looking && _monitor!.TryLook())
        {
            return; // it draws when it has looked at all of them
        }

        _screen!.Begin(_order);
        _line = 0;
        _phase = TopPhase.Drawing;
    }

    private void Draw(ShellContext context)
    {
        while (_line < MonitorScreen.Lines && context.Terminal.PacedRoom >= LineRoom)
        {
            ReadOnlySpan<byte> text = _screen!.Line(_line);
            _line++;
            context.Terminal.Write("\x1b["u8);
            context.Terminal.WriteNumber((ulong)_line);
            context.Terminal.Write(";1H"u8);
            context.Terminal.WriteRaw(text);
            context.Terminal.WriteRaw("\x1b[K"u8);
        }

        _phase = _line < MonitorScreen.Lines ? TopPhase.Drawing : TopPhase.Waiting;
    }
}
