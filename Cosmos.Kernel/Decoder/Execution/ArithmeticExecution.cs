using System.Numerics;

namespace Multicosm.Decoder.Execution;

/// <summary>Arithmetic, shifts and bit operations.</summary>
/// <source>SDM 2, "Instruction Set Reference"</source>
internal static class ArithmeticExecution
{
    /// <summary>Memory is the first operand and, unless it is only compared, gets the result.</summary>
    public static bool TryToMemory(EmulatedProcessor processor, in Instruction instruction)
    {
        bool write = instruction.Direction == Direction.Update;
        int size = instruction.MemorySizeBytes;
        if (!Operands.TryLocate(processor, in instruction, write) || !Operands.TryRead(processor, EmulatedProcessor.Explicit, size, out ulong memory))
        {
            return false;
        }

        ulong flags = processor.Flags;
        bool isShift = instruction.Operation is >= Operation.RotateLeft and <= Operation.ShiftRightDouble;
        ulong result = isShift
            ? Shift(processor, in instruction, memory, ref flags)
            : Arithmetic.Apply(instruction.Operation, size, memory, Operands.Source(processor, in instruction), ref flags);
        return TryFinish(processor, in instruction, write, result, flags);
    }

    /// <summary>A register gets the result, or is compared with memory.</summary>
    public static bool TryToRegister(EmulatedProcessor processor, in Instruction instruction)
    {
        if (!Operands.TryLocate(processor, in instruction, write: false)
            || !Operands.TryRead(processor, EmulatedProcessor.Explicit, instruction.MemorySizeBytes, out ulong memory))
        {
            return false;
        }

        int size = instruction.RegisterSizeBytes;
        ulong flags = processor.Flags;
        ulong register = Operands.Register(processor, in instruction);
        ulong result = instruction.Operation switch
        {
            Operation.ConditionalMove => Conditions.IsMet(instruction.Condition, flags) ? memory : register,
            Operation.MultiplyLow => WideArithmetic.Multiply(true, size, memory, instruction.HasImmediate ? (ulong)instruction.Immediate : register, out _, ref flags),
            >= Operation.BitScanForward and <= Operation.CountOnes => Count(processor, instruction.Operation, size, memory, register, ref flags),
            _ => Arithmetic.Apply(instruction.Operation, size, register, memory, ref flags),
        };
        bool isUnchanged = instruction.Operation == Operation.Compare
            || (memory == 0 && instruction.Operation is Operation.BitScanForward or Operation.BitScanReverse);
        if (!isUnchanged)
        {
            Operands.SetRegister(processor, in instruction, result);
        }

        processor.Flags = flags;
        processor.Complete(instruction.Length);
        return true;
    }

    /// <summary>BT, BTS, BTR, BTC. A bit number in a register is signed and may be far off.</summary>
    public static bool TryBit(EmulatedProcessor processor, in Instruction instruction)
    {
        int size = instruction.MemorySizeBytes;
        bool write = instruction.Direction == Direction.Update;
        ulong number = Operands.Source(processor, in instruction);
        ulong offset = Operands.Offset(processor, in instruction);
        if (!instruction.HasImmediate)
        {
            long distance = (OperandSize.Extend(number, size) & ~((size * 8L) - 1)) / 8;
            offset = (offset + (ulong)distance) & OperandSize.Mask(instruction.Memory.AddressSizeBytes);
        }

        if (!Operands.TryLocate(processor, in instruction, offset, write)
            || !Operands.TryRead(processor, EmulatedProcessor.Explicit, size, out ulong memory))
        {
            return false;
        }

        ulong flags = processor.Flags;
        ulong result = Arithmetic.Apply(instruction.Operation, size, memory, number, ref flags);
        return TryFinish(processor, in instruction, write, result, flags);
    }

    /// <summary>MUL, IMUL, DIV, IDIV with memory as the only operand that is named.</summary>
    public static bool TryWide(EmulatedProcessor processor, in Instruction instruction)
    {
        int size = instruction.MemorySizeBytes;
        if (!Operands.TryLocate(processor, in instruction, write: false) || !Operands.TryRead(processor, EmulatedProcessor.Explicit, size, out ulong memory))
        {
            return false;
        }

        // Bytes have both halves in AX.
        ulong low = processor.ReadRegister(Operands.Rax);
        ulong high = size == 1 ? low >> 8 : processor.ReadRegister(Operands.Rdx);
        ulong flags = processor.Flags;
        if (instruction.Operation is Operation.Multiply or Operation.MultiplySigned)
        {
            low = WideArithmetic.Multiply(instruction.Operation == Operation.MultiplySigned, size, low, memory, out high, ref flags);
        }
        else if (!WideArithmetic.TryDivide(instruction.Operation == Operation.DivideSigned, size, high, low, memory, out low, out high))
        {
            return processor.Raise(EmulatedException.DivideError);
        }

        if (size == 1)
        {
            processor.WriteRegister(Operands.Rax, 2, low | (high << 8));
        }
        else
        {
            processor.WriteRegister(Operands.Rax, size, low);
            processor.WriteRegister(Operands.Rdx, size, high);
        }

        processor.Flags = flags;
        processor.Complete(instruction.Length);
        return true;
    }

    private static bool TryFinish(EmulatedProcessor processor, in Instruction instruction, bool write, ulong result, ulong flags)
    {
        if (write && !Operands.TryWrite(processor, EmulatedProcessor.Explicit, instruction.MemorySizeBytes, result))
        {
            return false;
        }

        processor.Flags = flags;
        processor.Complete(instruction.Length);
        return true;
    }

    private static ulong Shift(EmulatedProcessor processor, in Instruction instruction, ulong memory, ref ulong flags)
    {
        ulong count = instruction.IsCountInCl ? processor.ReadRegister(Operands.Rcx) : (ulong)instruction.Immediate;
        ulong source = instruction.Register == Instruction.NoRegister ? 0 : Operands.Register(processor, in instruction);
        return Shifts.Apply(instruction.Operation, instruction.MemorySizeBytes, memory, source, count, ref flags);
    }

    private static ulong Count(EmulatedProcessor processor, Operation operation, int sizeBytes, ulong memory, ulong register, ref ulong flags)
    {
        operation = operation switch
        {
            Operation.CountTrailingZeros when !processor.HasTrailingZeroCount => Operation.BitScanForward,
            Operation.CountLeadingZeros when !processor.HasLeadingZeroCount => Operation.BitScanReverse,
            _ => operation,
        };
        int bits = sizeBytes * 8;
        ulong result = operation switch
        {
            Operation.CountOnes => Ones(memory),
            Operation.CountTrailingZeros => memory == 0 ? (ulong)bits : (ulong)BitOperations.TrailingZeroCount(memory),
            Operation.CountLeadingZeros => (ulong)(BitOperations.LeadingZeroCount(memory) - (64 - bits)),
            _ when memory == 0 => register,
            Operation.BitScanForward => (ulong)BitOperations.TrailingZeroCount(memory),
            _ => (ulong)BitOperations.Log2(memory),
        };
        bool isCount = operation is Operation.CountTrailingZeros or Operation.CountLeadingZeros;
        flags &= ~StatusFlags.All;
        flags |= (isCount ? result == 0 : memory == 0) ? StatusFlags.Zero : 0;
        flags |= isCount && memory == 0 ? StatusFlags.Carry : 0;
        return result;
    }

    // Not BitOperations.PopCount, which asks the runtime what the processor has.
    private static ulong Ones(ulong value)
    {
        ulong count = 0;
        for (; value != 0; value &= value - 1)
        {
            count++;
        }

        return count;
    }
}
