using System;

namespace Multicosm.Domains.Configuration;

/// <summary>Numbers as C writes them: decimal, 0x hexadecimal, 0 octal.</summary>
internal static class ConfigurationNumber
{
    /// <summary>Reads all of <paramref name="text"/>; false if it is not a number or does not fit into 32 bits.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out uint value)
    {
        value = 0;
        int radix = 10;
        if (text.Length > 2 && text[0] == '0' && text[1] is (byte)'x' or (byte)'X')
        {
            radix = 16;
            text = text[2..];
        }
        else if (text.Length > 1 && text[0] == '0')
        {
            radix = 8;
            text = text[1..];
        }

        ulong number = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (!TryDigit(text[i], radix, out int digit))
            {
                return false;
            }

            number = (number * (ulong)radix) + (ulong)digit;
            if (number > uint.MaxValue)
            {
                return false;
            }
        }

        value = (uint)number;
        return !text.IsEmpty;
    }

    /// <summary>The value of a digit in <paramref name="radix"/> (8, 10, 16).</summary>
    public static bool TryDigit(byte text, int radix, out int digit)
    {
        digit = text switch
        {
            >= (byte)'0' and <= (byte)'9' => text - '0',
            >= (byte)'a' and <= (byte)'f' => text - 'a' + 10,
            >= (byte)'A' and <= (byte)'F' => text - 'A' + 10,
            _ => int.MaxValue,
        };
        return digit < radix;
    }
}
