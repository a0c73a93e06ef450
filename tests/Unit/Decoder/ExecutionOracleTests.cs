using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Multicosm.Decoder;
using Multicosm.Decoder.Execution;
using Multicosm.Unit.Paravirt.Emulation;
using Xunit;

namespace Multicosm.Unit.Decoder;

/// <summary>The executor against this computer's own processor: every instruction that it can run on [rdi + 0x40] with RAX, RCX, RDX and RBX.</summary>
public class ExecutionOracleTests
{
    private const int Address = 0x140;
    private const ulong Arithmetic = StatusFlags.All;
    private const ulong Zero = StatusFlags.Zero;
    private const ulong Carry = StatusFlags.Carry;
    private const ulong Overflow = StatusFlags.Overflow;
    private const ulong Logic = StatusFlags.All & ~StatusFlags.Adjust;

    [Fact]
    public void Each_instruction_does_what_this_processor_does()
    {
        using NativeCode native = new();
        bool isLong = Environment.GetEnvironmentVariable("MULTICOSM_TEST_LONG") == "1";
        Random random = new(1);
        int compared = 0;
        foreach (byte[] form in Forms())
        {
            for (int i = 0; i < (isLong ? 2000 : 100); i++)
            {
                compared += Compare(native, form, random) ? 1 : 0;
            }
        }

        Assert.True(compared > 50_000, $"{compared}");
    }

    private static List<byte[]> Forms()
    {
        List<byte[]> forms = [];
        foreach (byte[] size in (byte[][])[[], [0x66], [0x48]])
        {
            foreach (byte register in (byte[])[0, 1, 2, 3])
            {
                byte modRm = (byte)(0x47 | (register << 3));
                for (byte opcode = 0; opcode < 0x40; opcode += 8)
                {
                    forms.AddRange([[.. size, (byte)(opcode + 1), modRm, 0x40], [.. size, (byte)(opcode + 3), modRm, 0x40]]);
                }

                foreach (byte opcode in (byte[])[0x85, 0x87, 0x89, 0x8B])
                {
                    forms.Add([.. size, opcode, modRm, 0x40]);
                }

                foreach (byte opcode in (byte[])[0xA5, 0xAD, 0xAF, 0xB1, 0xC1, 0xB6, 0xB7, 0xBE, 0xBF, 0xBC, 0xBD])
                {
                    forms.Add([.. size, 0x0F, opcode, modRm, 0x40]);
                }

                for (byte condition = 0; condition < 16; condition++)
                {
                    forms.Add([.. size, 0x0F, (byte)(0x40 | condition), modRm, 0x40]);
                }

                byte[] word = size.Length == 1 && size[0] == 0x66 ? [0x80, 0x7F] : [0x80, 0x7F, 0x01, 0x80];
                byte[] prefix = size.Length == 1 && size[0] == 0x66 ? [0x66, 0xF3] : size.Length == 1 ? [0xF3, .. size] : [0xF3];
                forms.AddRange([[.. size, 0x6B, modRm, 0x40, 0x91], [.. size, 0x69, modRm, 0x40, .. word], [.. prefix, 0x0F, 0xB8, modRm, 0x40]]);
                forms.AddRange([[.. prefix, 0x0F, 0xBC, modRm, 0x40], [.. prefix, 0x0F, 0xBD, modRm, 0x40], [.. size, 0x0F, 0xA4, modRm, 0x40, 5], [.. size, 0x0F, 0xAC, modRm, 0x40, 11]]);
            }

            for (byte group = 0; group < 8; group++)
            {
                byte modRm = (byte)(0x47 | (group << 3));
                byte[] word = size.Length == 1 && size[0] == 0x66 ? [0x80, 0x7F] : [0x80, 0x7F, 0x01, 0x80];
                forms.AddRange([[.. size, 0x83, modRm, 0x40, (byte)(group * 0x31)], [.. size, 0x81, modRm, 0x40, .. word]]);
                forms.AddRange([[.. size, 0xC1, modRm, 0x40, (byte)(group * 5)], [.. size, 0xD1, modRm, 0x40], [.. size, 0xD3, modRm, 0x40]]);
                forms.AddRange(group < 2 ? [[.. size, 0xF7, modRm, 0x40, .. word], [.. size, 0xFF, modRm, 0x40]] : [[.. size, 0xF7, modRm, 0x40]]);
                if (group >= 4)
                {
                    forms.Add([.. size, 0x0F, 0xBA, modRm, 0x40, (byte)(group * 0x1D)]);
                }
            }

        }

        forms.Add([0x0F, 0xC7, 0x4F, 0x40]); // the form of 16 bytes needs an alignment that this memory has not

        foreach (byte register in (byte[])[0, 1, 2, 3, 4, 5, 6, 7])
        {
            byte modRm = (byte)(0x47 | (register << 3));
            for (byte opcode = 0; opcode < 0x40; opcode += 8)
            {
                forms.AddRange([[opcode, modRm, 0x40], [(byte)(opcode + 2), modRm, 0x40]]);
            }

            forms.AddRange([[0x84, modRm, 0x40], [0x86, modRm, 0x40], [0x88, modRm, 0x40], [0x8A, modRm, 0x40], [0x0F, 0xB0, modRm, 0x40], [0x0F, 0xC0, modRm, 0x40]]);
            forms.AddRange([[0x80, modRm, 0x40, 0xC5], [0xC0, modRm, 0x40, (byte)(register * 4)], [0xD0, modRm, 0x40], [0xD2, modRm, 0x40]]);
            forms.Add(register < 2 ? [0xF6, modRm, 0x40, 0x35] : [0xF6, modRm, 0x40]);
            forms.AddRange([[0x0F, (byte)(0x90 | register), 0x47, 0x40], [0x0F, (byte)(0x98 | register), 0x47, 0x40]]);
        }

        forms.AddRange([[0xFE, 0x47, 0x40], [0xFE, 0x4F, 0x40], [0xC6, 0x47, 0x40, 0x55], [0xC7, 0x47, 0x40, 1, 2, 3, 4], [0x48, 0x63, 0x47, 0x40]]);
        return forms;
    }

