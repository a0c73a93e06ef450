using System;
using FsCheck.Xunit;
using Multicosm.Decoder;
using Xunit;

namespace Multicosm.Unit.Decoder;

public class DecoderTests
{
    [Fact]
    public void Store_of_a_register_with_all_parts_of_an_address()
    {
        // mov [fs:r9 + r12*8 - 0x80], r15b
        Instruction instruction = Decode("64 47 88 7C E1 80", CodeMode.Bits64);
        Assert.Equal(6, instruction.Length);
        Assert.Equal(Operation.Move, instruction.Operation);
        Assert.Equal(Direction.Store, instruction.Direction);
        Assert.Equal(1, instruction.MemorySizeBytes);
        Assert.Equal(15, instruction.Register);
        Assert.False(instruction.IsHighByte);
        Assert.Equal(SegmentRegister.Fs, instruction.Memory.Segment);
        Assert.Equal(9, instruction.Memory.Base);
        Assert.Equal(12, instruction.Memory.Index);
        Assert.Equal(8, instruction.Memory.Scale);
        Assert.Equal(-0x80, instruction.Memory.Displacement);
        Assert.Equal(8, instruction.Memory.AddressSizeBytes);
    }

    [Fact]
    public void High_byte_registers_need_that_there_is_no_REX()
    {
        Instruction high = Decode("8A 27", CodeMode.Bits64); // mov ah, [rdi]
        Assert.True(high.IsHighByte);
        Assert.Equal(0, high.Register);
        Instruction low = Decode("40 8A 27", CodeMode.Bits64); // mov spl, [rdi]
        Assert.False(low.IsHighByte);
        Assert.Equal(4, low.Register);
    }

    [Fact]
    public void Immediates_are_sign_extended()
    {
        Instruction instruction = Decode("48 C7 00 FE FF FF FF", CodeMode.Bits64); // mov qword [rax], -2
        Assert.True(instruction.HasImmediate);
        Assert.Equal(Instruction.NoRegister, instruction.Register);
        Assert.Equal(-2, instruction.Immediate);
        Assert.Equal(8, instruction.MemorySizeBytes);
    }

    [Fact]
    public void Extending_loads_have_two_sizes()
    {
        Instruction instruction = Decode("49 0F BF 00", CodeMode.Bits64); // movsx rax, word [r8]
        Assert.Equal(Operation.MoveExtended, instruction.Operation);
        Assert.Equal(Extension.Sign, instruction.Extension);
        Assert.Equal(2, instruction.MemorySizeBytes);
        Assert.Equal(8, instruction.RegisterSizeBytes);
        Assert.Equal(8, instruction.Memory.Base);
    }

    [Fact]
    public void An_absolute_offset_is_not_sign_extended()
    {
        Instruction instruction = Decode("A3 00 00 E0 FE", CodeMode.Bits32); // mov [0xFEE00000], eax
        Assert.Equal(0xFEE00000, instruction.Memory.Displacement);
        Assert.Equal(MemoryOperand.NoRegister, instruction.Memory.Base);
        Assert.Equal(4, instruction.Memory.AddressSizeBytes);
    }

    [Fact]
    public void Real_mode_addresses()
    {
        Instruction instruction = Decode("26 8B 42 FE", CodeMode.Bits16); // mov ax, [es:bp + si - 2]
        Assert.Equal(2, instruction.MemorySizeBytes);
        Assert.Equal(SegmentRegister.Es, instruction.Memory.Segment);
        Assert.Equal(5, instruction.Memory.Base);
        Assert.Equal(6, instruction.Memory.Index);
        Assert.Equal(-2, instruction.Memory.Displacement);
        Assert.Equal(2, instruction.Memory.AddressSizeBytes);
        Assert.Equal(SegmentRegister.Ss, Decode("8B 42 FE", CodeMode.Bits16).Memory.Segment);
    }

