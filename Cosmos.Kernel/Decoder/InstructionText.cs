using System;
using Multicosm.Machine;

namespace Multicosm.Decoder;

/// <summary>Instructions as a person reads them, as far as <see cref="InstructionDecoder"/> and a list of plain ones know them.</summary>
public static class InstructionText
{
    /// <summary>Length of the instruction at the start of <paramref name="bytes"/>; false, and 0, for one that is not known.</summary>
    public static bool TryMeasure(ReadOnlySpan<byte> bytes, CodeMode mode, out int length)
    {
        if (InstructionDecoder.TryDecode(bytes, mode, out Instruction move) == DecodeStatus.Success)
        {
            length = move.Length;
            return true;
        }

        bool isPlain = PlainInstruction.TryDecode(bytes, mode, out PlainInstruction plain);
        length = isPlain ? plain.Length : 0;
        return isPlain;
    }

    /// <summary>Writes the instruction that lies at <paramref name="address"/>; nothing for one that is not known.</summary>
    public static void Write(TextOutput output, ReadOnlySpan<byte> bytes, CodeMode mode, ulong address)
    {
        if (InstructionDecoder.TryDecode(bytes, mode, out Instruction move) == DecodeStatus.Success)
        {
            WriteMove(output, in move, address);
        }
        else if (PlainInstruction.TryDecode(bytes, mode, out PlainInstruction plain))
        {
            WritePlain(output, in plain, mode, address);
        }
    }

    private static void WritePlain(TextOutput output, in PlainInstruction plain, CodeMode mode, ulong address)
    {
        output.Write(plain.Name);
        switch (plain.Operand)
        {
            case PlainOperand.Byte:
                WriteHex(output, " 0x"u8, (ulong)plain.Value);
                break;
            case PlainOperand.Distance:
                ulong target = unchecked(address + (ulong)plain.Length + (ulong)plain.Value);
                WriteHex(output, " 0x"u8, mode == CodeMode.Bits64 ? target : (uint)target);
                break;
            case PlainOperand.Register:
                output.Write(" "u8);
                RegisterName.Write(output, (int)plain.Value, mode == CodeMode.Bits64 ? 8 : mode == CodeMode.Bits32 ? 4 : 2);
                break;
            case PlainOperand.ControlRegister:
                output.Write(" cr"u8);
                output.WriteNumber((ulong)(plain.Value & 0xFF));
                output.Write(", "u8);
                RegisterName.Write(output, (int)(plain.Value >> 8), mode == CodeMode.Bits64 ? 8 : 4);
                break;
            case PlainOperand.None:
                break;
        }
    }

    private static void WriteMove(TextOutput output, in Instruction move, ulong address)
    {
        if (move.Repeat != RepeatPrefix.None)
        {
            bool isComparing = move.Operation is Operation.CompareString or Operation.ScanString;
            output.Write(isComparing ? move.Repeat == RepeatPrefix.Rep ? "repe "u8 : "repne "u8 : "rep "u8);
        }

        output.Write(move.IsAtomic && move.Operation != Operation.Exchange ? "lock "u8 : ""u8);
        OperationName.Write(output, in move);
        bool hasRegister = move.Register != Instruction.NoRegister;
        bool isRegisterFirst = hasRegister && (move.IsRegisterFirst || move.Operation is Operation.LoadString or Operation.ScanString);
        if (isRegisterFirst)
        {
            WriteRegister(output, in move);
            output.Write(", "u8);
        }

        WriteMemory(output, in move, address);
        if (hasRegister && !isRegisterFirst)
        {
            output.Write(", "u8);
            WriteRegister(output, in move);
        }

        if (move.HasImmediate)
        {
            WriteHex(output, ", 0x"u8, Cut((ulong)move.Immediate, move.MemorySizeBytes));
        }

        output.Write(move.IsCountInCl ? ", cl"u8 : ""u8);
    }

    private static void WriteRegister(TextOutput output, in Instruction move)
    {
        switch (move.RegisterKind)
        {
            case RegisterKind.General when move.IsHighByte:
                output.Write("ahchdhbh"u8.Slice(move.Register * 2, 2));
                break;
            case RegisterKind.General:
                RegisterName.Write(output, move.Register, move.RegisterSizeBytes);
                break;
            case RegisterKind.Segment:
                output.Write("escsssdsfsgs"u8.Slice(move.Register * 2, 2));
                break;
            case RegisterKind.Media:
            case RegisterKind.Vector:
                output.Write(move.RegisterKind == RegisterKind.Media ? "mm"u8 : move.RegisterSizeBytes == 32 ? "ymm"u8 : "xmm"u8);
                output.WriteNumber(move.Register);
                break;
        }
    }

    private static void WriteMemory(TextOutput output, in Instruction move, ulong address)
    {
        MemoryOperand memory = move.Memory;
        output.Write(move.MemorySizeBytes switch
        {
            1 => "byte ["u8,
            2 => "word ["u8,
            4 => "dword ["u8,
            8 => "qword ["u8,
            16 => "oword ["u8,
            _ => "yword ["u8,
        });
        if (memory.Segment is SegmentRegister.Fs or SegmentRegister.Gs)
        {
            output.Write(memory.Segment == SegmentRegister.Fs ? "fs:"u8 : "gs:"u8);
        }

        if (memory.Base == MemoryOperand.InstructionPointer)
        {
            WriteHex(output, "0x"u8, unchecked(address + move.Length + (ulong)memory.Displacement));
            output.Write("]"u8);
            return;
        }

        bool hasRegister = memory.Base != MemoryOperand.NoRegister || memory.Index != MemoryOperand.NoRegister;
        if (memory.Base != MemoryOperand.NoRegister)
        {
            RegisterName.Write(output, memory.Base, memory.AddressSizeBytes);
        }

        if (memory.Index != MemoryOperand.NoRegister)
        {
            output.Write(memory.Base != MemoryOperand.NoRegister ? "+"u8 : ""u8);
            RegisterName.Write(output, memory.Index, memory.AddressSizeBytes);
            output.Write("*"u8);
            output.WriteNumber(memory.Scale);
        }

        WriteDisplacement(output, memory.Displacement, hasRegister, memory.AddressSizeBytes);
        output.Write("]"u8);
    }

    private static void WriteDisplacement(TextOutput output, long displacement, bool hasRegister, int addressSizeBytes)
    {
        if (!hasRegister)
        {
            WriteHex(output, "0x"u8, Cut((ulong)displacement, addressSizeBytes));
        }
        else if (displacement != 0)
        {
            WriteHex(output, displacement < 0 ? "-0x"u8 : "+0x"u8, displacement < 0 ? unchecked((ulong)-displacement) : (ulong)displacement);
        }
    }

    private static ulong Cut(ulong value, int sizeBytes) => sizeBytes >= 8 ? value : value & ((1UL << (sizeBytes * 8)) - 1);

    private static void WriteHex(TextOutput output, ReadOnlySpan<byte> label, ulong value)
    {
        int digits = 1;
        while (digits < 16 && value >> (4 * digits) != 0)
        {
            digits++;
        }

        output.Write(label);
        output.WriteHex(value, digits);
    }
}
