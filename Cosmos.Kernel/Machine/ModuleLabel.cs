using System;

namespace Multicosm.Machine;

/// <summary>
/// The string that the boot loader passes with a module: <c>domain NAME</c> or <c>file NAME</c>, where every byte of the name outside
/// [A-Za-z0-9._/+-] is written as % and two hexadecimal digits. The composer writes it, the kernel reads it.
/// </summary>
public static class ModuleLabel
{
    /// <summary>Writes the label of a module; false, with length 0, if it does not fit.</summary>
    public static bool TryWrite(ReadOnlySpan<byte> name, bool isDomainFile, Span<byte> output, out int length)
    {
        length = 0;
        ReadOnlySpan<byte> kind = isDomainFile ? "domain "u8 : "file "u8;
        if (!kind.TryCopyTo(output))
        {
            return false;
        }

        int written = kind.Length;
        for (int i = 0; i < name.Length; i++)
        {
            byte value = name[i];
            int needed = IsPlain(value) ? 1 : 3;
            if (needed > output.Length - written)
            {
                return false;
            }

            if (needed == 1)
            {
                output[written++] = value;
            }
            else
            {
                output[written++] = (byte)'%';
                output[written++] = "0123456789ABCDEF"u8[value >> 4];
                output[written++] = "0123456789ABCDEF"u8[value & 15];
            }
        }

        length = written;
        return true;
    }

    /// <summary>
    /// Reads a label: what kind of module it is, and its name into <paramref name="name"/>. False if the kind is another,
    /// the name is empty, has a broken % or does not fit.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> label, Span<byte> name, out int length, out bool isDomainFile)
    {
        length = 0;
        isDomainFile = label.StartsWith("domain "u8);
        if (!isDomainFile && !label.StartsWith("file "u8))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = label[(isDomainFile ? 7 : 5)..];
        int written = 0;
        while (!rest.IsEmpty)
        {
            byte value = rest[0];
            int consumed = 1;
            if (value == '%')
            {
                if (rest.Length < 3 || !TryDigit(rest[1], out int high) || !TryDigit(rest[2], out int low))
                {
                    return false;
                }

                value = (byte)((high << 4) | low);
                consumed = 3;
            }

            if (written == name.Length)
            {
                return false;
            }

            name[written++] = value;
            rest = rest[consumed..];
        }

        length = written;
        return written > 0;
    }

    private static bool TryDigit(byte character, out int digit)
    {
        digit = character switch
        {
            >= (byte)'0' and <= (byte)'9' => character - '0',
            >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
            >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
            _ => -1,
        };
        return digit >= 0;
    }

    private static bool IsPlain(byte value)
        => value is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'0' and <= (byte)'9')
            or (byte)'.' or (byte)'_' or (byte)'/' or (byte)'+' or (byte)'-';
}
