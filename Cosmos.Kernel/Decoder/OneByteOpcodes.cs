namespace Multicosm.Decoder;

/// <summary>The opcodes of one byte that have a memory operand.</summary>
/// <source>SDM 2D, "Opcode Map"</source>
internal static class OneByteOpcodes
{
    /// <summary>Says what the operands of <paramref name="opcode"/> are, and puts operation and sizes into <paramref name="instruction"/>.</summary>
    internal static OperandLayout Read(byte opcode, ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, ref Instruction instruction)
    {
        int size = (opcode & 1) == 0 ? 1 : prefixes.OperandSizeBytes;
        instruction.MemorySizeBytes = (byte)size;
        instruction.RegisterSizeBytes = (byte)size;
        switch (opcode)
        {
            case 0x88 or 0x89:
                return OperandLayout.MemoryRegister;
            case 0x8A or 0x8B:
                return OperandLayout.RegisterMemory;
            case < 0x40 when (opcode & 7) < 4:
                instruction.Operation = (Operation)((int)Operation.Add + (opcode >> 3));
                return (opcode & 2) == 0 ? OperandLayout.MemoryRegister : OperandLayout.RegisterMemory;
            case 0x63 when mode == CodeMode.Bits64:
                instruction.Operation = Operation.MoveExtended;
                instruction.Extension = Extension.Sign;
                instruction.MemorySizeBytes = (byte)(prefixes.OperandSizeBytes == 2 ? 2 : 4);
                return OperandLayout.RegisterMemory;
            case 0x69 or 0x6B:
                instruction.Operation = Operation.MultiplyLow;
                return opcode == 0x69 ? OperandLayout.RegisterMemoryWord : OperandLayout.RegisterMemoryByte;
            case 0x82 when mode == CodeMode.Bits64:
                return OperandLayout.Invalid;
            case >= 0x80 and <= 0x83:
                instruction.Operation = (Operation)((int)Operation.Add + Extend(ref cursor));
                return opcode == 0x81 ? OperandLayout.MemoryWord : OperandLayout.MemoryByte;
            case 0x84 or 0x85:
                instruction.Operation = Operation.Test;
                return OperandLayout.MemoryRegister;
            case 0x86 or 0x87:
                instruction.Operation = Operation.Exchange;
                return OperandLayout.MemoryRegister;
            case 0x8C or 0x8E:
                return Segment(opcode, ref cursor, ref instruction);
            case 0x8F:
                instruction.Operation = Operation.Pop;
                return Extend(ref cursor) == 0 ? Stack(in prefixes, mode, ref instruction) : OperandLayout.None;
            case 0xA0 or 0xA1:
                return OperandLayout.AccumulatorOffset;
            case 0xA2 or 0xA3:
                return OperandLayout.OffsetAccumulator;
            case 0xC6 or 0xC7:
                return Extend(ref cursor) != 0 ? OperandLayout.Invalid : opcode == 0xC6 ? OperandLayout.MemoryByte : OperandLayout.MemoryWord;
            case (>= 0xA4 and <= 0xA7) or (>= 0xAA and <= 0xAF):
                return String(opcode, ref instruction);
            case 0xC0 or 0xC1 or (>= 0xD0 and <= 0xD3):
                return Shift(opcode, Extend(ref cursor), ref instruction);
            case 0xF6 or 0xF7:
                return Unary(opcode, Extend(ref cursor), ref instruction);
            case 0xFE or 0xFF:
                return Step(opcode, Extend(ref cursor), in prefixes, mode, ref instruction);
            default:
                return OperandLayout.None;
        }
    }

    // Groups name the operation in ModRM, where others have a register.
    private static int Extend(ref InstructionCursor cursor) => cursor.Peek() >> 3 & 7;

    private static OperandLayout Segment(byte opcode, ref InstructionCursor cursor, ref Instruction instruction)
    {
        SegmentRegister segment = (SegmentRegister)Extend(ref cursor);
        bool isLoad = opcode == 0x8E;
        instruction.Operation = Operation.MoveSegment;
        instruction.RegisterKind = RegisterKind.Segment;
        instruction.MemorySizeBytes = 2;
        instruction.RegisterSizeBytes = 2;
        if (segment > SegmentRegister.Gs || (isLoad && segment == SegmentRegister.Cs))
        {
            return OperandLayout.Invalid;
        }

        return isLoad ? OperandLayout.RegisterMemory : OperandLayout.MemoryRegister;
    }

    private static OperandLayout String(byte opcode, ref Instruction instruction)
    {
        instruction.Operation = (opcode & ~1) switch
        {
            0xA4 => Operation.MoveString,
            0xA6 => Operation.CompareString,
            0xAA => Operation.StoreString,
            0xAC => Operation.LoadString,
            _ => Operation.ScanString,
        };
        bool isTest = opcode is 0xA8 or 0xA9;
        return isTest ? OperandLayout.None : OperandLayout.String;
    }

    private static OperandLayout Shift(byte opcode, int extension, ref Instruction instruction)
    {
        instruction.Operation = extension switch
        {
            6 => Operation.ShiftLeft,
            7 => Operation.ShiftRightSigned,
            _ => (Operation)((int)Operation.RotateLeft + extension),
        };
        instruction.IsCountInCl = opcode >= 0xD2;
        instruction.HasImmediate = opcode < 0xD2;
        instruction.Immediate = 1;
        return opcode < 0xD0 ? OperandLayout.MemoryByte : OperandLayout.Memory;
    }

    private static OperandLayout Unary(byte opcode, int extension, ref Instruction instruction)
    {
        instruction.Operation = extension switch
        {
            < 2 => Operation.Test,
            < 4 => (Operation)((int)Operation.Not + extension - 2),
            _ => (Operation)((int)Operation.Multiply + extension - 4),
        };
        return extension >= 2 ? OperandLayout.Memory : opcode == 0xF6 ? OperandLayout.MemoryByte : OperandLayout.MemoryWord;
    }

    private static OperandLayout Step(byte opcode, int extension, in InstructionPrefixes prefixes, CodeMode mode, ref Instruction instruction)
    {
        if (extension < 2)
        {
            instruction.Operation = (Operation)((int)Operation.Increment + extension);
            return OperandLayout.Memory;
        }

        if (opcode == 0xFE || extension is 3 or 5)
        {
            return OperandLayout.None; // far calls and jumps load a descriptor
        }

        if (extension == 7)
        {
            return OperandLayout.Invalid;
        }

        instruction.Operation = extension switch
        {
            2 => Operation.Call,
            4 => Operation.Jump,
            _ => Operation.Push,
        };
        return Stack(in prefixes, mode, ref instruction);
    }

    // In 64-bit mode 8 bytes unless 66 makes 2 of them, which near jumps ignore.
    private static OperandLayout Stack(in InstructionPrefixes prefixes, CodeMode mode, ref Instruction instruction)
    {
        bool isNarrow = prefixes.OperandSize && !prefixes.IsWide && instruction.Operation is Operation.Push or Operation.Pop;
        instruction.MemorySizeBytes = (byte)(mode != CodeMode.Bits64 ? prefixes.OperandSizeBytes : isNarrow ? 2 : 8);
        instruction.RegisterSizeBytes = instruction.MemorySizeBytes;
        return OperandLayout.Memory;
    }
}