    private static bool Compare(NativeCode native, byte[] code, Random random)
    {
        NativeCode.State state = new()
        {
            Rax = Number(random),
            Rcx = Number(random),
            Rdx = Number(random),
            Rbx = Number(random),
            Memory = Number(random),
            MemoryAbove = Number(random),
            Rflags = 0x202 | ((ulong)random.NextInt64() & StatusFlags.All),
        };
        state.Rax = random.Next(3) == 0 ? state.Memory : state.Rax;
        state.Rdx = random.Next(3) == 0 ? state.MemoryAbove : random.Next(2) == 0 ? state.Rdx & 0xF : state.Rdx;
        FakeProcessor processor = new() { Flags = state.Rflags };
        (processor.General[0], processor.General[1], processor.General[2], processor.General[3], processor.General[7]) = (state.Rax, state.Rcx, state.Rdx, state.Rbx, 0x100);
        BinaryPrimitives.WriteUInt64LittleEndian(processor.Memory.AsSpan(Address), state.Memory);
        BinaryPrimitives.WriteUInt64LittleEndian(processor.Memory.AsSpan(Address + 8), state.MemoryAbove);
        string text = $"{Convert.ToHexString(code)} rax={state.Rax:X} rcx={state.Rcx:X} rdx={state.Rdx:X} rbx={state.Rbx:X} m={state.Memory:X} f={state.Rflags:X}";
        Assert.True(InstructionDecoder.TryDecode(code, CodeMode.Bits64, out Instruction instruction) == DecodeStatus.Success, text);
        if (instruction.Register is > 3 and < 8)
        {
            return false; // those that are not watched
        }

        ulong count = instruction.IsCountInCl ? state.Rcx : (ulong)instruction.Immediate;
        if (!InstructionExecutor.TryExecute(processor, in instruction))
        {
            Assert.Equal([EmulatedException.DivideError], processor.Raised); // which this processor would raise as well, and end the test
            return false;
        }

        if (IsUndefined(in instruction, count))
        {
            return false;
        }

        native.Run(code, ref state);
        ulong memory = BinaryPrimitives.ReadUInt64LittleEndian(processor.Memory.AsSpan(Address));
        ulong above = BinaryPrimitives.ReadUInt64LittleEndian(processor.Memory.AsSpan(Address + 8));
        Assert.True((memory, above) == (state.Memory, state.MemoryAbove), $"{text}: {above:X} {memory:X}, expected {state.MemoryAbove:X} {state.Memory:X}");
        ulong[] registers = [processor.General[0], processor.General[1], processor.General[2], processor.General[3]];
        ulong[] expected = [state.Rax, state.Rcx, state.Rdx, state.Rbx];
        Assert.True(registers.AsSpan().SequenceEqual(expected), $"{text}: {string.Join(' ', registers)}, expected {string.Join(' ', expected)}");
        Assert.True(processor.Rip == 0x1000 + (ulong)code.Length, text);
        ulong defined = DefinedFlags(in instruction, count);
        Assert.True(((processor.Flags ^ state.Rflags) & defined) == 0, $"{text}: {processor.Flags:X}, expected {state.Rflags:X}");
        return true;
    }

    // Results that the manual leaves open: scans of 0, double shifts by more than there is.
    private static bool IsUndefined(in Instruction instruction, ulong count)
    {
        bool isDouble = instruction.Operation is Operation.ShiftLeftDouble or Operation.ShiftRightDouble;
        return isDouble && (int)(count & (instruction.MemorySizeBytes == 8 ? 63ul : 31)) > instruction.MemorySizeBytes * 8;
    }

    private static ulong DefinedFlags(in Instruction instruction, ulong count)
    {
        int bits = instruction.MemorySizeBytes * 8;
        int by = (int)(count & (bits == 64 ? 63ul : 31));
        bool isRotate = instruction.Operation is >= Operation.RotateLeft and <= Operation.RotateRightWithCarry;
        return instruction.Operation switch
        {
            >= Operation.RotateLeft and <= Operation.ShiftRightDouble when by == 0 => Arithmetic,
            _ when isRotate => by == 1 ? Arithmetic : Arithmetic & ~Overflow,
            >= Operation.ShiftLeft and <= Operation.ShiftRightDouble => Logic & ~(by == 1 ? 0 : Overflow) & ~(by >= bits ? Carry : 0),
            Operation.And or Operation.Or or Operation.ExclusiveOr or Operation.Test => Logic,
            Operation.Multiply or Operation.MultiplySigned or Operation.MultiplyLow => Carry | Overflow,
            Operation.Divide or Operation.DivideSigned => 0,
            >= Operation.BitTest and <= Operation.BitComplement => Carry,
            Operation.BitScanForward or Operation.BitScanReverse => Zero,
            Operation.CountTrailingZeros or Operation.CountLeadingZeros => Zero | Carry,
            _ => Arithmetic,
        };
    }

    private static ulong Number(Random random) => random.Next(6) switch
    {
        0 => 0,
        1 => ulong.MaxValue,
        2 => 1ul << random.Next(64),
        3 => (1ul << random.Next(64)) - 1,
        _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
    };
}
