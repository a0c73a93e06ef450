using System;

namespace Multicosm.Decoder;

/// <summary>Decodes the instructions that a kernel which is not at ring 0 faults on: see <see cref="PrivilegedOperation"/>.</summary>
/// <source>SDM 2A, "Instruction Format"; SDM 2D, "Opcode Map"</source>
public static class PrivilegedDecoder
{
    /// <summary>Decodes the instruction that begins at <paramref name="bytes"/>, as <see cref="InstructionDecoder.TryDecode"/> does.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> bytes, CodeMode mode, out PrivilegedInstruction instruction)
    {
        instruction = default;
        InstructionCursor cursor = new(bytes);
        InstructionPrefixes prefixes = InstructionPrefixes.Read(ref cursor, mode, out byte opcode);
        DecodeStatus status = opcode == 0x0F
            ? TwoByte(ref cursor, in prefixes, mode, ref instruction)
            : OneByte(ref cursor, in prefixes, opcode, ref instruction);
        if (cursor.Status != DecodeStatus.Success)
        {
            return cursor.Status;
        }

        instruction.Length = (byte)cursor.Position;
        return status == DecodeStatus.Success && prefixes.Lock ? DecodeStatus.Invalid : status;
    }

    private static DecodeStatus OneByte(ref InstructionCursor cursor, in InstructionPrefixes prefixes, byte opcode, ref PrivilegedInstruction instruction)
    {
        switch (opcode)
        {
            case 0x6C or 0x6D:
                return Port(in prefixes, PrivilegedOperation.InString, opcode, ref instruction);
            case 0x6E or 0x6F:
                return Port(in prefixes, PrivilegedOperation.OutString, opcode, ref instruction);
            case 0xE4 or 0xE5:
                instruction.Number = cursor.Next();
                return Port(in prefixes, PrivilegedOperation.In, opcode, ref instruction);
            case 0xE6 or 0xE7:
                instruction.Number = cursor.Next();
                return Port(in prefixes, PrivilegedOperation.Out, opcode, ref instruction);
            case 0xEC or 0xED:
                return Port(in prefixes, PrivilegedOperation.In, opcode, ref instruction);
            case 0xEE or 0xEF:
                return Port(in prefixes, PrivilegedOperation.Out, opcode, ref instruction);
            case 0xCD:
                instruction.Number = cursor.Next();
                return Plain(PrivilegedOperation.Interrupt, ref instruction);
            case 0xCF:
                return Plain(PrivilegedOperation.InterruptReturn, ref instruction);
            case 0xF4:
                return Plain(PrivilegedOperation.Halt, ref instruction);
            case 0xFA:
                return Plain(PrivilegedOperation.ClearInterrupts, ref instruction);
            case 0xFB:
                return Plain(PrivilegedOperation.SetInterrupts, ref instruction);
            default:
                return DecodeStatus.Unsupported;
        }
    }

    private static DecodeStatus TwoByte(ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, ref PrivilegedInstruction instruction)
    {
        byte opcode = cursor.Next();
        return opcode switch
        {
            0x01 => Group7(ref cursor, in prefixes, mode, ref instruction),
            0x06 => Plain(PrivilegedOperation.ClearTaskSwitched, ref instruction),
            0x08 => Plain(PrivilegedOperation.InvalidateCaches, ref instruction),
            0x09 => Plain(PrivilegedOperation.WriteBackCaches, ref instruction),
            0x20 => Control(ref cursor, in prefixes, mode, PrivilegedOperation.ReadControl, ref instruction),
            0x21 => Debug(ref cursor, in prefixes, mode, PrivilegedOperation.ReadDebug, ref instruction),
            0x22 => Control(ref cursor, in prefixes, mode, PrivilegedOperation.WriteControl, ref instruction),
            0x23 => Debug(ref cursor, in prefixes, mode, PrivilegedOperation.WriteDebug, ref instruction),
            0x30 => Plain(PrivilegedOperation.WriteMsr, ref instruction),
            0x31 => Plain(PrivilegedOperation.ReadTimeStamp, ref instruction),
            0x32 => Plain(PrivilegedOperation.ReadMsr, ref instruction),
            0x33 => Plain(PrivilegedOperation.ReadCounter, ref instruction),
            0xA2 => Plain(PrivilegedOperation.Cpuid, ref instruction),
            _ => DecodeStatus.Unsupported,
        };
    }

