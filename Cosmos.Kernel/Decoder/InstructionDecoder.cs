using System;
using System.Runtime.CompilerServices;

namespace Multicosm.Decoder;

/// <summary>
/// Decodes the instructions with which programs reach memory, in 16-, 32- and 64-bit code with all prefixes and addressing forms: moves of general,
/// segment, MMX, XMM and YMM registers, string instructions, arithmetic, shifts, bit operations, exchanges, and the stack's with a memory operand.
/// </summary>
/// <source>SDM 2A, "Instruction Format" and the instructions' pages; SDM 2D, "Opcode Map"</source>
public static class InstructionDecoder
{
    private const byte RegisterA = 0;
    private const byte RegisterSi = 6;
    private const byte RegisterDi = 7;

    /// <summary>
    /// Decodes the instruction that begins at <paramref name="bytes"/>, which may be more or fewer than it needs. The instruction is defined
    /// with Success only. A form of these instructions without memory is Unsupported.
    /// </summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> bytes, CodeMode mode, out Instruction instruction)
    {
        instruction = default;
        instruction.Register = Instruction.NoRegister;
        InstructionCursor cursor = new(bytes);
        InstructionPrefixes prefixes = InstructionPrefixes.Read(ref cursor, mode, out byte opcode);
        if (cursor.Status != DecodeStatus.Success)
        {
            return cursor.Status;
        }

        OperandLayout layout = opcode switch
        {
            0x0F => ReadTwoByte(ref cursor, in prefixes, ref instruction),
            0xC4 or 0xC5 => ReadVex(opcode, ref cursor, ref prefixes, mode, ref instruction),
            _ => OneByteOpcodes.Read(opcode, ref cursor, in prefixes, mode, ref instruction),
        };
        DecodeStatus status = layout switch
        {
            OperandLayout.None => DecodeStatus.Unsupported,
            OperandLayout.Invalid => DecodeStatus.Invalid,
            _ => ReadOperands(layout, ref cursor, in prefixes, mode, ref instruction),
        };

        // What is missing or too long comes first: the processor looks at nothing before it has the whole instruction.
        if (cursor.Status != DecodeStatus.Success)
        {
            return cursor.Status;
        }

        instruction.Length = (byte)cursor.Position;
        return status == DecodeStatus.Success && prefixes.Lock && !CanLock(in instruction) ? DecodeStatus.Invalid : status;
    }

    private static OperandLayout ReadTwoByte(ref InstructionCursor cursor, in InstructionPrefixes prefixes, ref Instruction instruction)
    {
        byte opcode = cursor.Next();
        if (opcode == 0x38)
        {
            opcode = cursor.Next();
            return opcode switch
            {
                0xF0 or 0xF1 => TwoByteOpcodes.ReadMovbe(opcode, in prefixes, ref instruction),
                0x2A => VectorOpcodes.ReadStreamingLoad(VectorOpcodes.PrefixOf(in prefixes), isVex: false, isLong: false, ref instruction),
                _ => OperandLayout.None,
            };
        }

        bool isVector = opcode is (>= 0x10 and <= 0x2F) or 0x6E or 0x6F or 0x7E or 0x7F or 0xD6 or 0xE7 or 0xF0;
        return isVector
            ? VectorOpcodes.Read(opcode, VectorOpcodes.PrefixOf(in prefixes), isVex: false, isLong: false, prefixes.IsWide, ref instruction)
            : TwoByteOpcodes.Read(opcode, ref cursor, in prefixes, ref instruction);
    }

    private static OperandLayout ReadVex(byte first, ref InstructionCursor cursor, ref InstructionPrefixes prefixes, CodeMode mode, ref Instruction instruction)
    {
        if (!VexPrefix.Begins(first, ref cursor, mode))
        {
            return OperandLayout.None;
        }

        bool isRefused = prefixes.OperandSize || prefixes.Lock || prefixes.HasRex || prefixes.Repeat != RepeatPrefix.None;
        VexPrefix vex = VexPrefix.Read(first, ref cursor, mode, ref prefixes);
        byte opcode = cursor.Next();
        OperandLayout layout = vex.Map switch
        {
            1 => VectorOpcodes.Read(opcode, vex.Prefix, isVex: true, vex.IsLong, prefixes.IsWide, ref instruction),
            2 when opcode == 0x2A => VectorOpcodes.ReadStreamingLoad(vex.Prefix, isVex: true, vex.IsLong, ref instruction),
            _ => OperandLayout.None,
        };
        return layout != OperandLayout.None && (isRefused || vex.HasThirdRegister) ? OperandLayout.Invalid : layout;
    }

