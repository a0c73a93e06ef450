namespace Multicosm.Decoder.Execution;

/// <summary>Executes decoded instructions: operands in, result and flags out, RIP behind the instruction.</summary>
/// <source>SDM 2, "Instruction Set Reference"</source>
public static class InstructionExecutor
{
    /// <summary>Executes <paramref name="instruction"/>. False if it is not done: <paramref name="processor"/> knows why, and nothing has changed.</summary>
    public static bool TryExecute(EmulatedProcessor processor, in Instruction instruction) => instruction.Operation switch
    {
        Operation.Move or Operation.MoveExtended or Operation.MoveSwapped or Operation.MoveSegment or Operation.SetCondition => MoveExecution.TryMove(processor, in instruction),
        Operation.MoveVector or Operation.MoveLowHalf or Operation.MoveHighHalf => VectorExecution.TryMove(processor, in instruction),
        Operation.Push or Operation.Pop or Operation.Jump or Operation.Call => StackExecution.TryExecute(processor, in instruction),
        (>= Operation.MoveString and <= Operation.ScanString) or Operation.InString or Operation.OutString => StringExecution.TryExecute(processor, in instruction),
        Operation.CompareExchangePair => ExchangeExecution.TryExchangePair(processor, in instruction),
        Operation.Exchange or Operation.ExchangeAdd or Operation.CompareExchange => ExchangeExecution.TryExchange(processor, in instruction),
        >= Operation.BitTest and <= Operation.BitComplement => ArithmeticExecution.TryBit(processor, in instruction),
        Operation.Multiply or Operation.MultiplySigned or Operation.Divide or Operation.DivideSigned => ArithmeticExecution.TryWide(processor, in instruction),
        Operation.Flush => TryFlush(processor, in instruction),
        _ when instruction.IsRegisterFirst => ArithmeticExecution.TryToRegister(processor, in instruction),
        _ => ArithmeticExecution.TryToMemory(processor, in instruction),
    };

    /// <summary>Offset of the instruction's memory operand into its segment, but for what the bit number of BT adds and POP to an address that uses rSP.</summary>
    public static ulong Offset(EmulatedProcessor processor, in Instruction instruction) => Operands.Offset(processor, in instruction);

    private static bool TryFlush(EmulatedProcessor processor, in Instruction instruction)
    {
        bool found = Operands.TryLocate(processor, in instruction, write: false);
        if (found)
        {
            processor.Complete(instruction.Length);
        }

        return found;
    }
}
