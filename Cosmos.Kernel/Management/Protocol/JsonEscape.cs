using System;
using Multicosm.Machine;

namespace Multicosm.Management.Protocol;

/// <summary>Bytes inside JSON strings: each byte is one character 0..255, so that nothing is lost whatever a guest prints.</summary>
/// <source>RFC 8259 "Strings"</source>
public static class JsonEscape
{
    /// <summary>What one byte may become at most: \u00XX.</summary>
    public const int WorstExpansion = 6;

    /// <summary>Writes <paramref name="bytes"/> as the inside of a string.</summary>
    public static void Write(TextOutput output, ReadOnlySpan<byte> bytes)
    {
        int start = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (!IsPlain(bytes[i]))
            {
                output.Write(bytes[start..i]);
                WriteEscaped(output, bytes[i]);
                start = i + 1;
            }
        }

        output.Write(bytes[start..]);
    }

    private static bool IsPlain(byte value) => value is >= 0x20 and < 0x7F and not (byte)'"' and not (byte)'\\';

    private static void WriteEscaped(TextOutput output, byte value)
    {
        switch (value)
        {
            case (byte)'"':
                output.Write("\\\""u8);
                break;
            case (byte)'\\':
                output.Write("\\\\"u8);
                break;
            case (byte)'\n':
                output.Write("\\n"u8);
                break;
            case (byte)'\r':
                output.Write("\\r"u8);
                break;
            case (byte)'\t':
                output.Write("\\t"u8);
                break;
            default:
                output.Write("\\u00"u8);
                output.WriteHex(value, 2);
                break;
        }
    }
}
