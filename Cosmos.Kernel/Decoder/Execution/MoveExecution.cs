using System.Buffers.Binary;

namespace Multicosm.Decoder.Execution;

/// <summary>Moves between memory and general or segment registers, and SETcc.</summary>
/// <source>SDM 2, "Instruction Set Reference"</source>
internal static class MoveExecution
{
    /// <summary>Executes one.</summary>
    public static bool TryMove(EmulatedProcessor processor, in Instruction instruction) =>
        instruction.Direction == Direction.Load ? TryLoad(processor, in instruction) : TryStore(processor, in instruction);

    /// <summary>What a load makes of the bytes in memory.</summary>
    public static ulong Loaded(in Instruction instruction, ulong value)
    {
        int size = instruction.MemorySizeBytes;
        if (instruction.Operation == Operation.MoveSwapped)
        {
            return Swap(value, size);
        }

        return instruction.Extension == Extension.Sign ? (ulong)OperandSize.Extend(value, size) : value;
    }

    private static bool TryLoad(EmulatedProcessor processor, in Instruction instruction)
    {
        int size = instruction.MemorySizeBytes;
        if (!Operands.TryLocate(processor, in instruction, write: false)
            || !Operands.TryRead(processor, EmulatedProcessor.Explicit, size, out ulong value))
        {
            return false;
        }

        if (instruction.RegisterKind == RegisterKind.Segment)
        {
            if (!processor.TryLoadSegment((SegmentRegister)instruction.Register, (ushort)value))
            {
                return false;
            }
        }
        else
        {
            Operands.SetRegister(processor, in instruction, Loaded(in instruction, value));
        }

        processor.Complete(instruction.Length);
        return true;
    }

    private static bool TryStore(EmulatedProcessor processor, in Instruction instruction)
    {
        int size = instruction.MemorySizeBytes;
        ulong value = instruction.Operation switch
        {
            Operation.MoveSegment => processor.ReadSegment((SegmentRegister)instruction.Register),
            Operation.MoveSwapped => Swap(Operands.Register(processor, in instruction), size),
            Operation.SetCondition => Conditions.IsMet(instruction.Condition, processor.Flags) ? 1ul : 0,
            _ => Operands.Source(processor, in instruction),
        };
        if (!Operands.TryLocate(processor, in instruction, write: true)
            || !Operands.TryWrite(processor, EmulatedProcessor.Explicit, size, value))
        {
            return false;
        }

        processor.Complete(instruction.Length);
        return true;
    }

    private static ulong Swap(ulong value, int sizeBytes) => BinaryPrimitives.ReverseEndianness(value) >> (64 - (sizeBytes * 8));
}
