using System;
using Multicosm.Machine;

namespace Multicosm.Platform.Serial;

/// <summary>Where the log's lines go until there is a prompt: to the UART by polling, then through the line's driver.</summary>
internal sealed class LogConsole : TextOutput
{
    /// <summary>The line's driver, once there is one.</summary>
    public HostLine? Line { get; set; }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            int newline = text.IndexOf((byte)'\n');
            Send(newline < 0 ? text : text[..newline]);
            if (newline < 0)
            {
                return;
            }

            Send("\r\n"u8);
            text = text[(newline + 1)..];
        }
    }

    private void Send(ReadOnlySpan<byte> text)
    {
        if (Line is null)
        {
            EarlySerial.Write(text);
        }
        else
        {
            Line.Write(text);
        }
    }
}
