using System;
using System.Buffers.Binary;
using System.Linq;
using Multicosm.Decoder;
using Xunit;

namespace Multicosm.Unit.Decoder;

public class PlainMoveTests
{
    private const int Rsp = 4;
    private const ulong Old = 0x0123_4567_89AB_CDEF;
    private const ulong Read = 0xFEDC_BA98_7654_3210;

    private static readonly byte[] s_opcodes = [0x88, 0x89, 0x8A, 0x8B, 0xC6, 0xC7];

    [Fact]
    public void Every_form_is_what_the_general_decoder_says()
    {
        Random random = new(1);
        int plain = 0;
        foreach (bool isNarrow in new[] { false, true })
        {
            for (int rex = 0x3F; rex <= 0x4F; rex++) // the first one stands for none
            {
                for (int opcode = 0; opcode < s_opcodes.Length + 2; opcode++)
                {
                    for (int modRm = 0; modRm < 256; modRm++)
                    {
                        byte[] code = [.. Prefixes(isNarrow, rex), .. Opcode(opcode), (byte)modRm];
                        plain += Compare(WithRest(code, random), isWanted: true) ? 1 : 0;
                    }
                }
            }
        }

        Assert.InRange(plain, 30_000, 70_000); // most of 69,632 forms; no register operands, and a few registers less
    }

    [Fact]
    public void Every_base_and_index_is_what_the_general_decoder_says()
    {
        Random random = new(2);
        for (int rex = 0x40; rex <= 0x4F; rex++)
        {
            for (int sib = 0; sib < 256; sib++)
            {
                foreach (byte modRm in (byte[])[0x04, 0x44, 0x84])
                {
                    Assert.True(Compare(WithRest([(byte)rex, 0x8B, modRm, (byte)sib], random), isWanted: true));
                    Assert.True(Compare(WithRest([0x66, (byte)rex, 0xC7, modRm, (byte)sib], random), isWanted: true));
                }
            }
        }
    }

    [Fact]
    public void Nothing_else_is_taken_for_a_plain_move()
    {
        Random random = new(3);
        for (int i = 0; i < 200_000; i++)
        {
            _ = Compare(WithRest([], random), isWanted: false);
        }
    }

    [Theory]
    [InlineData("65 89 07")] // a segment
    [InlineData("67 89 07")] // an address size
    [InlineData("F0 89 07")] // LOCK, which is refused
    [InlineData("F3 89 07")]
    [InlineData("48 66 89 07")] // a REX that does not count
    [InlineData("88 27")] // AH
    [InlineData("89 27")] // RSP
    [InlineData("0F BE 07")] // sign-extended
    [InlineData("C7 F8 00 00 00 00")] // XBEGIN
    [InlineData("C6 08 00")]
    [InlineData("89 C7")] // no memory
    [InlineData("A3 00 00 00 00 00 00 00 00")]
    public void These_are_left_to_the_general_decoder(string code)
    {
        Assert.False(TryDecode([.. Convert.FromHexString(code.Replace(" ", "", StringComparison.Ordinal)), .. new byte[8]], out PlainMove move));
        Assert.Equal(0, move.SizeBytes);
    }

    private static byte[] Prefixes(bool isNarrow, int rex) => [.. isNarrow ? [(byte)0x66] : Array.Empty<byte>(), .. rex < 0x40 ? [] : new[] { (byte)rex }];

    private static byte[] Opcode(int number) => number < s_opcodes.Length ? [s_opcodes[number]] : [0x0F, (byte)(0xB6 + number - s_opcodes.Length)];

    private static byte[] WithRest(byte[] code, Random random)
    {
        byte[] rest = new byte[16 - code.Length];
        random.NextBytes(rest);
        return [.. code, .. rest];
    }

    private static bool TryDecode(byte[] code, out PlainMove move)
    {
        move = new PlainMove { SizeBytes = 99, Displacement = 99, Mask = 99, Immediate = 99 }; // of another instruction
        byte[] padded = [.. code.Concat(new byte[16]).Take(16)];
        return PlainMoveDecoder.TryDecode(BinaryPrimitives.ReadUInt64LittleEndian(padded), BinaryPrimitives.ReadUInt64LittleEndian(padded.AsSpan(8)), ref move);
    }

    // True if it is a plain move; then it must be one, and the same one, for the general decoder, which is asked for the reverse where it `isWanted`.
    private static bool Compare(byte[] code, bool isWanted)
    {
        bool isPlain = TryDecode(code, out PlainMove move);
        DecodeStatus status = InstructionDecoder.TryDecode(code.AsSpan(0, 15), CodeMode.Bits64, out Instruction instruction);
        bool isLeftOut = status != DecodeStatus.Success || instruction.IsHighByte || instruction.Register == Rsp;
        if (!isPlain)
        {
            Assert.True(isLeftOut || !isWanted, Convert.ToHexString(code));
            return false;
        }

        Assert.False(isLeftOut, Convert.ToHexString(code));
        AssertSame(in instruction, in move);
        return true;
    }

    private static void AssertSame(in Instruction instruction, in PlainMove move)
    {
        Assert.True(instruction.Operation is Operation.Move || instruction is { Operation: Operation.MoveExtended, Extension: not Extension.Sign });
        Assert.Equal(RegisterKind.General, instruction.RegisterKind);
        Assert.Equal(instruction.Length, move.Length);
        Assert.Equal(instruction.MemorySizeBytes, move.SizeBytes);
        Assert.Equal(instruction.Direction == Direction.Load, move.IsLoad);
        ulong size = OperandSize.Mask(move.SizeBytes);
        if (instruction.HasImmediate)
        {
            Assert.Equal((ulong)instruction.Immediate & size, (Old & move.Mask) | move.Immediate);
        }
        else
        {
            Assert.Equal(instruction.Register, move.Register);
            Assert.Equal(move.IsLoad ? Loaded(Read & size, instruction.RegisterSizeBytes) : Old & size, (Old & move.Mask) | (move.IsLoad ? Read & size : move.Immediate));
        }

        bool hasOneRegister = instruction.Memory is { Index: MemoryOperand.NoRegister, Base: < 16 and not Rsp };
        Assert.Equal(hasOneRegister ? instruction.Memory.Base : PlainMove.NoRegister, move.Base);
        Assert.True(instruction.Memory is { AddressSizeBytes: 8, Segment: SegmentRegister.Ds or SegmentRegister.Ss });
        if (hasOneRegister)
        {
            Assert.Equal(instruction.Memory.Displacement, move.Displacement);
        }
    }

    private static ulong Loaded(ulong value, int registerBytes) => registerBytes switch
    {
        1 => (Old & ~0xFFUL) | value,
        2 => (Old & ~0xFFFFUL) | value,
        _ => value,
    };
}
