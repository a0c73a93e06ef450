using System;

namespace Multicosm.Decoder;

/// <summary>
/// Decodes the instructions that read memory, change it and write it back: XCHG, XADD, CMPXCHG, BTS, BTR, BTC, ADD, ADC, AND, OR, SBB, SUB, XOR, NOT,
/// NEG, INC and DEC with a memory operand. What only moves is <see cref="InstructionDecoder"/>'s.
/// </summary>
/// <source>SDM 2A, "Instruction Format"; SDM 2D, "Opcode Map"</source>
public static class UpdateDecoder
{
    /// <summary>Decodes the instruction that begins at <paramref name="bytes"/>, as <see cref="InstructionDecoder.TryDecode"/> does.</summary>
    public static DecodeStatus TryDecode(ReadOnlySpan<byte> bytes, CodeMode mode, out Instruction instruction)
    {
        instruction = default;
        instruction.Register = Instruction.NoRegister;
        InstructionCursor cursor = new(bytes);
        InstructionPrefixes prefixes = InstructionPrefixes.Read(ref cursor, mode, out byte opcode);
        bool isTwoByte = opcode == 0x0F;
        opcode = isTwoByte ? cursor.Next() : opcode;
        Form form = isTwoByte ? TwoByte(opcode, ref instruction) : OneByte(opcode, mode, ref instruction);
        byte modRm = form == Form.None ? (byte)0 : cursor.Next();
        if (cursor.Status != DecodeStatus.Success)
        {
            return cursor.Status;
        }

        if (form == Form.None || modRm >= 0xC0)
        {
            return DecodeStatus.Unsupported;
        }

        int size = (opcode & 1) == 0 && form != Form.BitByte ? 1 : prefixes.OperandSizeBytes;
        DecodeStatus status = Finish(ref cursor, in prefixes, mode, form, modRm, size, ref instruction);
        instruction.Length = (byte)cursor.Position;
        return cursor.Status == DecodeStatus.Success ? status : cursor.Status;
    }

    private static DecodeStatus Finish(ref InstructionCursor cursor, in InstructionPrefixes prefixes, CodeMode mode, Form form, byte modRm, int size, ref Instruction instruction)
    {
        int extension = (modRm >> 3) & 7;
        bool isKnown = form switch
        {
            Form.Register => true,
            Form.BitByte => TryTake(extension - 4, Operation.BitSet, 1, 3, ref instruction),
            Form.Byte or Form.Word => TryTake(extension, Operation.Add, 0, 6, ref instruction),
            Form.Unary => TryTake(extension - 2, Operation.Not, 0, 1, ref instruction),
            _ => TryTake(extension, Operation.Increment, 0, 1, ref instruction),
        };
        if (!isKnown)
        {
            return DecodeStatus.Unsupported;
        }

        instruction.Direction = Direction.Update;
        instruction.MemorySizeBytes = (byte)size;
        instruction.RegisterSizeBytes = (byte)size;
        instruction.IsAtomic = prefixes.Lock || instruction.Operation == Operation.Exchange;
        instruction.Memory = MemoryOperandDecoder.Decode(ref cursor, in prefixes, mode, modRm);
        if (form == Form.Register)
        {
            instruction.SetRegister(extension | prefixes.RegisterExtension, size, prefixes.HasRex);
        }

        instruction.HasImmediate = form is Form.Byte or Form.BitByte or Form.Word;
        instruction.Immediate = form switch
        {
            Form.Byte => cursor.NextSigned(1),
            Form.BitByte => cursor.Next(),
            Form.Word => cursor.NextSigned(Math.Min(size, 4)),
            _ => 0,
        };
        return DecodeStatus.Success;
    }

    // Group opcodes name the operation in ModRM: this one if its number, counted from first, is within lowest and highest.
    private static bool TryTake(int number, Operation first, int lowest, int highest, ref Instruction instruction)
    {
        instruction.Operation = (Operation)((int)first + number - lowest);
        return number >= lowest && number <= highest;
    }

    private static Form OneByte(byte opcode, CodeMode mode, ref Instruction instruction)
    {
        switch (opcode)
        {
            case < 0x38 when (opcode & 7) < 2:
                instruction.Operation = (Operation)((int)Operation.Add + (opcode >> 3));
                return Form.Register;
            case 0x80 or 0x83:
                return Form.Byte;
            case 0x82 when mode != CodeMode.Bits64:
                return Form.Byte;
            case 0x81:
                return Form.Word;
            case 0x86 or 0x87:
                instruction.Operation = Operation.Exchange;
                return Form.Register;
            case 0xF6 or 0xF7:
                return Form.Unary;
            case 0xFE or 0xFF:
                return Form.Step;
            default:
                return Form.None;
        }
    }

    private static Form TwoByte(byte opcode, ref Instruction instruction)
    {
        switch (opcode)
        {
            case 0xAB or 0xB3 or 0xBB:
                instruction.Operation = (Operation)((int)Operation.BitSet + (opcode >> 3) - (0xAB >> 3));
                return Form.Register;
            case 0xB0 or 0xB1:
                instruction.Operation = Operation.CompareExchange;
                return Form.Register;
            case 0xC0 or 0xC1:
                instruction.Operation = Operation.ExchangeAdd;
                return Form.Register;
            case 0xBA:
                return Form.BitByte;
            default:
                return Form.None;
        }
    }

    private enum Form : byte
    {
        None,

        // A register is the source.
        Register,

        // A group with a byte, or with a word or two, behind the address.
        Byte,
        Word,

        // The group of bit operations.
        BitByte,

        // NOT and NEG; INC and DEC.
        Unary,
        Step,
    }
}