    private static DecodeStatus ReadOperands(OperandLayout layout, ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, ref Instruction instruction)
    {
        if (layout >= OperandLayout.AccumulatorOffset)
        {
            ReadImplied(layout, ref cursor, in prefixes, ref instruction);
            return DecodeStatus.Success;
        }

        byte modRm = cursor.Next();
        if (modRm >= 0xC0)
        {
            return DecodeStatus.Unsupported;
        }

        instruction.IsRegisterFirst = layout >= OperandLayout.RegisterMemory;
        instruction.Direction = DirectionOf(instruction.Operation, instruction.IsRegisterFirst);
        instruction.IsAtomic = prefixes.Lock || instruction.Operation == Operation.Exchange;
        instruction.Memory = MemoryOperandDecoder.Decode(ref cursor, in prefixes, mode, modRm);
        if (layout >= OperandLayout.MemoryRegister)
        {
            SetRegister(modRm >> 3 & 7, in prefixes, ref instruction);
        }

        int immediateBytes = layout switch
        {
            OperandLayout.MemoryByte or OperandLayout.MemoryRegisterByte or OperandLayout.RegisterMemoryByte => 1,
            OperandLayout.MemoryWord or OperandLayout.RegisterMemoryWord => Math.Min((int)instruction.MemorySizeBytes, 4),
            _ => 0,
        };
        if (immediateBytes != 0)
        {
            instruction.HasImmediate = true;
            instruction.Immediate = cursor.NextSigned(immediateBytes);
        }

        return DecodeStatus.Success;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetRegister(int number, in InstructionPrefixes prefixes, ref Instruction instruction)
    {
        switch (instruction.RegisterKind)
        {
            case RegisterKind.General:
                instruction.SetRegister(number | prefixes.RegisterExtension, instruction.RegisterSizeBytes, prefixes.HasRex);
                break;
            case RegisterKind.Vector:
                instruction.Register = (byte)(number | prefixes.RegisterExtension);
                break;
            default:
                instruction.Register = (byte)number;
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Direction DirectionOf(Operation operation, bool isRegisterFirst)
    {
        if (isRegisterFirst || operation is Operation.Compare or Operation.BitTest or >= Operation.Test)
        {
            return Direction.Load;
        }

        return operation <= Operation.Pop ? Direction.Store : Direction.Update;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool CanLock(in Instruction instruction) =>
        instruction.Direction == Direction.Update && instruction.Operation is >= Operation.Exchange and <= Operation.BitComplement;

    private static void ReadImplied(OperandLayout layout, ref InstructionCursor cursor, in InstructionPrefixes prefixes, ref Instruction instruction)
    {
        instruction.Register = RegisterA;
        if (layout == OperandLayout.String)
        {
            ReadString(in prefixes, ref instruction);
            return;
        }

        instruction.IsRegisterFirst = layout == OperandLayout.AccumulatorOffset;
        instruction.Direction = instruction.IsRegisterFirst ? Direction.Load : Direction.Store;
        instruction.Memory = Simple(in prefixes, prefixes.SegmentOr(SegmentRegister.Ds), MemoryOperand.NoRegister);
        instruction.Memory.Displacement = (long)cursor.NextUnsigned(prefixes.AddressSizeBytes);
    }

    private static void ReadString(in InstructionPrefixes prefixes, ref Instruction instruction)
    {
        Operation operation = instruction.Operation;
        instruction.Direction = operation switch
        {
            Operation.MoveString => Direction.Copy,
            Operation.StoreString => Direction.Store,
            _ => Direction.Load,
        };
        instruction.Register = operation is Operation.MoveString or Operation.CompareString ? Instruction.NoRegister : RegisterA;
        instruction.Repeat = prefixes.Repeat;
        instruction.Memory = operation is Operation.StoreString or Operation.ScanString
            ? Simple(in prefixes, SegmentRegister.Es, RegisterDi)
            : Simple(in prefixes, prefixes.SegmentOr(SegmentRegister.Ds), RegisterSi);
    }

    private static MemoryOperand Simple(in InstructionPrefixes prefixes, SegmentRegister segment, byte register) => new()
    {
        Segment = segment,
        Base = register,
        Index = MemoryOperand.NoRegister,
        Scale = 1,
        AddressSizeBytes = (byte)prefixes.AddressSizeBytes,
    };
}
