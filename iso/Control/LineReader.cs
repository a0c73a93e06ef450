using System;
using System.Collections.Concurrent;
using System.IO;
using System.Text;
using System.Threading;

namespace Multicosm.Control;

/// <summary>Reads a stream on a thread of its own, and gives its lines one after another to one who waits; others may wake that one.</summary>
internal sealed class LineReader
{
    private readonly Stream _stream;
    private readonly BlockingCollection<string> _lines = [];

    /// <summary>Starts to read; the thread ends with the stream.</summary>
    public LineReader(Stream stream)
    {
        _stream = stream;
        new Thread(Read) { IsBackground = true, Name = "serial line" }.Start();
    }

    /// <summary>True when no more lines come, and all were taken.</summary>
    public bool IsEnded => _lines.IsCompleted;

    /// <summary>The next line; null if there was none in this time, or who waits was woken.</summary>
    public string? Next(int milliseconds) => _lines.TryTake(out string? line, milliseconds) && line.Length > 0 ? line : null;

    /// <summary>Wakes the one who waits.</summary>
    public void Wake()
    {
        if (!_lines.IsAddingCompleted)
        {
            _ = TryAdd("");
        }
    }

    private void Read()
    {
        byte[] buffer = new byte[4096];
        StringBuilder line = new();
        try
        {
            for (int count = _stream.Read(buffer); count > 0; count = _stream.Read(buffer))
            {
                foreach (char letter in Encoding.Latin1.GetString(buffer, 0, count))
                {
                    if (letter != '\n')
                    {
                        _ = line.Append(letter);
                        continue;
                    }

                    _ = TryAdd(line.ToString());
                    _ = line.Clear();
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The line is gone: so it says below.
        }

        _lines.CompleteAdding();
    }

    private bool TryAdd(string line)
    {
        try
        {
            return _lines.TryAdd(line);
        }
        catch (InvalidOperationException)
        {
            return false; // it ended meanwhile
        }
    }
}
