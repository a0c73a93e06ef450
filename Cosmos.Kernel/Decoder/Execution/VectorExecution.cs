using System;
using System.Buffers.Binary;

namespace Multicosm.Decoder.Execution;

/// <summary>Moves between memory and MMX, XMM and YMM registers.</summary>
/// <source>SDM 2, "Instruction Set Reference"</source>
internal static class VectorExecution
{
    private const int XmmBytes = 16;
    private const int YmmBytes = 32;

    /// <summary>Executes one.</summary>
    public static bool TryMove(EmulatedProcessor processor, in Instruction instruction)
    {
        Span<byte> bytes = stackalloc byte[YmmBytes];
        bytes.Clear();
        Span<byte> memory = bytes[..instruction.MemorySizeBytes];
        bool isLoad = instruction.Direction == Direction.Load;
        if (!Operands.TryLocate(processor, in instruction, write: !isLoad))
        {
            return false;
        }

        if (!isLoad)
        {
            Store(processor, in instruction, bytes);
        }

        bool isMoved = isLoad
            ? processor.TryRead(EmulatedProcessor.Explicit, memory)
            : processor.TryWrite(EmulatedProcessor.Explicit, memory);
        if (!isMoved)
        {
            return false;
        }

        if (isLoad)
        {
            Load(processor, in instruction, bytes);
        }

        processor.Complete(instruction.Length);
        return true;
    }

    // What is narrower than the register has zeros above it.
    private static void Load(EmulatedProcessor processor, in Instruction instruction, Span<byte> bytes)
    {
        int number = instruction.Register;
        if (instruction.RegisterKind == RegisterKind.Media)
        {
            processor.WriteMedia(number, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            return;
        }

        if (instruction.Operation is Operation.MoveLowHalf or Operation.MoveHighHalf)
        {
            ulong value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            processor.ReadVector(number, bytes[..XmmBytes]);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[Half(in instruction)..], value);
        }

        processor.WriteVector(number, bytes[..instruction.RegisterSizeBytes], instruction.IsVex);
    }

    private static void Store(EmulatedProcessor processor, in Instruction instruction, Span<byte> bytes)
    {
        if (instruction.RegisterKind == RegisterKind.Media)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, processor.ReadMedia(instruction.Register));
            return;
        }

        processor.ReadVector(instruction.Register, bytes[..instruction.RegisterSizeBytes]);
        if (instruction.Operation == Operation.MoveHighHalf)
        {
            bytes[8..XmmBytes].CopyTo(bytes);
        }
    }

    private static int Half(in Instruction instruction) => instruction.Operation == Operation.MoveHighHalf ? 8 : 0;
}
