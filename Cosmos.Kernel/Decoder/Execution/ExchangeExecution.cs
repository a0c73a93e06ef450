using System;
using System.Buffers.Binary;

namespace Multicosm.Decoder.Execution;

/// <summary>XCHG, XADD, CMPXCHG and its forms for pairs of registers.</summary>
/// <source>SDM 2, "Instruction Set Reference"</source>
internal static class ExchangeExecution
{
    private const int LargestPair = 16;

    /// <summary>XCHG, XADD and CMPXCHG. The last writes memory in any case.</summary>
    public static bool TryExchange(EmulatedProcessor processor, in Instruction instruction)
    {
        int size = instruction.MemorySizeBytes;
        if (!Operands.TryLocate(processor, in instruction, write: true) || !Operands.TryRead(processor, EmulatedProcessor.Explicit, size, out ulong memory))
        {
            return false;
        }

        ulong flags = processor.Flags;
        bool isCompared = instruction.Operation == Operation.CompareExchange;
        bool isDifferent = isCompared && !Arithmetic.Compare(size, processor.ReadRegister(Operands.Rax), memory, ref flags);
        ulong source = Operands.Register(processor, in instruction);
        ulong result = isCompared
            ? isDifferent ? memory : source
            : Arithmetic.Apply(instruction.Operation, size, memory, source, ref flags);
        if (!Operands.TryWrite(processor, EmulatedProcessor.Explicit, size, result))
        {
            return false;
        }

        if (isDifferent)
        {
            processor.WriteRegister(Operands.Rax, size, memory);
        }
        else if (!isCompared)
        {
            Operands.SetRegister(processor, in instruction, memory);
        }

        processor.Flags = flags;
        processor.Complete(instruction.Length);
        return true;
    }

    /// <summary>CMPXCHG8B and CMPXCHG16B: of the flags only ZF changes.</summary>
    public static bool TryExchangePair(EmulatedProcessor processor, in Instruction instruction)
    {
        int half = instruction.RegisterSizeBytes;
        Span<byte> bytes = stackalloc byte[LargestPair];
        Span<byte> memory = bytes[..instruction.MemorySizeBytes];
        if (!Operands.TryLocate(processor, in instruction, write: true) || !processor.TryRead(EmulatedProcessor.Explicit, memory))
        {
            return false;
        }

        ulong low = Get(memory, 0, half);
        ulong high = Get(memory, half, half);
        ulong mask = OperandSize.Mask(half);
        bool isEqual = low == (processor.ReadRegister(Operands.Rax) & mask) && high == (processor.ReadRegister(Operands.Rdx) & mask);
        if (isEqual)
        {
            Put(memory, 0, half, processor.ReadRegister(Operands.Rbx));
            Put(memory, half, half, processor.ReadRegister(Operands.Rcx));
        }

        if (!processor.TryWrite(EmulatedProcessor.Explicit, memory))
        {
            return false;
        }

        if (!isEqual)
        {
            processor.WriteRegister(Operands.Rax, half, low);
            processor.WriteRegister(Operands.Rdx, half, high);
        }

        processor.Flags = (processor.Flags & ~StatusFlags.Zero) | (isEqual ? StatusFlags.Zero : 0);
        processor.Complete(instruction.Length);
        return true;
    }

    private static ulong Get(ReadOnlySpan<byte> memory, int at, int sizeBytes) => sizeBytes == 4
        ? BinaryPrimitives.ReadUInt32LittleEndian(memory[at..])
        : BinaryPrimitives.ReadUInt64LittleEndian(memory[at..]);

    private static void Put(Span<byte> memory, int at, int sizeBytes, ulong value)
    {
        if (sizeBytes == 4)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(memory[at..], (uint)value);
        }
        else
        {
            BinaryPrimitives.WriteUInt64LittleEndian(memory[at..], value);
        }
    }
}
