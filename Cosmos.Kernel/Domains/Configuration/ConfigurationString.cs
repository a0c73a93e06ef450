using System;

namespace Multicosm.Domains.Configuration;

/// <summary>Resolves the escapes of a quoted string: \a \b \f \n \r \t \v \\ \' \" \ooo \xHH, as xl does.</summary>
internal static class ConfigurationString
{
    /// <summary>Writes what is between the quotes of <paramref name="quoted"/> to <paramref name="into"/>.</summary>
    public static ConfigurationStatus Resolve(ReadOnlySpan<byte> quoted, ConfigurationText into)
    {
        into.Reset();
        ReadOnlySpan<byte> rest = quoted[1..^1];
        while (!rest.IsEmpty)
        {
            byte value = rest[0];
            int length = 1;
            if (value == '\\' && !TryEscape(rest[1..], out value, out length))
            {
                return ConfigurationStatus.UnknownEscape;
            }

            // A command line, a path or a name with such a character in it would not mean what it seems to.
            if (ConfigurationScanner.IsControl(value))
            {
                return ConfigurationStatus.ControlCharacter;
            }

            if (!into.TryAppend(value))
            {
                return ConfigurationStatus.ValueTooLong;
            }

            rest = rest[length..];
        }

        return ConfigurationStatus.Success;
    }

    // length includes the backslash.
    private static bool TryEscape(ReadOnlySpan<byte> text, out byte value, out int length)
    {
        length = 2;
        value = text.IsEmpty ? (byte)0 : text[0];
        switch (value)
        {
            case (byte)'\\' or (byte)'\'' or (byte)'"':
                return true;
            case (byte)'a':
                value = 7;
                return true;
            case (byte)'b':
                value = 8;
                return true;
            case (byte)'f':
                value = 12;
                return true;
            case (byte)'n':
                value = 10;
                return true;
            case (byte)'r':
                value = 13;
                return true;
            case (byte)'t':
                value = 9;
                return true;
            case (byte)'v':
                value = 11;
                return true;
            case (byte)'x':
                return TryDigits(text[1..], 16, 2, 2, out value, out length);
            default:
                return TryDigits(text, 8, 3, 1, out value, out length);
        }
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, int radix, int maximum, int prefix, out byte value, out int length)
    {
        int number = 0;
        int count = 0;
        while (count < maximum && count < text.Length && ConfigurationNumber.TryDigit(text[count], radix, out int digit))
        {
            number = (number * radix) + digit;
            count++;
        }

        value = (byte)number;
        length = prefix + count;
        return count > 0 && number <= 0xFF;
    }
}
