using System;

namespace Multicosm.Machine;

/// <summary>The host's log: a ring of text, oldest bytes overwritten. Each line begins with the seconds since power-on once a clock is known.</summary>
public sealed class HostLog : TextOutput
{
    private readonly byte[] _ring;
    private bool _lineStarted;
    private LogLevel _level = LogLevel.Info;
    private ulong _end;
    private ulong _forgotten;

    /// <summary>A log of <paramref name="capacityBytes"/> bytes, a power of two.</summary>
    public HostLog(int capacityBytes)
    {
        _ring = new byte[capacityBytes];
    }

    /// <summary>Stamps the lines; null, no stamps, until time is known.</summary>
    public MonotonicClock? Clock { get; set; }

    /// <summary>Shows the lines up to <see cref="ConsoleLevel"/> to the operator as they are written; null for nobody.</summary>
    public TextOutput? Console { get; set; }

    /// <summary>The least that matters enough for <see cref="Console"/>.</summary>
    public LogLevel ConsoleLevel { get; set; } = LogLevel.Warning;

    /// <summary>Shows all lines to who looks at the PC's screen, those for debugging only if the console shows them too; null for nobody.</summary>
    public TextOutput? Screen { get; set; }

    /// <summary>Position of the first byte still kept; positions count from 0 at the first byte ever written.</summary>
    public ulong FirstPosition => _end <= (ulong)_ring.Length ? _forgotten : Math.Max(_forgotten, _end - (ulong)_ring.Length);

    /// <summary>Position after the last byte.</summary>
    public ulong EndPosition => _end;

    /// <summary>Forgets what is before <paramref name="position"/>.</summary>
    public void Forget(ulong position) => _forgotten = Math.Min(position, _end);

    /// <summary>This log; what is written next has <paramref name="level"/>, to the end of its last line. Without it lines are Info.</summary>
    public HostLog At(LogLevel level)
    {
        _level = level;
        return this;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            if (!_lineStarted)
            {
                _lineStarted = true;
                Stamp();
            }

            int newline = text.IndexOf((byte)'\n');
            int count = newline < 0 ? text.Length : newline + 1;
            Append(text[..count]);
            Show(text[..count]);
            _lineStarted = newline < 0;
            text = text[count..];
        }

        _level = _lineStarted ? _level : LogLevel.Info;
    }

    /// <summary>Copies from <paramref name="position"/> (moved up to <see cref="FirstPosition"/> if that is gone); gives the bytes copied and the position after them.</summary>
    public int Read(ref ulong position, Span<byte> destination)
    {
        position = Math.Max(position, FirstPosition);
        int copied = 0;
        while (position < _end && copied < destination.Length)
        {
            int start = IndexOf(position);
            int wanted = (int)Math.Min(_end - position, (ulong)(destination.Length - copied));
            int count = Math.Min(wanted, _ring.Length - start);
            new ReadOnlySpan<byte>(_ring, start, count).CopyTo(destination[copied..]);
            position += (ulong)count;
            copied += count;
        }

        return copied;
    }

    private void Show(ReadOnlySpan<byte> text)
    {
        if (_level <= ConsoleLevel)
        {
            Console?.Write(text);
        }

        if (_level != LogLevel.Debug || ConsoleLevel == LogLevel.Debug)
        {
            Screen?.Write(text);
        }
    }

    private void Stamp()
    {
        if (Clock is null)
        {
            return;
        }

        ulong hertz = Clock.TicksPerSecond;
        ulong now = Clock.Now;
        Write("["u8);
        WriteNumber(now / hertz, 5);
        Write("."u8);
        ulong fraction = now % hertz * 1000 / hertz;
        Write(fraction < 10 ? "00"u8 : fraction < 100 ? "0"u8 : ""u8);
        WriteNumber(fraction);
        Write("] "u8);
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            int start = IndexOf(_end);
            int count = Math.Min(text.Length, _ring.Length - start);
            text[..count].CopyTo(new Span<byte>(_ring, start, count));
            _end += (ulong)count;
            text = text[count..];
        }
    }

    private int IndexOf(ulong position) => (int)(position & (ulong)(_ring.Length - 1));
}
