using System;
using Multicosm.Machine;

namespace Multicosm.Decoder;

/// <summary>Names of general registers.</summary>
/// <source>SDM 2A, "REX Prefixes"</source>
internal static class RegisterName
{
    /// <summary>Writes the name of register <paramref name="number"/> (0 = rAX .. 15 = R15) at a size in bytes; low bytes, not the high ones.</summary>
    public static void Write(TextOutput output, int number, int sizeBytes)
    {
        if (number >= 8)
        {
            output.Write("r"u8);
            output.WriteNumber((ulong)number);
            output.Write(sizeBytes switch
            {
                1 => "b"u8,
                2 => "w"u8,
                4 => "d"u8,
                _ => ""u8,
            });
            return;
        }

        if (sizeBytes == 1)
        {
            output.Write("al cl dl bl splbplsildil"u8.Slice(number * 3, 3).TrimEnd((byte)' '));
            return;
        }

        output.Write(sizeBytes switch
        {
            4 => "e"u8,
            8 => "r"u8,
            _ => ""u8,
        });
        output.Write("axcxdxbxspbpsidi"u8.Slice(number * 2, 2));
    }
}
