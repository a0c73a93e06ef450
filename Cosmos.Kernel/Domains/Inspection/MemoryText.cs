using System;
using System.Buffers.Binary;
using Multicosm.Decoder;
using Multicosm.Machine;

namespace Multicosm.Domains.Inspection;

/// <summary>Prints memory: code, stack words, and lines of hexadecimal and ASCII.</summary>
public static class MemoryText
{
    /// <summary>Bytes in a line of <see cref="WriteLine"/>.</summary>
    public const int BytesPerLine = 16;

    private const int Instructions = 4;
    private const int WordsPerLine = 4;
    private const int CodeColumns = 32;

    /// <summary>Code as instructions, as far as they are known, else as bytes.</summary>
    public static void WriteCode(TextOutput output, ReadOnlySpan<byte> code, ulong address, CodeMode mode, int most = Instructions)
    {
        for (int i = 0; i < most && !code.IsEmpty; i++)
        {
            bool isKnown = InstructionText.TryMeasure(code, mode, out int length);
            length = isKnown ? length : code.Length;
            output.Write("    0x"u8);
            output.WriteHex(address, 16);
            output.Write(": "u8);
            WriteBytes(output, code[..length]);
            for (int column = length * 3; isKnown && column < CodeColumns; column++)
            {
                output.Write(" "u8);
            }

            if (isKnown)
            {
                InstructionText.Write(output, code, mode, address);
            }

            output.Write("\n"u8);
            code = code[length..];
            address += (ulong)length;
        }
    }

    /// <summary>The stack as words of 8 bytes, or of 4 outside 64-bit code.</summary>
    public static void WriteStack(TextOutput output, ReadOnlySpan<byte> stack, ulong address, CodeMode mode)
    {
        int wordBytes = mode == CodeMode.Bits64 ? 8 : 4;
        for (int i = 0; (i + 1) * wordBytes <= stack.Length; i++)
        {
            if (i % WordsPerLine == 0)
            {
                output.Write("    0x"u8);
                output.WriteHex(address + (ulong)(i * wordBytes), 16);
                output.Write(":"u8);
            }

            ReadOnlySpan<byte> word = stack.Slice(i * wordBytes, wordBytes);
            output.Write(" "u8);
            output.WriteHex(wordBytes == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(word) : BinaryPrimitives.ReadUInt32LittleEndian(word), wordBytes * 2);
            if (i % WordsPerLine == WordsPerLine - 1 || (i + 2) * wordBytes > stack.Length)
            {
                output.Write("\n"u8);
            }
        }
    }

    /// <summary>A line of at most <see cref="BytesPerLine"/> bytes: address, hexadecimal, ASCII.</summary>
    public static void WriteLine(TextOutput output, ReadOnlySpan<byte> bytes, ulong address)
    {
        output.WriteHex(address, 16);
        output.Write(": "u8);
        WriteBytes(output, bytes);
        for (int i = bytes.Length; i < BytesPerLine; i++)
        {
            output.Write("   "u8);
        }

        output.Write(" "u8);
        Span<byte> text = stackalloc byte[BytesPerLine];
        for (int i = 0; i < bytes.Length; i++)
        {
            text[i] = bytes[i] is >= 0x20 and < 0x7F ? bytes[i] : (byte)'.';
        }

        output.WriteLine(text[..bytes.Length]);
    }

    private static void WriteBytes(TextOutput output, ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            output.WriteHex(bytes[i], 2);
            output.Write(" "u8);
        }
    }
}
