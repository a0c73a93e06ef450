using System;
using Multicosm.Machine;

namespace Multicosm.Devices.XenPv;

/// <summary>
/// Puts text out in whole lines, without control characters, so that it does not disturb what else the guest prints. A line is put out
/// at its end, or when it is too long; while the sink has no room, lines wait, and when there is no room for them either, they are cut.
/// </summary>
public sealed class ConsoleLineSink(CharSink sink) : TextOutput
{
    private const int Capacity = 1024;
    private const int LongestLine = 256;

    private readonly byte[] _buffer = new byte[Capacity];
    private int _count;
    private int _lineStart;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            Add(value);
        }
    }

    /// <summary>Puts out what waits, as far as there is room.</summary>
    public void Drain()
    {
        int done = 0;
        while (done < _lineStart && sink.TryWrite(_buffer[done]))
        {
            done++;
        }

        if (done > 0)
        {
            _buffer.AsSpan(done, _count - done).CopyTo(_buffer);
            _count -= done;
            _lineStart -= done;
        }
    }

    /// <summary>Forgets what waits.</summary>
    public void Reset() => _count = _lineStart = 0;

    private void Add(byte value)
    {
        if (value == (byte)'\n')
        {
            EndLine();
        }
        else if (value is (byte)'\t' or (>= 0x20 and not 0x7F))
        {
            if (_count - _lineStart >= LongestLine)
            {
                EndLine();
            }

            _count = Put(_count, value, Capacity - 2); // room for the line's end
        }
    }

    private void EndLine()
    {
        _count = Put(_count, (byte)'\r', Capacity);
        _count = Put(_count, (byte)'\n', Capacity);
        _lineStart = _count;
        Drain();
    }

    private int Put(int position, byte value, int limit)
    {
        if (position >= limit)
        {
            return position;
        }

        _buffer[position] = value;
        return position + 1;
    }
}
