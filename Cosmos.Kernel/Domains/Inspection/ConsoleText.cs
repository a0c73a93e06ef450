using System;
using Multicosm.Machine;

namespace Multicosm.Domains.Inspection;

/// <summary>Prints what a guest wrote so that a terminal shows it and does nothing else.</summary>
public static class ConsoleText
{
    /// <summary>Writes <paramref name="text"/> indented, a line each; bytes that are no ASCII text become dots.</summary>
    public static void Write(TextOutput output, ReadOnlySpan<byte> text)
    {
        bool isAtStart = true;
        for (int i = 0; i < text.Length; i++)
        {
            byte value = text[i];
            if (value == '\r')
            {
                continue;
            }

            if (isAtStart)
            {
                output.Write("    "u8);
            }

            isAtStart = value == '\n';
            output.Write(isAtStart ? "\n"u8 : [value is >= 0x20 and < 0x7F ? value : (byte)'.']);
        }

        if (!isAtStart)
        {
            output.Write("\n"u8);
        }
    }
}
