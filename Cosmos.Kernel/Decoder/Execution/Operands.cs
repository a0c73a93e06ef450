using System;
using System.Buffers.Binary;

namespace Multicosm.Decoder.Execution;

/// <summary>Operands of up to 8 bytes.</summary>
/// <source>SDM 2A, "ModR/M and SIB Bytes" and "RIP-Relative Addressing"</source>
internal static class Operands
{
    /// <summary>Number of RAX.</summary>
    public const int Rax = 0;

    /// <summary>Number of RCX.</summary>
    public const int Rcx = 1;

    /// <summary>Number of RDX.</summary>
    public const int Rdx = 2;

    /// <summary>Number of RBX.</summary>
    public const int Rbx = 3;

    /// <summary>Number of RSP.</summary>
    public const int Rsp = 4;

    /// <summary>Offset of the instruction's memory operand into its segment, cut to the address size.</summary>
    public static ulong Offset(EmulatedProcessor processor, in Instruction instruction)
    {
        ref readonly MemoryOperand memory = ref instruction.Memory;
        ulong offset = (ulong)memory.Displacement;
        offset += memory.Base switch
        {
            MemoryOperand.NoRegister => 0,
            MemoryOperand.InstructionPointer => processor.InstructionPointer + instruction.Length,
            _ => processor.ReadRegister(memory.Base),
        };
        if (memory.Index != MemoryOperand.NoRegister)
        {
            offset += processor.ReadRegister(memory.Index) * memory.Scale;
        }

        return offset & OperandSize.Mask(memory.AddressSizeBytes);
    }

    /// <summary>Finds the memory operand.</summary>
    public static bool TryLocate(EmulatedProcessor processor, in Instruction instruction, bool write) =>
        TryLocate(processor, in instruction, Offset(processor, in instruction), write);

    /// <summary>The same at an offset that is known.</summary>
    public static bool TryLocate(EmulatedProcessor processor, in Instruction instruction, ulong offset, bool write)
    {
        int size = instruction.MemorySizeBytes;
        return processor.TryLocate(EmulatedProcessor.Explicit, instruction.Memory.Segment, offset, size, write, instruction.IsAligned ? size : 1);
    }

    /// <summary>Reads an operand that was found.</summary>
    public static bool TryRead(EmulatedProcessor processor, int operand, int sizeBytes, out ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        bool isRead = processor.TryRead(operand, bytes[..sizeBytes]);
        value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return isRead;
    }

    /// <summary>Writes an operand that was found.</summary>
    public static bool TryWrite(EmulatedProcessor processor, int operand, int sizeBytes, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return processor.TryWrite(operand, bytes[..sizeBytes]);
    }

    /// <summary>The register operand, cut to its size.</summary>
    public static ulong Register(EmulatedProcessor processor, in Instruction instruction)
    {
        ulong value = processor.ReadRegister(instruction.Register);
        return (instruction.IsHighByte ? value >> 8 : value) & OperandSize.Mask(instruction.RegisterSizeBytes);
    }

    /// <summary>Sets the register operand.</summary>
    public static void SetRegister(EmulatedProcessor processor, in Instruction instruction, ulong value)
    {
        if (instruction.IsHighByte)
        {
            ulong old = processor.ReadRegister(instruction.Register);
            processor.WriteRegister(instruction.Register, (old & ~0xFF00UL) | ((value & 0xFF) << 8));
        }
        else
        {
            processor.WriteRegister(instruction.Register, instruction.RegisterSizeBytes, value);
        }
    }

    /// <summary>What an instruction takes beside memory: its immediate, else its register; 0 if it has neither.</summary>
    public static ulong Source(EmulatedProcessor processor, in Instruction instruction) => instruction.HasImmediate
        ? (ulong)instruction.Immediate
        : instruction.Register == Instruction.NoRegister ? 0 : Register(processor, in instruction);
}
