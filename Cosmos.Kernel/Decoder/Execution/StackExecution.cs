namespace Multicosm.Decoder.Execution;

/// <summary>PUSH, POP, JMP and CALL with a memory operand.</summary>
/// <source>SDM 2, "Instruction Set Reference"</source>
internal static class StackExecution
{
    /// <summary>Executes one.</summary>
    public static bool TryExecute(EmulatedProcessor processor, in Instruction instruction) => instruction.Operation switch
    {
        Operation.Push => TryPush(processor, in instruction),
        Operation.Pop => TryPop(processor, in instruction),
        _ => TryJump(processor, in instruction),
    };

    private static bool TryPush(EmulatedProcessor processor, in Instruction instruction)
    {
        int size = instruction.MemorySizeBytes;
        if (!Operands.TryLocate(processor, in instruction, write: false)
            || !TryLocateStack(processor, size, out ulong top)
            || !Operands.TryRead(processor, EmulatedProcessor.Explicit, size, out ulong value)
            || !Operands.TryWrite(processor, EmulatedProcessor.Implied, size, value))
        {
            return false;
        }

        SetStackPointer(processor, top);
        processor.Complete(instruction.Length);
        return true;
    }

    // An address that rSP is part of is computed with what rSP becomes.
    private static bool TryPop(EmulatedProcessor processor, in Instruction instruction)
    {
        int size = instruction.MemorySizeBytes;
        ulong top = processor.ReadRegister(Operands.Rsp);
        ulong mask = OperandSize.Mask(processor.StackAddressSizeBytes);
        ulong offset = Operands.Offset(processor, in instruction);
        if (instruction.Memory.Base == Operands.Rsp)
        {
            offset = (offset + (ulong)size) & OperandSize.Mask(instruction.Memory.AddressSizeBytes);
        }

        if (!processor.TryLocate(EmulatedProcessor.Implied, SegmentRegister.Ss, top & mask, size, write: false, alignment: 1)
            || !Operands.TryLocate(processor, in instruction, offset, write: true)
            || !Operands.TryRead(processor, EmulatedProcessor.Implied, size, out ulong value)
            || !Operands.TryWrite(processor, EmulatedProcessor.Explicit, size, value))
        {
            return false;
        }

        SetStackPointer(processor, top + (ulong)size);
        processor.Complete(instruction.Length);
        return true;
    }

    private static bool TryJump(EmulatedProcessor processor, in Instruction instruction)
    {
        int size = instruction.MemorySizeBytes;
        ulong top = 0;
        bool isCall = instruction.Operation == Operation.Call;
        if (!Operands.TryLocate(processor, in instruction, write: false)
            || (isCall && !TryLocateStack(processor, size, out top))
            || !Operands.TryRead(processor, EmulatedProcessor.Explicit, size, out ulong target)
            || !processor.TryCheckTarget(target))
        {
            return false;
        }

        if (isCall)
        {
            if (!Operands.TryWrite(processor, EmulatedProcessor.Implied, size, processor.InstructionPointer + instruction.Length))
            {
                return false;
            }

            SetStackPointer(processor, top);
        }

        processor.Jump(target);
        return true;
    }

    private static bool TryLocateStack(EmulatedProcessor processor, int sizeBytes, out ulong top)
    {
        top = processor.ReadRegister(Operands.Rsp) - (ulong)sizeBytes;
        ulong offset = top & OperandSize.Mask(processor.StackAddressSizeBytes);
        return processor.TryLocate(EmulatedProcessor.Implied, SegmentRegister.Ss, offset, sizeBytes, write: true, alignment: 1);
    }

    private static void SetStackPointer(EmulatedProcessor processor, ulong value) =>
        processor.WriteRegister(Operands.Rsp, processor.StackAddressSizeBytes, value);
}
