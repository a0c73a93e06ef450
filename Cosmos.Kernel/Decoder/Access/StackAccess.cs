namespace Multicosm.Decoder.Access;

/// <summary>The instructions that use the stack and have no other memory operand. IRET and ENTER with a level, whose size is not in their bytes alone, are not among them.</summary>
/// <source>SDM 2D, "Opcode Map"</source>
internal static class StackAccess
{
    /// <summary>Size of an operand on the stack: in 64-bit mode 8 bytes unless 66 makes 2 of them.</summary>
    internal static int OperandBytes(in InstructionPrefixes prefixes, CodeMode mode) =>
        mode != CodeMode.Bits64 ? prefixes.OperandSizeBytes : prefixes.OperandSize && !prefixes.IsWide ? 2 : 8;

    /// <summary>Bytes that are popped or, negative, pushed; false for another opcode.</summary>
    internal static bool TryDecode(byte opcode, ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, out int bytes)
    {
        int size = OperandBytes(in prefixes, mode);
        bool is64 = mode == CodeMode.Bits64;
        bytes = opcode switch
        {
            0x06 or 0x0E or 0x16 or 0x1E when !is64 => -size,
            0x07 or 0x17 or 0x1F when !is64 => size,
            >= 0x50 and <= 0x57 => -size,
            >= 0x58 and <= 0x5F => size,
            0x60 when !is64 => -8 * size,
            0x61 when !is64 => 8 * size,
            0x68 or 0x6A or 0x9C => -size,
            0x9D => size,
            0xE8 => is64 ? -8 : -size, // near calls and returns ignore 66 in 64-bit mode
            0xC2 or 0xC3 => is64 ? 8 : size,
            0xC8 => -size,
            0xCA or 0xCB => 2 * prefixes.OperandSizeBytes,
            _ => 0,
        };
        int immediateBytes = opcode switch
        {
            0x68 => size == 2 ? 2 : 4,
            0xE8 => is64 ? 4 : size,
            0x6A => 1,
            0xC2 or 0xCA => 2,
            0xC8 => 3,
            _ => 0,
        };
        ulong immediate = 0;
        for (int i = 0; bytes != 0 && i < immediateBytes; i++)
        {
            immediate = cursor.Next();
        }

        // The last byte of ENTER is its level: with one it copies pointers from frame to frame.
        return bytes != 0 && (opcode != 0xC8 || immediate == 0);
    }
}
