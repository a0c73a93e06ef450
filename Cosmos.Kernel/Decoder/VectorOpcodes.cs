namespace Multicosm.Decoder;

/// <summary>The moves between memory and MMX, XMM and YMM registers.</summary>
/// <source>SDM 2D, "Opcode Map"</source>
internal static class VectorOpcodes
{
    private const int Plain = 0;
    private const int Prefix66 = 1;
    private const int PrefixF3 = 2;
    private const int PrefixF2 = 3;

    /// <summary>The prefix that is part of a legacy opcode, as VEX numbers them.</summary>
    internal static int PrefixOf(in InstructionPrefixes prefixes) => prefixes.Repeat switch
    {
        RepeatPrefix.Rep => PrefixF3,
        RepeatPrefix.RepNe => PrefixF2,
        _ => prefixes.OperandSize ? Prefix66 : Plain,
    };

    /// <summary>
    /// Says what the operands of 0F <paramref name="opcode"/> with <paramref name="prefix"/> are. With VEX, <paramref name="isLong"/> makes 32 bytes of 16.
    /// </summary>
    internal static OperandLayout Read(byte opcode, int prefix, bool isVex, bool isLong, bool isWide, ref Instruction instruction)
    {
        bool isPacked = prefix is Plain or Prefix66;
        byte whole = (byte)(isLong ? 32 : 16);
        instruction.Operation = Operation.MoveVector;
        instruction.RegisterKind = RegisterKind.Vector;
        instruction.RegisterSizeBytes = whole;
        instruction.IsVex = isVex;
        switch (opcode)
        {
            case 0x10 or 0x11:
                instruction.RegisterSizeBytes = isPacked ? whole : (byte)16;
                instruction.MemorySizeBytes = prefix == PrefixF3 ? (byte)4 : prefix == PrefixF2 ? (byte)8 : whole;
                return Of(opcode == 0x10);
            case 0x12 or 0x13 or 0x16 or 0x17 when isPacked:
                return Half(opcode, ref instruction);
            case 0x28 or 0x29 or 0x2B when isPacked:
                return Whole(whole, isAligned: true, opcode == 0x28, ref instruction);
            case 0x6E or 0x7E when isPacked:
                return Some(isWide ? 8 : 4, prefix == Plain, opcode == 0x6E, ref instruction);
            case 0x7E when prefix == PrefixF3:
                return Some(8, isMedia: false, isLoad: true, ref instruction);
            case 0x6F or 0x7F when prefix == Plain:
                return Some(8, isMedia: true, opcode == 0x6F, ref instruction);
            case 0x6F or 0x7F when prefix != PrefixF2:
                return Whole(whole, prefix == Prefix66, opcode == 0x6F, ref instruction);
            case 0xD6 when prefix == Prefix66:
                return Some(8, isMedia: false, isLoad: false, ref instruction);
            case 0xE7 when prefix == Plain:
                return Some(8, isMedia: true, isLoad: false, ref instruction);
            case 0xE7 when prefix == Prefix66:
                return Whole(whole, isAligned: true, isLoad: false, ref instruction);
            case 0xF0 when prefix == PrefixF2:
                return Whole(whole, isAligned: false, isLoad: true, ref instruction);
            default:
                return OperandLayout.None;
        }
    }

    /// <summary>The same of MOVNTDQA, 66 0F 38 2A.</summary>
    internal static OperandLayout ReadStreamingLoad(int prefix, bool isVex, bool isLong, ref Instruction instruction)
    {
        instruction.Operation = Operation.MoveVector;
        instruction.RegisterKind = RegisterKind.Vector;
        instruction.IsVex = isVex;
        byte whole = (byte)(isLong ? 32 : 16);
        instruction.RegisterSizeBytes = whole;
        return prefix == Prefix66 ? Whole(whole, isAligned: true, isLoad: true, ref instruction) : OperandLayout.None;
    }

    private static OperandLayout Whole(byte size, bool isAligned, bool isLoad, ref Instruction instruction)
    {
        instruction.MemorySizeBytes = size;
        instruction.IsAligned = isAligned;
        return Of(isLoad);
    }

    // Less than a register; VEX has neither MMX registers nor a long form.
    private static OperandLayout Some(int size, bool isMedia, bool isLoad, ref Instruction instruction)
    {
        if (instruction.IsVex && (isMedia || instruction.RegisterSizeBytes == 32))
        {
            return OperandLayout.Invalid;
        }

        instruction.MemorySizeBytes = (byte)size;
        instruction.RegisterKind = isMedia ? RegisterKind.Media : RegisterKind.Vector;
        instruction.RegisterSizeBytes = (byte)(isMedia ? 8 : 16);
        return Of(isLoad);
    }

    // With VEX the loads take the other half from a third register: those are not decoded.
    private static OperandLayout Half(byte opcode, ref Instruction instruction)
    {
        bool isLoad = (opcode & 1) == 0;
        if (instruction.IsVex && (isLoad || instruction.RegisterSizeBytes == 32))
        {
            return isLoad ? OperandLayout.None : OperandLayout.Invalid;
        }

        instruction.Operation = opcode < 0x16 ? Operation.MoveLowHalf : Operation.MoveHighHalf;
        instruction.MemorySizeBytes = 8;
        return Of(isLoad);
    }

    private static OperandLayout Of(bool isLoad) => isLoad ? OperandLayout.RegisterMemory : OperandLayout.MemoryRegister;
}
