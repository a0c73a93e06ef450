using System;
using Multicosm.Machine;

namespace Multicosm.Management;

/// <summary>The operator's end of the serial line: host text with line ends for a terminal, guest bytes as they are.</summary>
public sealed class HostTerminal(HostLine line) : TextOutput
{
    private const int PacedBytes = 256;

    /// <summary>True if the cursor stands at the start of a line, as far as can be told.</summary>
    public bool IsAtLineStart { get; private set; } = true;

    /// <summary>Bytes that can be written now without waiting for the line.</summary>
    public int Room => line.OutputRoom;

    /// <summary>
    /// Bytes of guests' output that can be queued now: never so many that the echo of a key would have to wait for long behind them.
    /// At 115,200 baud 256 bytes take 22 ms.
    /// </summary>
    public int PacedRoom => Math.Clamp(PacedBytes - line.OutputQueued, 0, Room);

    /// <summary>Writes host text; LF becomes CR LF.</summary>
    public override void Write(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            int newline = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> before = newline < 0 ? text : text[..newline];
            WriteRaw(before);
            if (newline < 0)
            {
                return;
            }

            WriteRaw("\r\n"u8);
            text = text[(newline + 1)..];
        }
    }

    /// <summary>Writes bytes as they are.</summary>
    public void WriteRaw(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        line.Write(bytes);
        for (int i = 0; i < bytes.Length; i++)
        {
            // CR at the start of a line is still there; anywhere else it leaves text behind on the line.
            IsAtLineStart = bytes[i] == (byte)'\n' || (bytes[i] == (byte)'\r' && IsAtLineStart);
        }
    }

    /// <summary>Goes to the start of a new line, unless the cursor is at one.</summary>
    public void BeginLine()
    {
        if (!IsAtLineStart)
        {
            WriteRaw("\r\n"u8);
        }
    }

    /// <summary>Wipes the line that the cursor is on.</summary>
    public void EraseLine()
    {
        if (!IsAtLineStart)
        {
            WriteRaw("\r\x1b[K"u8);
            IsAtLineStart = true;
        }
    }
}
