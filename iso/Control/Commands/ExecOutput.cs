using System;
using System.Globalization;
using System.IO;
using System.Text;

namespace Multicosm.Control.Commands;

/// <summary>Finds a command's output and status in what a console prints: all between two marks, without the terminal's line ends.</summary>
internal sealed class ExecOutput(string mark, Stream output)
{
    /// <summary>The mark before the output, but for its number.</summary>
    public const string Begin = "MC-BEGIN-";

    /// <summary>The mark behind the output, but for its number; a blank, the status and a line end follow.</summary>
    public const string End = "MC-END-";

    private readonly byte[] _begin = Encoding.ASCII.GetBytes($"{Begin}{mark}\r\n");
    private readonly byte[] _end = Encoding.ASCII.GetBytes($"\r\n{End}{mark} ");
    private byte[] _pending = [];

    /// <summary>True once the first mark came.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>The command's status; null until the second mark came.</summary>
    public int? Status { get; private set; }

    /// <summary>Takes what the console printed; writes what is surely output.</summary>
    public void Add(byte[] bytes)
    {
        if (Status != null)
        {
            return;
        }

        _pending = [.. _pending, .. bytes];
        if (!HasBegun)
        {
            int at = _pending.AsSpan().IndexOf(_begin);
            HasBegun = at >= 0;
            _pending = HasBegun ? _pending[(at + _begin.Length)..] : _pending[Math.Max(0, _pending.Length - _begin.Length)..];
        }

        if (HasBegun)
        {
            Split();
        }
    }

    private void Split()
    {
        int end = _pending.AsSpan().IndexOf(_end);
        if (end < 0)
        {
            // What may be the start of the mark waits, and a carriage return may be half a line end.
            int sure = Math.Max(0, _pending.Length - _end.Length);
            sure -= sure > 0 && _pending[sure - 1] == (byte)'\r' ? 1 : 0;
            Write(sure);
            _pending = _pending[sure..];
            return;
        }

        ReadOnlySpan<byte> status = _pending.AsSpan(end + _end.Length);
        int digits = status.IndexOf((byte)'\r');
        if (digits >= 0)
        {
            Write(end);
            Status = int.TryParse(status[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : ControlExit.Refused;
        }
    }

    // A terminal puts a carriage return before each newline: it is taken off again.
    private void Write(int count)
    {
        ReadOnlySpan<byte> bytes = _pending.AsSpan(0, count);
        for (int at = bytes.IndexOf("\r\n"u8); at >= 0; at = bytes.IndexOf("\r\n"u8))
        {
            output.Write(bytes[..at]);
            output.Write("\n"u8);
            bytes = bytes[(at + 2)..];
        }

        output.Write(bytes);
        output.Flush();
    }
}
