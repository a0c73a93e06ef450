using System;
using System.Buffers.Binary;
using System.Linq;
using Multicosm.Decoder;
using Multicosm.Decoder.Execution;
using Xunit;

namespace Multicosm.Unit.Decoder;

/// <summary>What the executor does that the other test cannot see: strings, the stack, vector and segment registers, far bits.</summary>
public class ExecutionTests
{
    private const int Rcx = 1;
    private const int Rsp = 4;
    private const int Rsi = 6;
    private const int Rdi = 7;

    private readonly FakeProcessor _processor = new();

    public ExecutionTests()
    {
        _processor.General[Rdi] = 0x200;
        _processor.General[Rsi] = 0x100;
        _processor.General[Rsp] = 0x800;
        for (int i = 0; i < 0x100; i++)
        {
            _processor.Memory[0x100 + i] = (byte)(i + 1);
        }
    }

    [Fact]
    public void Strings_move_an_element_at_a_time()
    {
        _processor.General[Rcx] = 2;
        Assert.True(Run("F3 A5"));
        Assert.Equal((0x1000ul, 1ul, 0x104ul, 0x204ul, 1), (_processor.Rip, _processor.General[Rcx], _processor.General[Rsi], _processor.General[Rdi], _processor.Elements));
        Assert.True(Run("F3 A5"));
        Assert.Equal((0x1002ul, 0ul, 1), (_processor.Rip, _processor.General[Rcx], _processor.Elements));
        Assert.Equal(_processor.Memory[0x100..0x108], _processor.Memory[0x200..0x208]);
        Assert.True(Run("F3 A5")); // nothing left
        Assert.Equal((0x1004ul, 0x208ul), (_processor.Rip, _processor.General[Rdi]));
        _processor.Flags |= StatusFlags.Direction;
        Assert.True(Run("66 A5"));
        Assert.Equal((0x106ul, 0x206ul), (_processor.General[Rsi], _processor.General[Rdi]));
    }

    [Fact]
    public void Comparing_strings_end_by_count_or_by_what_they_find()
    {
        _processor.General[Rcx] = 5;
        _processor.Memory.AsSpan(0x100, 3).CopyTo(_processor.Memory.AsSpan(0x200));
        int steps = RunAll("F3 A6"); // repe cmpsb: the fourth differs
        Assert.Equal((4, 1ul, 0ul), (steps, _processor.General[Rcx], _processor.Flags & StatusFlags.Zero));
        _processor.General[Rcx] = 10;
        _processor.General[Rdi] = 0x100;
        _processor.General[0] = 6;
        Assert.Equal(6, RunAll("F2 AE")); // repne scasb
        Assert.Equal((4ul, 0x106ul, StatusFlags.Zero), (_processor.General[Rcx], _processor.General[Rdi], _processor.Flags & StatusFlags.Zero));
    }

    [Fact]
    public void A_count_of_a_narrow_address_size_leaves_the_rest_of_the_register()
    {
        _processor.CodeMode = CodeMode.Bits16;
        _processor.General[Rcx] = 0xABCD0001;
        _processor.General[Rdi] = 0xABCD0200;
        Assert.True(Run("F3 AA"));
        Assert.Equal((0xABCD0000ul, 0xABCD0201ul), (_processor.General[Rcx], _processor.General[Rdi]));
    }

    [Fact]
    public void The_stack()
    {
        Assert.True(Run("FF 36")); // push qword [rsi]
        Assert.Equal((0x7F8ul, 0x0807060504030201ul), (_processor.General[Rsp], Get(0x7F8)));
        Assert.True(Run("8F 44 24 10")); // pop qword [rsp + 0x10]
        Assert.Equal((0x800ul, 0x0807060504030201ul), (_processor.General[Rsp], Get(0x810)));
        Put(0x100, 0x4444);
        ulong next = _processor.Rip + 2;
        Assert.True(Run("FF 16")); // call [rsi]
        Assert.Equal((0x4444ul, 0x7F8ul, next), (_processor.Rip, _processor.General[Rsp], Get(0x7F8)));
        Put(0x100, 0xBAD);
        Assert.False(Run("FF 16"));
        Assert.False(Run("FF 26")); // jmp [rsi]
        Assert.Equal((0x4444ul, 0x7F8ul), (_processor.Rip, _processor.General[Rsp]));
        Assert.Equal([EmulatedException.GeneralProtection, EmulatedException.GeneralProtection], _processor.Raised);
    }

    [Fact]
    public void A_16_bit_stack_pointer_wraps()
    {
        _processor.CodeMode = CodeMode.Bits16;
        _processor.StackBytes = 2;
        _processor.General[Rsp] = 0xABCD0002;
        Assert.True(Run("FF 34")); // push word [si]
        Assert.Equal(0xABCD0000ul, _processor.General[Rsp]);
    }

    [Theory]
    [InlineData("0F 10 0E", 16, false)] // movups
    [InlineData("66 0F 6F 0E", 16, false)] // movdqa
    [InlineData("F3 0F 10 0E", 4, false)] // movss
    [InlineData("F2 0F 10 0E", 8, false)] // movsd
    [InlineData("66 0F 6E 0E", 4, false)] // movd
    [InlineData("66 48 0F 6E 0E", 8, false)] // movq
    [InlineData("F3 0F 7E 0E", 8, false)] // movq
    [InlineData("C5 FA 6F 0E", 16, true)] // vmovdqu xmm
    [InlineData("C5 FE 6F 0E", 32, true)] // vmovdqu ymm
    [InlineData("C5 FB 10 0E", 8, true)] // vmovsd
    public void Vector_loads_clear_what_they_do_not_fill(string text, int bytes, bool clearsAll)
    {
        _processor.Vectors[1] = [.. Enumerable.Repeat((byte)0xEE, 64)];
        Assert.True(Run(text));
        byte[] expected = [.. Enumerable.Repeat((byte)0, 64)];
        expected.AsSpan(16).Fill((byte)(clearsAll ? 0 : 0xEE));
        _processor.Memory.AsSpan(0x100, bytes).CopyTo(expected);
        Assert.Equal(expected, _processor.Vectors[1]);
    }

