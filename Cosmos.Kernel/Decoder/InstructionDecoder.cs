using System;

namespace Multicosm.Decoder;

/// <summary>
/// Decodes the instructions with which programs reach emulated memory: MOV to and from memory, MOVZX, MOVSX, MOVSXD, MOVNTI, MOVBE, MOVS, STOS
/// and LODS, with all prefixes and addressing forms of 16-, 32- and 64-bit code.
/// </summary>
/// <source>SDM 2A, "Instruction Format" and the instructions' pages; SDM 2D, "Opcode Map"</source>
public static class InstructionDecoder
{
    private const byte RegisterA = 0;
    private const byte RegisterSi = 6;
    private const byte RegisterDi = 7;

    /// <summary>
    /// Decodes the instruction that begins at <paramref name="bytes"/>, which may be more or fewer than it needs. The instruction is defined
    /// with Success only. A form of these instructions without memory is Unsupported.
    /// </summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> bytes, CodeMode mode, out Instruction instruction)
    {
        instruction = default;
        instruction.Register = Instruction.NoRegister;
        InstructionCursor cursor = new(bytes);
        InstructionPrefixes prefixes = InstructionPrefixes.Read(ref cursor, mode, out byte opcode);
        if (cursor.Status != DecodeStatus.Success)
        {
            return cursor.Status;
        }

        DecodeStatus status = opcode == 0x0F
            ? DecodeTwoByte(ref cursor, in prefixes, mode, ref instruction)
            : DecodeOneByte(ref cursor, in prefixes, mode, opcode, ref instruction);

        // What is missing or too long comes first: the processor looks at nothing before it has the whole instruction.
        if (cursor.Status != DecodeStatus.Success)
        {
            return cursor.Status;
        }

        instruction.Length = (byte)cursor.Position;
        return status == DecodeStatus.Success && prefixes.Lock ? DecodeStatus.Invalid : status;
    }

    private static DecodeStatus DecodeOneByte(ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, byte opcode, ref Instruction instruction)
    {
        int size = (opcode & 1) == 0 ? 1 : prefixes.OperandSizeBytes;
        switch (opcode)
        {
            case 0x88 or 0x89:
                return DecodeRegister(ref cursor, in prefixes, mode, Direction.Store, size, size, ref instruction);
            case 0x8A or 0x8B:
                return DecodeRegister(ref cursor, in prefixes, mode, Direction.Load, size, size, ref instruction);
            case 0xC6 or 0xC7:
                return DecodeImmediate(ref cursor, in prefixes, mode, size, ref instruction);
            case 0xA0 or 0xA1:
                return DecodeOffset(ref cursor, in prefixes, Direction.Load, size, ref instruction);
            case 0xA2 or 0xA3:
                return DecodeOffset(ref cursor, in prefixes, Direction.Store, size, ref instruction);
            case 0xA4 or 0xA5:
                return DecodeString(in prefixes, Operation.MoveString, Direction.Copy, size, ref instruction);
            case 0xAA or 0xAB:
                return DecodeString(in prefixes, Operation.StoreString, Direction.Store, size, ref instruction);
            case 0xAC or 0xAD:
                return DecodeString(in prefixes, Operation.LoadString, Direction.Load, size, ref instruction);
            case 0x63 when mode == CodeMode.Bits64:
                instruction.Operation = Operation.MoveExtended;
                instruction.Extension = Extension.Sign;
                int sourceSize = prefixes.OperandSizeBytes == 2 ? 2 : 4;
                return DecodeRegister(ref cursor, in prefixes, mode, Direction.Load, sourceSize, prefixes.OperandSizeBytes, ref instruction);
            default:
                return DecodeStatus.Unsupported;
        }
    }

    private static DecodeStatus DecodeTwoByte(ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, ref Instruction instruction)
    {
        byte opcode = cursor.Next();
        switch (opcode)
        {
            case 0xB6 or 0xB7 or 0xBE or 0xBF:
                instruction.Operation = Operation.MoveExtended;
                instruction.Extension = opcode < 0xB8 ? Extension.Zero : Extension.Sign;
                return DecodeRegister(ref cursor, in prefixes, mode, Direction.Load, (opcode & 1) + 1, prefixes.OperandSizeBytes, ref instruction);
            case 0xC3:
                // MOVNTI has no 16-bit form: in 16-bit code, too, it stores 4 bytes.
                bool isPlain = !prefixes.OperandSize && prefixes.Repeat == RepeatPrefix.None;
                int size = Math.Max(prefixes.OperandSizeBytes, 4);
                return isPlain ? DecodeRegister(ref cursor, in prefixes, mode, Direction.Store, size, size, ref instruction) : DecodeStatus.Unsupported;
            case 0x38:
                return DecodeMovbe(ref cursor, in prefixes, mode, ref instruction);
            default:
                return DecodeStatus.Unsupported;
        }
    }

