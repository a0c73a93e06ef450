using System;
using Multicosm.Domains;

namespace Multicosm.Management.Logs;

/// <summary>Takes out of a guest's output what would not stay on its line: control characters and the terminal's control sequences.</summary>
/// <source>ECMA-48 "Control sequences"</source>
/// <source>RFC 3629 "Syntax of UTF-8 Byte Sequences"</source>
public static class PlainText
{
    private const byte Escape = 0x1B;

    /// <summary>Writes the text of <paramref name="output"/>, a part of a line, to <paramref name="into"/>.</summary>
    public static void Append(TextBuffer into, ReadOnlySpan<byte> output)
    {
        for (int i = 0; i < output.Length; i++)
        {
            byte value = output[i];
            int length = CharacterLength(output[i..]);
            if (value == Escape)
            {
                i += SequenceLength(output[(i + 1)..]);
            }
            else if (length > 1)
            {
                into.Write(IsControl(output.Slice(i, length)) ? default : output.Slice(i, length));
                i += length - 1;
            }
            else if (value is >= 0x20 and not (>= 0x7F and <= 0x9F))
            {
                into.Write(output.Slice(i, 1));
            }
            else if (value == (byte)'\t')
            {
                into.Write(" "u8);
            }
        }
    }

    // U+0080 to U+009F: a terminal takes them for the same as an escape and a letter.
    private static bool IsControl(ReadOnlySpan<byte> character) => character[0] == 0xC2 && character[1] < 0xA0;

    // Bytes of the character of UTF-8 that the text begins with; 1 if it does not begin with a whole one.
    private static int CharacterLength(ReadOnlySpan<byte> text)
    {
        int length = text[0] switch
        {
            >= 0xC2 and <= 0xDF => 2,
            >= 0xE0 and <= 0xEF => 3,
            >= 0xF0 and <= 0xF4 => 4,
            _ => 1,
        };
        bool isWhole = length > 1 && length <= text.Length && IsSecond(text[0], text[1]);
        for (int i = 2; i < length && isWhole; i++)
        {
            isWhole = text[i] is >= 0x80 and <= 0xBF;
        }

        return isWhole ? length : 1;
    }

    // Leaves out what could be said shorter, surrogates, and what is too large for a character.
    private static bool IsSecond(byte first, byte second) => first switch
    {
        0xE0 => second is >= 0xA0 and <= 0xBF,
        0xED => second is >= 0x80 and <= 0x9F,
        0xF0 => second is >= 0x90 and <= 0xBF,
        0xF4 => second is >= 0x80 and <= 0x8F,
        _ => second is >= 0x80 and <= 0xBF,
    };

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