    private static DecodeStatus Group7(ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, ref PrivilegedInstruction instruction)
    {
        byte modRm = cursor.Next();
        bool isPlain = !prefixes.OperandSize && prefixes.Repeat == RepeatPrefix.None;
        switch (modRm)
        {
            case 0xD1 when isPlain:
                return Plain(PrivilegedOperation.SetExtendedControl, ref instruction);
            case 0xF8 when mode == CodeMode.Bits64:
                return Plain(PrivilegedOperation.SwapGs, ref instruction);
            case 0xF9:
                return Plain(PrivilegedOperation.ReadTimeStampAndProcessor, ref instruction);
            case >= 0xF0 and <= 0xF7:
                instruction.Register = (byte)((modRm & 7) | prefixes.BaseExtension);
                return Plain(PrivilegedOperation.LoadMachineStatus, ref instruction);
            case < 0xC0 when (modRm & 0x38) == 0x38:
                _ = MemoryOperandDecoder.Decode(ref cursor, in prefixes, mode, modRm); // for the length: nothing is kept of translations
                return Plain(PrivilegedOperation.InvalidatePage, ref instruction);
            default:
                return DecodeStatus.Unsupported;
        }
    }

    private static DecodeStatus Plain(PrivilegedOperation operation, ref PrivilegedInstruction instruction)
    {
        instruction.Operation = operation;
        return DecodeStatus.Success;
    }

    // Odd opcodes move a word: 16 or 32 bits, in 64-bit mode too.
    private static DecodeStatus Port(in InstructionPrefixes prefixes, PrivilegedOperation operation, byte opcode, ref PrivilegedInstruction instruction)
    {
        bool isString = operation is PrivilegedOperation.InString or PrivilegedOperation.OutString;
        instruction.Operation = operation;
        instruction.SizeBytes = (byte)((opcode & 1) == 0 ? 1 : Math.Min(prefixes.OperandSizeBytes, 4));
        instruction.IsPortInDx = isString || opcode >= 0xEC;
        if (isString)
        {
            instruction.Repeat = prefixes.Repeat;
            instruction.AddressSizeBytes = (byte)prefixes.AddressSizeBytes;
            instruction.Segment = operation == PrivilegedOperation.InString ? SegmentRegister.Es : prefixes.SegmentOr(SegmentRegister.Ds);
        }

        return DecodeStatus.Success;
    }

    private static DecodeStatus Control(ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, PrivilegedOperation operation, ref PrivilegedInstruction instruction)
    {
        Special(ref cursor, in prefixes, mode, operation, ref instruction);
        return instruction.Number is 0 or 2 or 3 or 4 or 8 ? DecodeStatus.Success : DecodeStatus.Invalid;
    }

    private static DecodeStatus Debug(ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, PrivilegedOperation operation, ref PrivilegedInstruction instruction)
    {
        Special(ref cursor, in prefixes, mode, operation, ref instruction);
        return instruction.Number < 8 ? DecodeStatus.Success : DecodeStatus.Invalid;
    }

    // Whatever ModRM's upper bits say, its lower ones name a register.
    private static void Special(ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, PrivilegedOperation operation, ref PrivilegedInstruction instruction)
    {
        byte modRm = cursor.Next();
        instruction.Operation = operation;
        instruction.SizeBytes = (byte)(mode == CodeMode.Bits64 ? 8 : 4);
        instruction.Number = (byte)(((modRm >> 3) & 7) | prefixes.RegisterExtension);
        instruction.Register = (byte)((modRm & 7) | prefixes.BaseExtension);
    }
}
