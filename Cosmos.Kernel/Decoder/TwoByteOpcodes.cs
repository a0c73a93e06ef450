using System;

namespace Multicosm.Decoder;

/// <summary>The opcodes behind 0F that have a memory operand, but for those of <see cref="VectorOpcodes"/>.</summary>
/// <source>SDM 2D, "Opcode Map"</source>
internal static class TwoByteOpcodes
{
    /// <summary>Says what the operands of <paramref name="opcode"/> are, and puts operation and sizes into <paramref name="instruction"/>.</summary>
    internal static OperandLayout Read(byte opcode, ref InstructionCursor cursor, in InstructionPrefixes prefixes, ref Instruction instruction)
    {
        instruction.MemorySizeBytes = (byte)prefixes.OperandSizeBytes;
        instruction.RegisterSizeBytes = instruction.MemorySizeBytes;
        switch (opcode)
        {
            case >= 0x40 and <= 0x4F:
                instruction.Operation = Operation.ConditionalMove;
                instruction.Condition = (byte)(opcode & 15);
                return OperandLayout.RegisterMemory;
            case >= 0x90 and <= 0x9F:
                instruction.Operation = Operation.SetCondition;
                instruction.Condition = (byte)(opcode & 15);
                return Bytes(OperandLayout.Memory, ref instruction);
            case 0xA3 or 0xAB or 0xB3 or 0xBB:
                instruction.Operation = (Operation)((int)Operation.BitTest + ((opcode - 0xA3) >> 3));
                return OperandLayout.MemoryRegister;
            case 0xA4 or 0xA5 or 0xAC or 0xAD:
                instruction.Operation = opcode < 0xA8 ? Operation.ShiftLeftDouble : Operation.ShiftRightDouble;
                instruction.IsCountInCl = (opcode & 1) != 0;
                return instruction.IsCountInCl ? OperandLayout.MemoryRegister : OperandLayout.MemoryRegisterByte;
            case 0xAE:
                return Flush(ref cursor, in prefixes, ref instruction);
            case 0xAF:
                instruction.Operation = Operation.MultiplyLow;
                return OperandLayout.RegisterMemory;
            case 0xB0 or 0xB1:
                instruction.Operation = Operation.CompareExchange;
                return opcode == 0xB0 ? Bytes(OperandLayout.MemoryRegister, ref instruction) : OperandLayout.MemoryRegister;
            case 0xB6 or 0xB7 or 0xBE or 0xBF:
                instruction.Operation = Operation.MoveExtended;
                instruction.Extension = opcode < 0xB8 ? Extension.Zero : Extension.Sign;
                instruction.MemorySizeBytes = (byte)((opcode & 1) + 1);
                return OperandLayout.RegisterMemory;
            case 0xB8:
                instruction.Operation = Operation.CountOnes;
                return prefixes.Repeat == RepeatPrefix.Rep ? OperandLayout.RegisterMemory : OperandLayout.None;
            case 0xBA:
                int number = cursor.Peek() >> 3 & 7;
                instruction.Operation = (Operation)((int)Operation.BitTest + (number & 3));
                return number < 4 ? OperandLayout.Invalid : OperandLayout.MemoryByte;
            case 0xBC or 0xBD:
                Operation first = prefixes.Repeat == RepeatPrefix.Rep ? Operation.CountTrailingZeros : Operation.BitScanForward;
                instruction.Operation = (Operation)((int)first + (opcode & 1));
                return OperandLayout.RegisterMemory;
            case 0xC0 or 0xC1:
                instruction.Operation = Operation.ExchangeAdd;
                return opcode == 0xC0 ? Bytes(OperandLayout.MemoryRegister, ref instruction) : OperandLayout.MemoryRegister;
            case 0xC3:
                // MOVNTI has no 16-bit form: in 16-bit code, too, it stores 4 bytes.
                instruction.MemorySizeBytes = (byte)Math.Max(prefixes.OperandSizeBytes, 4);
                instruction.RegisterSizeBytes = instruction.MemorySizeBytes;
                return !prefixes.OperandSize && prefixes.Repeat == RepeatPrefix.None ? OperandLayout.MemoryRegister : OperandLayout.None;
            case 0xC7:
                instruction.Operation = Operation.CompareExchangePair;
                instruction.MemorySizeBytes = (byte)(prefixes.IsWide ? 16 : 8);
                instruction.RegisterSizeBytes = (byte)(instruction.MemorySizeBytes / 2);
                instruction.IsAligned = prefixes.IsWide;
                return (cursor.Peek() >> 3 & 7) == 1 ? OperandLayout.Memory : OperandLayout.None;
            default:
                return OperandLayout.None;
        }
    }

    /// <summary>The same of MOVBE, behind 0F 38. With F2 its opcodes are CRC32.</summary>
    internal static OperandLayout ReadMovbe(byte opcode, in InstructionPrefixes prefixes, ref Instruction instruction)
    {
        instruction.Operation = Operation.MoveSwapped;
        instruction.MemorySizeBytes = (byte)prefixes.OperandSizeBytes;
        instruction.RegisterSizeBytes = instruction.MemorySizeBytes;
        if (prefixes.Repeat != RepeatPrefix.None)
        {
            return OperandLayout.None;
        }

        return opcode == 0xF0 ? OperandLayout.RegisterMemory : OperandLayout.MemoryRegister;
    }

    private static OperandLayout Bytes(OperandLayout layout, ref Instruction instruction)
    {
        instruction.MemorySizeBytes = 1;
        instruction.RegisterSizeBytes = 1;
        return layout;
    }

    private static OperandLayout Flush(ref InstructionCursor cursor, in InstructionPrefixes prefixes, ref Instruction instruction)
    {
        instruction.Operation = Operation.Flush;
        bool isFlush = (cursor.Peek() >> 3 & 7) == 7 && prefixes.Repeat == RepeatPrefix.None;
        return isFlush ? Bytes(OperandLayout.Memory, ref instruction) : OperandLayout.None;
    }
}