    // With F2 these opcodes are CRC32.
    private static DecodeStatus DecodeMovbe(ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, ref Instruction instruction)
    {
        byte opcode = cursor.Next();
        if (opcode is not (0xF0 or 0xF1) || prefixes.Repeat != RepeatPrefix.None)
        {
            return DecodeStatus.Unsupported;
        }

        instruction.Operation = Operation.MoveSwapped;
        Direction direction = opcode == 0xF0 ? Direction.Load : Direction.Store;
        return DecodeRegister(ref cursor, in prefixes, mode, direction, prefixes.OperandSizeBytes, prefixes.OperandSizeBytes, ref instruction);
    }

    private static DecodeStatus DecodeRegister(
        ref InstructionCursor cursor,
        in InstructionPrefixes prefixes,
        CodeMode mode,
        Direction direction,
        int memorySize,
        int registerSize,
        ref Instruction instruction)
    {
        byte modRm = cursor.Next();
        if (modRm >= 0xC0)
        {
            return DecodeStatus.Unsupported;
        }

        instruction.SetRegister(((modRm >> 3) & 7) | prefixes.RegisterExtension, registerSize, prefixes.HasRex);
        instruction.Direction = direction;
        instruction.MemorySizeBytes = (byte)memorySize;
        instruction.Memory = MemoryOperandDecoder.Decode(ref cursor, in prefixes, mode, modRm);
        return DecodeStatus.Success;
    }

    private static DecodeStatus DecodeImmediate(ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, int size, ref Instruction instruction)
    {
        byte modRm = cursor.Next();
        if (modRm >= 0xC0)
        {
            return DecodeStatus.Unsupported;
        }

        if ((modRm & 0x38) != 0)
        {
            return DecodeStatus.Invalid;
        }

        instruction.Direction = Direction.Store;
        instruction.MemorySizeBytes = (byte)size;
        instruction.RegisterSizeBytes = (byte)size;
        instruction.Memory = MemoryOperandDecoder.Decode(ref cursor, in prefixes, mode, modRm);
        instruction.HasImmediate = true;
        instruction.Immediate = cursor.NextSigned(Math.Min(size, 4));
        return DecodeStatus.Success;
    }

    private static DecodeStatus DecodeOffset(ref InstructionCursor cursor, in InstructionPrefixes prefixes, Direction direction, int size, ref Instruction instruction)
    {
        instruction.Direction = direction;
        instruction.Register = RegisterA;
        instruction.MemorySizeBytes = (byte)size;
        instruction.RegisterSizeBytes = (byte)size;
        instruction.Memory = Simple(in prefixes, prefixes.SegmentOr(SegmentRegister.Ds), MemoryOperand.NoRegister);
        instruction.Memory.Displacement = (long)cursor.NextUnsigned(prefixes.AddressSizeBytes);
        return DecodeStatus.Success;
    }

    private static DecodeStatus DecodeString(in InstructionPrefixes prefixes, Operation operation, Direction direction, int size, ref Instruction instruction)
    {
        instruction.Operation = operation;
        instruction.Direction = direction;
        instruction.Register = operation == Operation.MoveString ? Instruction.NoRegister : RegisterA;
        instruction.MemorySizeBytes = (byte)size;
        instruction.RegisterSizeBytes = (byte)size;
        instruction.Repeat = prefixes.Repeat;
        instruction.Memory = operation == Operation.StoreString
            ? Simple(in prefixes, SegmentRegister.Es, RegisterDi)
            : Simple(in prefixes, prefixes.SegmentOr(SegmentRegister.Ds), RegisterSi);
        return DecodeStatus.Success;
    }

    private static MemoryOperand Simple(in InstructionPrefixes prefixes, SegmentRegister segment, byte register) => new()
    {
        Segment = segment,
        Base = register,
        Index = MemoryOperand.NoRegister,
        Scale = 1,
        AddressSizeBytes = (byte)prefixes.AddressSizeBytes,
    };
}
