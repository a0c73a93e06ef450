using System;
using System.Buffers.Text;

namespace Multicosm.Machine;

/// <summary>Where the host writes text for people: serial line, log, crash report. Text is UTF-8 bytes; a line ends with LF.</summary>
public abstract class TextOutput
{
    /// <summary>Writes all of <paramref name="text"/>.</summary>
    public abstract void Write(ReadOnlySpan<byte> text);

    /// <summary>Writes <paramref name="text"/> and ends the line.</summary>
    public void WriteLine(ReadOnlySpan<byte> text)
    {
        Write(text);
        Write("\n"u8);
    }

    /// <summary>Writes a decimal number.</summary>
    public void WriteNumber(ulong value)
    {
        Span<byte> digits = stackalloc byte[20];
        _ = Utf8Formatter.TryFormat(value, digits, out int length); // 20 digits hold any ulong
        Write(digits[..length]);
    }

    /// <summary>Writes a decimal number, right-aligned in <paramref name="width"/> columns (at most 20).</summary>
    public void WriteNumber(ulong value, int width)
    {
        Span<byte> digits = stackalloc byte[20];
        _ = Utf8Formatter.TryFormat(value, digits, out int length); // 20 digits hold any ulong
        for (int i = length; i < width; i++)
        {
            Write(" "u8);
        }

        Write(digits[..length]);
    }

    /// <summary>Writes <paramref name="digits"/> (1..16) hexadecimal digits, without a prefix.</summary>
    public void WriteHex(ulong value, int digits)
    {
        Span<byte> text = stackalloc byte[16];
        for (int i = digits - 1; i >= 0; i--)
        {
            text[i] = "0123456789abcdef"u8[(int)(value & 15)];
            value >>= 4;
        }

        Write(text[..digits]);
    }

    /// <summary>Writes <paramref name="text"/> and pads with blanks to <paramref name="width"/> columns.</summary>
    public void WritePadded(ReadOnlySpan<byte> text, int width)
    {
        Write(text);
        for (int i = text.Length; i < width; i++)
        {
            Write(" "u8);
        }
    }
}
