namespace Multicosm.Decoder.Execution;

/// <summary>String instructions, an element at a time.</summary>
/// <source>SDM 2, "REP/REPE/REPZ/REPNE/REPNZ"</source>
internal static class StringExecution
{
    private const int Rsi = 6;
    private const int Rdi = 7;

    /// <summary>Executes the next element; of a repeated instruction with a count of 0 none.</summary>
    public static bool TryExecute(EmulatedProcessor processor, in Instruction instruction)
    {
        int addressSize = instruction.Memory.AddressSizeBytes;
        if (instruction.Repeat != RepeatPrefix.None && (processor.ReadRegister(Operands.Rcx) & OperandSize.Mask(addressSize)) == 0)
        {
            processor.Complete(instruction.Length);
            return true;
        }

        ulong flags = processor.Flags;
        if (!TryElement(processor, in instruction, ref flags))
        {
            return false;
        }

        processor.Flags = flags;
        Step(processor, in instruction, flags);
        return true;
    }

    private static bool TryElement(EmulatedProcessor processor, in Instruction instruction, ref ulong flags)
    {
        int size = instruction.MemorySizeBytes;
        ulong accumulator = processor.ReadRegister(Operands.Rax);
        bool hasTwo = instruction.Operation is Operation.MoveString or Operation.CompareString;
        bool isWritten = instruction.Operation is Operation.StoreString or Operation.InString;
        if (!Operands.TryLocate(processor, in instruction, isWritten)
            || (hasTwo && !TryLocateDestination(processor, in instruction)))
        {
            return false;
        }

        if (instruction.Operation == Operation.StoreString)
        {
            return Operands.TryWrite(processor, EmulatedProcessor.Explicit, size, accumulator);
        }

        if (instruction.Operation == Operation.InString)
        {
            return processor.TryReadPort(size, out uint data) && Operands.TryWrite(processor, EmulatedProcessor.Explicit, size, data);
        }

        if (!Operands.TryRead(processor, EmulatedProcessor.Explicit, size, out ulong value))
        {
            return false;
        }

        switch (instruction.Operation)
        {
            case Operation.MoveString:
                return Operands.TryWrite(processor, EmulatedProcessor.Implied, size, value);
            case Operation.OutString:
                return processor.TryWritePort(size, (uint)value);
            case Operation.LoadString:
                processor.WriteRegister(Operands.Rax, size, value);
                return true;
            case Operation.ScanString:
                _ = Arithmetic.Compare(size, accumulator, value, ref flags); // the flags tell
                return true;
            default:
                bool isRead = Operands.TryRead(processor, EmulatedProcessor.Implied, size, out ulong other);
                _ = Arithmetic.Compare(size, value, other, ref flags); // as above
                return isRead;
        }
    }

    private static bool TryLocateDestination(EmulatedProcessor processor, in Instruction instruction)
    {
        ulong offset = processor.ReadRegister(Rdi) & OperandSize.Mask(instruction.Memory.AddressSizeBytes);
        bool isWritten = instruction.Operation == Operation.MoveString;
        return processor.TryLocate(EmulatedProcessor.Implied, SegmentRegister.Es, offset, instruction.MemorySizeBytes, isWritten, alignment: 1);
    }

    private static void Step(EmulatedProcessor processor, in Instruction instruction, ulong flags)
    {
        int addressSize = instruction.Memory.AddressSizeBytes;
        ulong by = (flags & StatusFlags.Direction) != 0 ? 0 - (ulong)instruction.MemorySizeBytes : instruction.MemorySizeBytes;
        Operation operation = instruction.Operation;
        if (operation is Operation.MoveString or Operation.CompareString or Operation.LoadString or Operation.OutString)
        {
            processor.WriteRegister(Rsi, addressSize, processor.ReadRegister(Rsi) + by);
        }

        if (operation is not (Operation.LoadString or Operation.OutString))
        {
            processor.WriteRegister(Rdi, addressSize, processor.ReadRegister(Rdi) + by);
        }

        bool isDone = instruction.Repeat == RepeatPrefix.None;
        if (!isDone)
        {
            ulong count = (processor.ReadRegister(Operands.Rcx) - 1) & OperandSize.Mask(addressSize);
            processor.WriteRegister(Operands.Rcx, addressSize, count);
            bool isComparing = operation is Operation.CompareString or Operation.ScanString;
            bool isEqual = (flags & StatusFlags.Zero) != 0;
            isDone = count == 0 || (isComparing && isEqual != (instruction.Repeat == RepeatPrefix.Rep));
        }

        if (isDone)
        {
            processor.Complete(instruction.Length);
        }
        else
        {
            processor.CompleteElement();
        }
    }
}
