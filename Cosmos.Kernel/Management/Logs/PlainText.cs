using System;
using Multicosm.Domains;

namespace Multicosm.Management.Logs;

/// <summary>Takes out of a guest's output what would not stay on its line: control characters and the terminal's control sequences.</summary>
/// <source>ECMA-48 "Control sequences"</source>
public static class PlainText
{
    private const byte Escape = 0x1B;

    /// <summary>Writes the text of <paramref name="output"/>, a part of a line, to <paramref name="into"/>.</summary>
    public static void Append(TextBuffer into, ReadOnlySpan<byte> output)
    {
        for (int i = 0; i < output.Length; i++)
        {
            byte value = output[i];
            if (value == Escape)
            {
                i += SequenceLength(output[(i + 1)..]);
            }
            else if (value is >= 0x20 and not 0x7F)
            {
                into.Write(output.Slice(i, 1));
            }
            else if (value == (byte)'\t')
            {
                into.Write(" "u8);
            }
        }
    }

    // What belongs to the escape before it: "[", parameters and a letter, or one byte.
    private static int SequenceLength(ReadOnlySpan<byte> behind)
    {
        if (!behind.StartsWith("["u8))
        {
            return Math.Min(1, behind.Length);
        }

        int length = 1;
        while (length < behind.Length && behind[length] is < 0x40 or > 0x7E)
        {
            length++;
        }

        return Math.Min(length + 1, behind.Length);
    }
}