    [Theory]
    [InlineData("0F 11 0F", 16, 0)]
    [InlineData("66 0F 7F 0F", 16, 0)]
    [InlineData("66 0F E7 0F", 16, 0)] // movntdq
    [InlineData("F3 0F 11 0F", 4, 0)]
    [InlineData("66 0F D6 0F", 8, 0)]
    [InlineData("0F 13 0F", 8, 0)] // movlps
    [InlineData("0F 17 0F", 8, 8)] // movhps
    [InlineData("C5 FE 7F 0F", 32, 0)]
    [InlineData("C5 F8 17 0F", 8, 8)] // vmovhps
    public void Vector_stores(string text, int bytes, int from)
    {
        _processor.Vectors[1] = [.. Enumerable.Range(0x80, 64).Select(value => (byte)value)];
        Assert.True(Run(text));
        Assert.Equal(_processor.Vectors[1].AsSpan(from, bytes), _processor.Memory.AsSpan(0x200, bytes));
        Assert.Equal(0, _processor.Memory[0x200 + bytes]);
    }

    [Fact]
    public void Halves_leave_the_other_half_and_media_registers_are_their_own()
    {
        _processor.Vectors[1] = [.. Enumerable.Repeat((byte)0xEE, 64)];
        Assert.True(Run("0F 16 0E")); // movhps xmm1, [rsi]
        Assert.Equal(0xEE, _processor.Vectors[1][7]);
        Assert.Equal(_processor.Memory[0x100..0x108], _processor.Vectors[1][8..16]);
        Assert.True(Run("0F 12 0E")); // movlps
        Assert.Equal(_processor.Memory[0x100..0x108], _processor.Vectors[1][..8]);
        Assert.True(Run("0F 6F 1E")); // movq mm3, [rsi]
        Assert.Equal(Get(0x100), _processor.Media[3]);
        Assert.True(Run("0F 7F 1F")); // movq [rdi], mm3
        Assert.Equal(Get(0x100), Get(0x200));
    }

    [Fact]
    public void What_must_be_aligned_is_checked()
    {
        _processor.General[Rsi] = 0x108;
        Assert.False(Run("66 0F 6F 0E"));
        Assert.True(Run("F3 0F 6F 0E"));
        Assert.False(Run("48 0F C7 0E")); // cmpxchg16b
        Assert.Equal(2, _processor.Raised.Count);
    }

    [Fact]
    public void Bits_far_off()
    {
        _processor.General[0] = 0x1008;
        Assert.True(Run("48 0F AB 07")); // bts [rdi], rax
        Assert.Equal(0x100ul, Get(0x400));
        _processor.General[0] = unchecked((ulong)-1);
        Assert.True(Run("0F BB 07")); // btc dword [rdi], eax
        Assert.Equal(0x80, _processor.Memory[0x1FF]);
    }

    [Fact]
    public void Segment_registers_and_ports()
    {
        _processor.Segments[3] = 0x1234;
        Assert.True(Run("8C 1F")); // mov [rdi], ds
        Assert.Equal(0x1234ul, Get(0x200));
        Assert.True(Run("8E 07")); // mov es, [rdi]
        Assert.Equal(0x1234, _processor.Segments[0]);
        Put(0x100, 0xBAD);
        ulong rip = _processor.Rip;
        Assert.False(Run("8E 16")); // mov ss, [rsi]
        Assert.Equal(rip, _processor.Rip);
        Instruction outs = new()
        {
            Operation = Operation.OutString,
            MemorySizeBytes = 2,
            Length = 2,
            Register = Instruction.NoRegister,
            Memory = new MemoryOperand { Base = Rsi, Index = MemoryOperand.NoRegister, AddressSizeBytes = 8 },
        };
        Assert.True(InstructionExecutor.TryExecute(_processor, in outs));
        Assert.Equal([0xBADu], _processor.Ports);
        Assert.Equal(0x102ul, _processor.General[Rsi]);
    }

    [Fact]
    public void Swapped_moves()
    {
        Assert.True(Run("0F 38 F0 06")); // movbe eax, [rsi]
        Assert.Equal(0x01020304ul, _processor.General[0]);
        Assert.True(Run("66 0F 38 F1 07"));
        Assert.Equal(0x0403ul, Get(0x200));
    }

    private bool Run(string text)
    {
        byte[] code = Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(DecodeStatus.Success, InstructionDecoder.TryDecode(code, _processor.CodeMode, out Instruction instruction));
        return InstructionExecutor.TryExecute(_processor, in instruction);
    }

    private int RunAll(string text)
    {
        ulong start = _processor.Rip;
        int steps = 0;
        while (_processor.Rip == start)
        {
            Assert.True(Run(text));
            steps++;
        }

        return steps;
    }

    private ulong Get(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_processor.Memory.AsSpan(at));

    private void Put(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(_processor.Memory.AsSpan(at), value);
}
