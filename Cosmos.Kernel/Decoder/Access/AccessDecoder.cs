using System;

namespace Multicosm.Decoder.Access;

/// <summary>
/// Says which memory an instruction uses that <see cref="InstructionDecoder"/> does not decode: x87, SSE and AVX that compute, descriptor tables, far
/// pointers, state areas, and the stack. It is enough for whoever lets the processor execute the instruction itself.
/// </summary>
/// <source>SDM 2A, "Instruction Format" and the instructions' pages; SDM 2D, "Opcode Map"</source>
public static class AccessDecoder
{
    private const byte Rbx = 3;
    private const byte Rbp = 5;
    private const byte RegisterForm = 0xC0;

    /// <summary>Decodes the instruction that begins at <paramref name="bytes"/>; <paramref name="access"/> is defined with Success only.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> bytes, CodeMode mode, out MemoryAccess access)
    {
        access = default;
        InstructionCursor cursor = new(bytes);
        InstructionPrefixes prefixes = InstructionPrefixes.Read(ref cursor, mode, out byte opcode);
        bool isKnown = opcode switch
        {
            0x0F => TryTwoByte(ref cursor, in prefixes, mode, ref access),
            0xC4 or 0xC5 when VexPrefix.Begins(opcode, ref cursor, mode) => TryVex(opcode, ref cursor, ref prefixes, mode, ref access),
            0xC9 => TryImplied(Rbp, SegmentRegister.Ss, StackAccess.OperandBytes(in prefixes, mode), in prefixes, mode, ref access),
            0xD7 => TryImplied(Rbx, prefixes.SegmentOr(SegmentRegister.Ds), 1, in prefixes, mode, ref access),
            _ when StackAccess.TryDecode(opcode, ref cursor, in prefixes, mode, out access.StackBytes) => true,
            _ => TryOneByte(opcode, ref cursor, in prefixes, mode, ref access),
        };
        access.Length = (byte)cursor.Position;
        return cursor.Status != DecodeStatus.Success ? cursor.Status : isKnown ? DecodeStatus.Success : DecodeStatus.Unsupported;
    }

    // Which letter stands for which size: MemoryAccess. A digit of ModRM tells the members of a group apart.
    private static bool TryOneByte(byte opcode, ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, ref MemoryAccess access)
    {
        byte modRm = cursor.Next();
        int digit = modRm >> 3 & 7;
        bool is64 = mode == CodeMode.Bits64;
        byte letter = opcode switch
        {
            0x62 when !is64 => (byte)'r',
            0x63 when !is64 => (byte)'w',
            0xC4 or 0xC5 when !is64 => (byte)'p',
            >= 0xD8 and <= 0xDF => X87Access.Row(opcode)[digit],
            0xFF => "...p.p.."u8[digit],
            _ => (byte)'.',
        };
        bool isKnown = modRm < RegisterForm && access.TrySet(letter, 16, in prefixes);
        access.IsWritten |= opcode == 0x63; // ARPL reads it as well
        access.StackBytes = opcode == 0xFF && digit == 3 ? -2 * prefixes.OperandSizeBytes : 0;
        access.Memory = MemoryOperandDecoder.Decode(ref cursor, in prefixes, mode, modRm);
        return isKnown;
    }

    private static bool TryTwoByte(ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, ref MemoryAccess access)
    {
        byte opcode = cursor.Next();
        if (opcode is 0xA0 or 0xA1 or 0xA8 or 0xA9)
        {
            int size = StackAccess.OperandBytes(in prefixes, mode);
            access.StackBytes = (opcode & 1) == 0 ? -size : size;
            return true;
        }

        int map = opcode == 0x38 ? 2 : opcode == 0x3A ? 3 : 1;
        opcode = map == 1 ? opcode : cursor.Next();
        byte modRm = cursor.Next();
        int digit = modRm >> 3 & 7;
        int prefix = VectorOpcodes.PrefixOf(in prefixes);
        byte letter = (map, opcode) switch
        {
            (1, 0x00) => "WWwwww.."u8[digit],
            (1, 0x01) => "PPppW.w."u8[digit],
            (1, 0x02 or 0x03) => (byte)'w',
            (1, 0xAE) when prefix == 0 => "UudDZzZ."u8[digit],
            (1, 0xB2 or 0xB4 or 0xB5) => (byte)'p',
            (1, 0xC7) when prefix == 0 => "...zZZ.."u8[digit],
            (2, 0xF1) when prefixes.Repeat == RepeatPrefix.RepNe => (byte)'v',
            _ => VectorAccess.Letter(map, prefix, opcode),
        };
        bool isKnown = TryOperand(letter, 16, modRm, map, opcode, ref cursor, in prefixes, mode, ref access);
        if ((map, opcode) == (1, 0x01) && digit < 4)
        {
            access.SizeBytes = mode == CodeMode.Bits64 ? 10 : 6; // the base has no smaller form in memory
        }

        return isKnown;
    }

    private static bool TryVex(byte first, ref InstructionCursor cursor, ref InstructionPrefixes prefixes, CodeMode mode, ref MemoryAccess access)
    {
        VexPrefix vex = VexPrefix.Read(first, ref cursor, mode, ref prefixes);
        byte opcode = cursor.Next();
        byte modRm = cursor.Next();
        int digit = modRm >> 3 & 7;
        byte letter = (vex.Map, opcode) switch
        {
            (1, 0xAE) => "..dD...."u8[digit],
            (2, 0xF3) => ".yyy...."u8[digit],
            _ => VectorAccess.Letter(vex.Map, vex.Prefix, opcode),
        };
        letter = letter != 'k' ? letter : vex.IsWide ? (byte)'q' : (byte)'d'; // W counts outside 64-bit mode, too
        return TryOperand(letter, vex.IsLong ? 32 : 16, modRm, vex.Map, opcode, ref cursor, in prefixes, mode, ref access);
    }

    private static bool TryOperand(byte letter, int vectorBytes, byte modRm, int map, byte opcode, ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, ref MemoryAccess access)
    {
        if (modRm >= RegisterForm || !access.TrySet(letter, vectorBytes, in prefixes))
        {
            return false;
        }

        access.Memory = MemoryOperandDecoder.Decode(ref cursor, in prefixes, mode, modRm);
        if (map == 3 || (map == 1 && opcode is 0x70 or 0xC2 or 0xC4 or 0xC6))
        {
            _ = cursor.Next(); // the immediate, which addresses relative to RIP count
        }

        return true;
    }

    // XLAT adds AL to rBX; LEAVE pops what rBP points to.
    private static bool TryImplied(byte register, SegmentRegister segment, int sizeBytes, in InstructionPrefixes prefixes, CodeMode mode, ref MemoryAccess access)
    {
        access.IsRead = true;
        access.SizeBytes = sizeBytes;
        access.AddsAccumulator = register == Rbx;
        access.Memory = new MemoryOperand
        {
            Segment = segment,
            Base = register,
            Index = MemoryOperand.NoRegister,
            Scale = 1,
            AddressSizeBytes = (byte)prefixes.AddressSizeBytes,
        };
        return true;
    }
}
