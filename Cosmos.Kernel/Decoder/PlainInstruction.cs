using System;

namespace Multicosm.Decoder;

/// <summary>
/// The instructions without a memory operand that crash reports meet most: those that exit, that fault on purpose, jumps, and the stack's.
/// </summary>
/// <source>SDM 2D, "Opcode Map"</source>
internal readonly ref struct PlainInstruction
{
    private const byte Group7Opcode = 1;

    private PlainInstruction(ReadOnlySpan<byte> name, PlainOperand operand, int length, long value)
    {
        Name = name;
        Operand = operand;
        Length = length;
        Value = value;
    }

    /// <summary>The mnemonic, with the operands that the opcode implies.</summary>
    internal ReadOnlySpan<byte> Name { get; }

    /// <summary>What kind of operand <see cref="Value"/> is.</summary>
    internal PlainOperand Operand { get; }

    /// <summary>Length in bytes.</summary>
    internal int Length { get; }

    /// <summary>The operand; for control registers its number and, from bit 8 on, that of the general register.</summary>
    internal long Value { get; }

    /// <summary>Decodes it; false for any other instruction.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> bytes, CodeMode mode, out PlainInstruction instruction)
    {
        InstructionCursor cursor = new(bytes);
        InstructionPrefixes prefixes = InstructionPrefixes.Read(ref cursor, mode, out byte opcode);
        bool isTwoByte = opcode == 0x0F;
        opcode = isTwoByte ? cursor.Next() : opcode;
        byte group = isTwoByte && opcode == Group7Opcode ? cursor.Next() : (byte)0;
        ReadOnlySpan<byte> name = isTwoByte ? TwoByte(opcode, group, out PlainOperand operand) : OneByte(opcode, out operand);
        bool isByteJump = !isTwoByte && (opcode == 0xEB || opcode >> 4 == 7);
        long value = operand switch
        {
            PlainOperand.Byte => cursor.Next(),
            PlainOperand.Distance => cursor.NextSigned(isByteJump ? 1 : mode == CodeMode.Bits64 ? 4 : prefixes.OperandSizeBytes),
            PlainOperand.Register => (opcode & 7) | prefixes.BaseExtension,
            PlainOperand.ControlRegister => ControlOperand(cursor.Next(), in prefixes),
            _ => 0,
        };
        instruction = new PlainInstruction(name, operand, cursor.Position, value);
        return !name.IsEmpty && cursor.Status == DecodeStatus.Success;
    }

    private static long ControlOperand(byte modRm, in InstructionPrefixes prefixes) =>
        (modRm >> 3 & 7) + prefixes.RegisterExtension + (((modRm & 7) + prefixes.BaseExtension) << 8);

    private static ReadOnlySpan<byte> OneByte(byte opcode, out PlainOperand operand)
    {
        operand = opcode switch
        {
            >= 0x50 and <= 0x5F => PlainOperand.Register,
            (>= 0x70 and <= 0x7F) or 0xE8 or 0xE9 or 0xEB => PlainOperand.Distance,
            0xCD or (>= 0xE4 and <= 0xE7) => PlainOperand.Byte,
            _ => PlainOperand.None,
        };
        return opcode switch
        {
            <= 0x4F => default,
            <= 0x57 => "push"u8,
            <= 0x5F => "pop"u8,
            >= 0x70 and <= 0x7F => Condition(opcode),
            0x90 => "nop"u8,
            0x9C => "pushf"u8,
            0x9D => "popf"u8,
            0xC3 => "ret"u8,
            0xC9 => "leave"u8,
            0xCC => "int3"u8,
            0xCD => "int"u8,
            0xCF => "iret"u8,
            0xE4 => "in al,"u8,
            0xE5 => "in eax,"u8,
            0xE6 => "out al to"u8,
            0xE7 => "out eax to"u8,
            0xE8 => "call"u8,
            0xE9 or 0xEB => "jmp"u8,
            0xEC => "in al, dx"u8,
            0xED => "in eax, dx"u8,
            0xEE => "out dx, al"u8,
            0xEF => "out dx, eax"u8,
            0xF1 => "int1"u8,
            0xF4 => "hlt"u8,
            0xFA => "cli"u8,
            0xFB => "sti"u8,
            _ => default,
        };
    }

    private static ReadOnlySpan<byte> TwoByte(byte opcode, byte group, out PlainOperand operand)
    {
        operand = opcode switch
        {
            0x20 or 0x22 => PlainOperand.ControlRegister,
            >= 0x80 and <= 0x8F => PlainOperand.Distance,
            _ => PlainOperand.None,
        };
        return opcode switch
        {
            Group7Opcode => Group7(group),
            0x05 => "syscall"u8,
            0x06 => "clts"u8,
            0x07 => "sysret"u8,
            0x08 => "invd"u8,
            0x09 => "wbinvd"u8,
            0x0B => "ud2"u8,
            0x20 => "mov from"u8,
            0x22 => "mov to"u8,
            0x30 => "wrmsr"u8,
            0x31 => "rdtsc"u8,
            0x32 => "rdmsr"u8,
            0x33 => "rdpmc"u8,
            0x34 => "sysenter"u8,
            0x35 => "sysexit"u8,
            >= 0x80 and <= 0x8F => Condition(opcode),
            0xA2 => "cpuid"u8,
            _ => default,
        };
    }

    // Only its forms without memory.
    private static ReadOnlySpan<byte> Group7(byte modRm) => modRm switch
    {
        0xC1 => "vmcall"u8,
        0xC2 => "vmlaunch"u8,
        0xC3 => "vmresume"u8,
        0xC4 => "vmxoff"u8,
        0xC8 => "monitor"u8,
        0xC9 => "mwait"u8,
        0xD0 => "xgetbv"u8,
        0xD1 => "xsetbv"u8,
        0xF8 => "swapgs"u8,
        0xF9 => "rdtscp"u8,
        _ => default,
    };

    private static ReadOnlySpan<byte> Condition(byte opcode)
    {
        ReadOnlySpan<byte> names = "jo jnojb jaeje jnejbeja js jnsjp jnpjl jgejlejg "u8;
        return names.Slice((opcode & 15) * 3, 3).TrimEnd((byte)' ');
    }
}
