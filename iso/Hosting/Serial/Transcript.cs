using System;
using System.Text;
using System.Threading;

namespace Multicosm.Hosting.Serial;

/// <summary>Everything that came over the serial line, and how far it was matched. One writer, any number of waiting readers.</summary>
public sealed class Transcript
{
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _changed = new();
    private byte[] _bytes = new byte[64 * 1024];
    private int _length;
    private int _matched;
    private bool _ended;

    /// <summary>How many bytes there are.</summary>
    public int Length
    {
        get
        {
            lock (_lock)
            {
                return _length;
            }
        }
    }

    /// <summary>True when nothing more will come.</summary>
    public bool Ended
    {
        get
        {
            lock (_lock)
            {
                return _ended;
            }
        }
    }

    /// <summary>Where the last match ends.</summary>
    public int Matched
    {
        get
        {
            lock (_lock)
            {
                return _matched;
            }
        }
    }

    /// <summary>All of it as text; what is not UTF-8 is replaced.</summary>
    public string Text
    {
        get
        {
            lock (_lock)
            {
                return Encoding.UTF8.GetString(_bytes, 0, _length);
            }
        }
    }

    /// <summary>The bytes from <paramref name="start"/> to before <paramref name="end"/> as text.</summary>
    public string Slice(int start, int end)
    {
        lock (_lock)
        {
            return Encoding.UTF8.GetString(_bytes, start, end - start);
        }
    }

    /// <summary>Adds what came.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (bytes.Length > _bytes.Length - _length)
            {
                Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + bytes.Length));
            }

            bytes.CopyTo(_bytes.AsSpan(_length));
            _length += bytes.Length;
            _changed.Set();
        }
    }

    /// <summary>Says that nothing more will come.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
            _changed.Set();
        }
    }

    /// <summary>
    /// Waits until <paramref name="text"/> comes after the end of the previous match. False if the time is over or nothing more will come.
    /// </summary>
    public bool Expect(ReadOnlySpan<byte> text, TimeSpan limit, CancellationToken cancellation)
    {
        long deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (true)
        {
            lock (_lock)
            {
                int at = _bytes.AsSpan(_matched, _length - _matched).IndexOf(text);
                if (at >= 0)
                {
                    _matched += at + text.Length;
                    return true;
                }

                if (_ended)
                {
                    return false;
                }

                _changed.Reset();
            }

            long left = deadline - Environment.TickCount64;
            if (left <= 0 || !_changed.Wait((int)Math.Min(left, int.MaxValue), cancellation))
            {
                return false;
            }
        }
    }

    /// <summary>Waits for more than the first <paramref name="start"/> bytes and returns what there is behind them; nothing if no more will come.</summary>
    public byte[] WaitBeyond(int start, CancellationToken cancellation)
    {
        const int PatienceMilliseconds = 50; // another reader may have taken the wake-up
        while (true)
        {
            lock (_lock)
            {
                if (_length > start || _ended)
                {
                    return _bytes[start.._length];
                }

                _changed.Reset();
            }

            _ = _changed.Wait(PatienceMilliseconds, cancellation); // whether there is more is asked next
        }
    }

    /// <summary>True if <paramref name="text"/> came anywhere.</summary>
    public bool Contains(ReadOnlySpan<byte> text)
    {
        lock (_lock)
        {
            return _bytes.AsSpan(0, _length).IndexOf(text) >= 0;
        }
    }

    /// <summary>The last <paramref name="count"/> lines.</summary>
    public string LastLines(int count)
    {
        string[] lines = Text.TrimEnd().Split('\n');
        return string.Join('\n', lines[Math.Max(0, lines.Length - count)..]).Replace("\r", "", StringComparison.Ordinal);
    }
}