    [Fact]
    public void String_moves_know_their_repeat_prefix()
    {
        Instruction instruction = Decode("F3 48 A5", CodeMode.Bits64);
        Assert.Equal(Operation.MoveString, instruction.Operation);
        Assert.Equal(Direction.Copy, instruction.Direction);
        Assert.Equal(RepeatPrefix.Rep, instruction.Repeat);
        Assert.Equal(8, instruction.MemorySizeBytes);
        Assert.Equal(RepeatPrefix.None, Decode("AA", CodeMode.Bits32).Repeat);
    }

    [Theory]
    [InlineData("")]
    [InlineData("66")]
    [InlineData("66 67 F3 26")]
    [InlineData("8B")]
    [InlineData("8B 05 01 02 03")]
    [InlineData("C7 04 25 00 00 E0 FE 01 02 03")]
    [InlineData("0F")]
    [InlineData("0F 38")]
    [InlineData("48 A1 01 02 03 04 05 06 07")]
    [InlineData("F0 48")]
    [InlineData("F0 48 0F")]
    [InlineData("48 81 0F 01 02 03")]
    [InlineData("0F BA")]
    [InlineData("0F BA 2F")]
    [InlineData("C5")]
    [InlineData("C4 E1")]
    [InlineData("C5 F9 6F")]
    [InlineData("66 0F 38 2A")]
    [InlineData("66 0F 6F")]
    public void Too_few_bytes(string text) => Assert.Equal(DecodeStatus.NeedMoreBytes, Status(text, CodeMode.Bits64));

    [Theory]
    [InlineData("F0 89 07")] // lock mov
    [InlineData("F0 A4")]
    [InlineData("F0 03 07")] // lock add eax, [rdi]
    [InlineData("F0 39 07")] // lock cmp
    [InlineData("F0 D1 07")] // lock rol
    [InlineData("F0 0F A3 07")] // lock bt
    [InlineData("66 C5 F9 6F 07")] // 66 before VEX
    [InlineData("C5 F1 6F 07")] // vmovdqa with a third register
    [InlineData("C7 08 00 00 00 00")] // C7 /1
    [InlineData("66 66 66 66 66 66 66 66 66 66 66 66 66 66 89 07")] // 16 bytes
    [InlineData("66 66 66 66 66 66 66 66 66 66 66 66 66 66 66")]
    [InlineData("2E 2E 2E 2E 2E 2E 48 C7 04 25 00 00 E0 FE 01 02 03 04")]
    public void What_the_processor_refuses(string text) => Assert.Equal(DecodeStatus.Invalid, Status(text, CodeMode.Bits64));

    [Theory]
    [InlineData("90")]
    [InlineData("89 C0")] // register to register
    [InlineData("FF 28")] // far jump
    [InlineData("F2 0F 38 F0 00")] // crc32
    [InlineData("0F 01 C1")]
    [InlineData("C5 F9 6F C1")] // vmovdqa xmm0, xmm1
    public void What_is_something_else(string text) => Assert.Equal(DecodeStatus.Unsupported, Status(text, CodeMode.Bits64));

    [Fact]
    public void Fifteen_bytes_are_allowed()
    {
        Instruction instruction = Decode("2E 2E 2E 48 C7 84 24 00 00 E0 FE 01 02 03 04", CodeMode.Bits64);
        Assert.Equal(15, instruction.Length);
    }

    [Property(MaxTest = 5000)]
    public void Of_an_instruction_each_shorter_piece_needs_more(byte[] bytes, byte mode)
    {
        CodeMode codeMode = (CodeMode)(mode % 3);
        byte[] text = [0x8B, .. bytes];
        if (InstructionDecoder.TryDecode(text, codeMode, out Instruction whole) != DecodeStatus.Success)
        {
            return;
        }

        for (int length = 0; length < whole.Length; length++)
        {
            Assert.Equal(DecodeStatus.NeedMoreBytes, InstructionDecoder.TryDecode(text.AsSpan(0, length), codeMode, out _));
        }
    }

    private static Instruction Decode(string text, CodeMode mode)
    {
        Assert.Equal(DecodeStatus.Success, InstructionDecoder.TryDecode(Bytes(text), mode, out Instruction instruction));
        return instruction;
    }

    private static DecodeStatus Status(string text, CodeMode mode) => InstructionDecoder.TryDecode(Bytes(text), mode, out _);

    private static byte[] Bytes(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}
