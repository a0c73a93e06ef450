using System;
using Multicosm.Domains;

namespace Multicosm.Management.Monitor;

/// <summary>Puts what the monitor saw into the lines of a screen of 80 columns and 24 rows, one line at a time.</summary>
public sealed class MonitorScreen(DomainMonitor monitor, ShellContext context)
{
    /// <summary>Lines of the screen.</summary>
    public const int Lines = 24;

    private const int Columns = 79;
    private const int HeadLines = 4;
    private const int FootLines = 3;
    private const int RowLines = Lines - HeadLines - FootLines;
    private const int ClassColumns = 3;
    private const ulong MiB = 1UL << 20;

    private readonly TextBuffer _text = new(256);
    private readonly ExitClass[] _shown = new ExitClass[ClassColumns];
    private MonitorOrder _order;
    private int _slot;

    /// <summary>Begins a new screen, its rows in <paramref name="order"/>.</summary>
    public void Begin(MonitorOrder order)
    {
        _order = order;
        _slot = -1;
        ChooseClasses();
    }

    /// <summary>Line <paramref name="index"/> of the screen, at most 79 bytes; each line once and in order.</summary>
    public ReadOnlySpan<byte> Line(int index)
    {
        _text.Clear();
        if (index >= HeadLines && index < HeadLines + RowLines)
        {
            WriteNextRow();
        }
        else
        {
            WriteFrame(index);
        }

        ReadOnlySpan<byte> text = _text.Text;
        return text[..Math.Min(text.Length, Columns)];
    }

    private void WriteFrame(int index)
    {
        switch (index)
        {
            case 0:
                WriteCpu();
                break;
            case 1:
                WriteMemory();
                break;
            case HeadLines - 1:
                WriteHeader();
                break;
            case Lines - 3:
                WriteHidden();
                break;
            case Lines - 2:
                _text.Write("IO = ports, MMIO = emulated memory, INTR = interrupts; MEM in MiB, CONS bytes"u8);
                break;
            case Lines - 1:
                _text.Write("q leaves, s sorts by "u8);
                _text.Write(_order == MonitorOrder.Cpu ? "exits"u8 : _order == MonitorOrder.Exits ? "name"u8 : "CPU"u8);
                break;
        }
    }

    private void WriteCpu()
    {
        ulong idle = Figures.ToPerMille(monitor.IdleTicks, monitor.Ticks);
        ulong host = Figures.ToPerMille(monitor.HostTicks, monitor.Ticks);
        ulong busy = monitor.Ticks == 0 ? 0 : 1000 - Math.Min(idle, 1000);
        _text.Write("Multicosm "u8);
        _text.Write(context.Info.Version);
        _text.Write(" up "u8);
        Figures.WriteTime(_text, context.Host.Clock.Now / context.Host.Clock.TicksPerSecond);
        _text.Write("  CPU "u8);
        Figures.WriteTenths(_text, busy, 0);
        _text.Write("% busy ("u8);
        Figures.WriteTenths(_text, Math.Min(host, busy), 0);
        _text.Write("% the host), "u8);
        Figures.WriteTenths(_text, Math.Min(idle, 1000), 0);
        _text.Write("% idle"u8);
    }

    private void WriteMemory()
    {
        _text.Write("Memory "u8);
        _text.WriteNumber(context.Host.Frames.TotalBytes / MiB);
        _text.Write(" MiB, "u8);
        _text.WriteNumber(context.Host.Frames.FreeBytes / MiB);
        _text.Write(" free  Domains"u8);
        DomainTable domains = context.Manager.Domains;
        bool isAny = false;
        for (DomainState state = DomainState.Building; state <= DomainState.Ended; state++)
        {
            int count = 0;
            for (int i = 0; i < domains.Count; i++)
            {
                count += domains[i].State == state ? 1 : 0;
            }

            if (count > 0)
            {
                _text.Write(isAny ? ", "u8 : " "u8);
                _text.WriteNumber((ulong)count);
                _text.Write(" "u8);
                _text.Write(DomainLifecycle.NameOf(state));
                isAny = true;
            }
        }

        _text.Write(isAny ? ""u8 : " none"u8);
    }

    private void WriteHeader()
    {
        _text.Write("NAME          STATE     CPU%    TIME EXITS/S"u8);
        for (int i = 0; i < ClassColumns; i++)
        {
            ReadOnlySpan<byte> name = ExitClasses.NameOf(_shown[i]);
            _text.WritePadded(default, 7 - name.Length);
            _text.Write(name);
        }

        _text.Write("   MEM  CONS/S"u8);
    }

    private void WriteNextRow()
    {
        int next = _slot == int.MaxValue ? -1 : monitor.Next(_slot, _order);
        _slot = next < 0 ? int.MaxValue : next;
        if (next >= 0)
        {
            WriteRow(context.Manager.Domains[next], monitor[next]);
        }
    }

    private void WriteRow(Domain domain, DomainSample sample)
    {
        ulong hertz = context.Host.Clock.TicksPerSecond;
        ReadOnlySpan<byte> name = domain.Name;
        _text.WritePadded(name[..Math.Min(name.Length, 13)], 13);
        _text.Write(" "u8);
        _text.WritePadded(DomainLifecycle.NameOf(domain.State), 8);
        Figures.WriteTenths(_text, Figures.ToPerMille(sample.CpuTicks, sample.Ticks), 6);
        WriteTime(domain, hertz);
        Rate(sample.Exits, sample, 8);
        for (int i = 0; i < ClassColumns; i++)
        {
            Rate(sample.ExitsOf(_shown[i]), sample, 7);
        }

        _text.WriteNumber(domain.MemoryBytes / MiB, 6);
        Rate(sample.ConsoleBytes, sample, 8);
    }

    // Tenths of a second as long as there is room for them.
    private void WriteTime(Domain domain, ulong hertz)
    {
        ulong tenths = Figures.ToTenths(domain.CpuTicks, hertz);
        if (tenths < 1_000_000)
        {
            Figures.WriteTenths(_text, tenths, 8);
        }
        else
        {
            _text.Write(" "u8);
            Figures.WriteScaled(_text, tenths / 10, 7);
        }
    }

    private void Rate(ulong count, DomainSample sample, int width)
    {
        _text.Write(" "u8);
        Figures.WriteScaled(_text, Figures.ToRate(count, sample.Ticks, context.Host.Clock.TicksPerSecond), width - 1);
    }

    private void WriteHidden()
    {
        int hidden = monitor.Living - RowLines;
        if (hidden > 0)
        {
            _text.Write("and "u8);
            _text.WriteNumber((ulong)hidden);
            _text.Write(hidden == 1 ? " more domain"u8 : " more domains"u8);
        }
    }

    // The classes with the most exits, most first.
    private void ChooseClasses()
    {
        for (int i = 0; i < ClassColumns; i++)
        {
            int best = -1;
            for (int j = 1; j <= ExitClasses.Count; j++)
            {
                int candidate = j % ExitClasses.Count; // Other is the last to be taken
                bool isTaken = Array.IndexOf(_shown, (ExitClass)candidate, 0, i) >= 0;
                if (!isTaken && (best < 0 || monitor.ExitsOf((ExitClass)candidate) > monitor.ExitsOf((ExitClass)best)))
                {
                    best = candidate;
                }
            }

            _shown[i] = (ExitClass)best;
        }
    }
}
