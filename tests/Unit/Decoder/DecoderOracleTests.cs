using System;
using FsCheck.Xunit;
using Iced.Intel;
using Multicosm.Decoder;
using Xunit;
using IcedInstruction = Iced.Intel.Instruction;
using Instruction = Multicosm.Decoder.Instruction;
using MemoryOperand = Multicosm.Decoder.MemoryOperand;

namespace Multicosm.Unit.Decoder;

/// <summary>Our decoder against Iced, a decoder that knows every instruction.</summary>
public class DecoderOracleTests
{
    private const ulong Rip = 0x1000;

    private static readonly byte[] s_prefixes = [0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x48, 0x40, 0x4F, 0x41, 0x42, 0x44];

    private static readonly byte[][] s_opcodes =
    [
        [0x88], [0x89], [0x8A], [0x8B], [0xC6], [0xC7], [0xA0], [0xA1], [0xA2], [0xA3], [0x63], [0xA4], [0xA5], [0xAA], [0xAB], [0xAC], [0xAD],
        [0x0F, 0xB6], [0x0F, 0xB7], [0x0F, 0xBE], [0x0F, 0xBF], [0x0F, 0xC3], [0x0F, 0x38, 0xF0], [0x0F, 0x38, 0xF1],
        [0xA6], [0xA7], [0xAE], [0xAF], [0x8C], [0x8E], [0x8F], [0x69], [0x6B], [0x80], [0x81], [0x82], [0x83], [0x84], [0x85], [0x86], [0x87],
        [0xC0], [0xC1], [0xD0], [0xD1], [0xD2], [0xD3], [0xF6], [0xF7], [0xFE], [0xFF], [0x0F, 0x01], [0x0F, 0xA3], [0x0F, 0xA4], [0x0F, 0xA5], [0x0F, 0xAB],
        [0x0F, 0xAC], [0x0F, 0xAD], [0x0F, 0xAE], [0x0F, 0xAF], [0x0F, 0xB0], [0x0F, 0xB1], [0x0F, 0xB3], [0x0F, 0xB8], [0x0F, 0xBA], [0x0F, 0xBB],
        [0x0F, 0xBC], [0x0F, 0xBD], [0x0F, 0xC0], [0x0F, 0xC1], [0x0F, 0xC7], [0x0F, 0x10], [0x0F, 0x11], [0x0F, 0x12], [0x0F, 0x13], [0x0F, 0x16],
        [0x0F, 0x17], [0x0F, 0x28], [0x0F, 0x29], [0x0F, 0x2B], [0x0F, 0x6E], [0x0F, 0x6F], [0x0F, 0x7E], [0x0F, 0x7F], [0x0F, 0xD6], [0x0F, 0xE7],
        [0x0F, 0xF0], [0x0F, 0x38, 0x2A], [0xC4], [0xC5], [0xC5, 0xF8], [0xC5, 0xFE], [0xC4, 0xE2, 0x7D, 0x2A], [0xC4, 0xC1, 0x7C],
    ];

    private static readonly InstructionInfoFactory s_information = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Likely_encodings_agree(int seed)
    {
        int count = Environment.GetEnvironmentVariable("MULTICOSM_TEST_LONG") == "1" ? 1_000_000 : 100_000;
        Random random = new(seed);
        int accepted = 0;
        for (int i = 0; i < count; i++)
        {
            accepted += Compare(Likely(random), (CodeMode)random.Next(3));
        }

        Assert.InRange(accepted, count / 4, count);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void A_hundred_thousand_random_byte_strings_agree(int seed)
    {
        Random random = new(seed);
        byte[] bytes = new byte[15];
        for (int i = 0; i < 100_000; i++)
        {
            random.NextBytes(bytes);
            _ = Compare(bytes, (CodeMode)random.Next(3));
        }
    }

    [Property(MaxTest = 2000)]
    public void Any_bytes_of_any_length_agree(byte[] bytes, byte mode) => Compare(bytes, (CodeMode)(mode % 3));

    [Fact]
    public void Every_ModRM_and_SIB_agrees_in_every_mode_and_address_size()
    {
        byte[] bytes = new byte[15];
        foreach (byte prefix in new byte[] { 0x90, 0x67, 0x4F, 0x48, 0x43 })
        {
            for (int code = 0; code < 0x10000; code += 1)
            {
                bytes.AsSpan().Fill(0x85);
                int at = 0;
                if (prefix != 0x90)
                {
                    bytes[at++] = prefix;
                }

                bytes[at++] = 0x8B;
                bytes[at++] = (byte)code;
                bytes[at] = (byte)(code >> 8);
                _ = Compare(bytes, (CodeMode)(code % 3));
            }
        }
    }

    private static byte[] Likely(Random random)
    {
        byte[] bytes = new byte[random.Next(10) == 0 ? random.Next(16) : 15 + random.Next(3)];
        random.NextBytes(bytes);
        int at = 0;
        for (int i = random.Next(4); i > 0 && at < bytes.Length; i--)
        {
            bytes[at++] = s_prefixes[random.Next(s_prefixes.Length)];
        }

        byte[] opcode = s_opcodes[random.Next(s_opcodes.Length)];
        if (random.Next(3) == 0)
        {
            opcode = random.Next(4) switch
            {
                0 => [(byte)random.Next(0x40)],
                1 => [0x0F, (byte)(0x40 + random.Next(16))],
                2 => [0x0F, (byte)(0x90 + random.Next(16))],
                _ => [0x0F, (byte)random.Next(256)],
            };
        }

        foreach (byte part in opcode)
        {
            if (at < bytes.Length)
            {
                bytes[at++] = part;
            }
        }

        if (at < bytes.Length && random.Next(2) == 0)
        {
            bytes[at] &= 0xC7; // the /0 that C6 and C7 need
        }

        return bytes;
    }

    // 1 if accepted.
    private static int Compare(byte[] bytes, CodeMode mode)
    {
        string text = $"{mode} {Convert.ToHexString(bytes)}";
        DecodeStatus status = InstructionDecoder.TryDecode(bytes, mode, out Instruction ours);
        Iced.Intel.Decoder decoder = Iced.Intel.Decoder.Create(Bitness(mode), new ByteArrayCodeReader(bytes));
        decoder.IP = Rip;
        decoder.Decode(out IcedInstruction theirs);
        if (theirs.IsInvalid)
        {
            Assert.True(status != DecodeStatus.Success, text);
            Assert.True(decoder.LastError != DecoderError.NoMoreBytes || bytes.Length >= 15 || status is DecodeStatus.NeedMoreBytes or DecodeStatus.Unsupported or DecodeStatus.Invalid, text);
            return 0;
        }

        Assert.True(status != DecodeStatus.NeedMoreBytes || !IsOurs(theirs), text);
        Assert.True((status == DecodeStatus.Success) == IsOurs(theirs), text);
        if (status != DecodeStatus.Success)
        {
            return 0;
        }

        CompareFields(theirs, ours, mode, text);
        return 1;
    }

    private static bool IsOurs(in IcedInstruction theirs)
    {
        bool isMemory = false;
        for (int i = 0; i < theirs.OpCount; i++)
        {
            isMemory |= theirs.GetOpKind(i) is OpKind.Memory or (>= OpKind.MemorySegSI and <= OpKind.MemoryESRDI);
        }

        bool isFar = theirs.IsCallFarIndirect || theirs.IsJmpFarIndirect;
        bool hasThree = theirs.Encoding == EncodingKind.VEX && theirs.OpCount > 2;
        return isMemory && !isFar && !hasThree && theirs.Encoding is EncodingKind.Legacy or EncodingKind.VEX && OperationOf(theirs) != null;
    }

    private static void CompareFields(in IcedInstruction theirs, in Instruction ours, CodeMode mode, string text)
    {
        Assert.True(theirs.Length == ours.Length, text);
        Assert.True(ours.Operation == Operation.Flush || theirs.MemorySize.GetSize() == ours.MemorySizeBytes, text);
        bool isString = ours.Operation is >= Operation.MoveString and <= Operation.ScanString;
        Assert.True(isString == theirs.IsStringInstruction, text);
        Assert.True(OperationOf(theirs) == ours.Operation, text);
        Assert.True(ExtensionOf(theirs) == ours.Extension, text);
        Assert.True((theirs.Encoding == EncodingKind.VEX) == ours.IsVex, text);
        Assert.True(ours.IsAtomic == (theirs.HasLockPrefix || theirs.Mnemonic == Mnemonic.Xchg), text);
        Assert.True(ours.IsAligned == IsAligned(theirs.Mnemonic), text);
        if (isString)
        {
            RepeatPrefix repeat = theirs.HasRepPrefix ? RepeatPrefix.Rep : theirs.HasRepnePrefix ? RepeatPrefix.RepNe : RepeatPrefix.None;
            Assert.True(repeat == ours.Repeat, text);
            CompareString(theirs, ours, mode, text);
            return;
        }

        CompareMemory(theirs, ours, mode, text);
        bool hasCondition = ours.Operation is Operation.SetCondition or Operation.ConditionalMove;
        Assert.True(!hasCondition || (int)theirs.ConditionCode == ours.Condition + 1, text);
        CompareOperands(theirs, ours, text);
    }

    private static void CompareOperands(in IcedInstruction theirs, in Instruction ours, string text)
    {
        bool hasRegister = false;
        bool hasImmediate = false;
        for (int i = 0; i < theirs.OpCount; i++)
        {
            OpKind kind = theirs.GetOpKind(i);
            if (kind == OpKind.Memory)
            {
                CompareDirection(s_information.GetInfo(theirs).GetOpAccess(i), ours, text);
            }
            else if (kind != OpKind.Register)
            {
                hasImmediate = true;
                ulong mask = ours.RegisterSizeBytes >= 8 ? ulong.MaxValue : (1UL << (8 * ours.RegisterSizeBytes)) - 1;
                Assert.True((theirs.GetImmediate(i) & mask & 0xFF) == ((ulong)ours.Immediate & mask & 0xFF), text);
                Assert.True(IsByte(ours.Operation) || (theirs.GetImmediate(i) & mask) == ((ulong)ours.Immediate & mask), text);
            }
            else if (!ours.IsCountInCl || i != theirs.OpCount - 1)
            {
                hasRegister = true;
                CompareRegister(theirs.GetOpRegister(i), ours, text);
                Assert.True(ours.IsRegisterFirst == (i == 0), text);
            }
            else
            {
                Assert.True(theirs.GetOpRegister(i) == Register.CL, text);
            }
        }

        Assert.True(hasRegister == (ours.Register != Instruction.NoRegister), text);
        Assert.True(hasImmediate == ours.HasImmediate, text);
    }

    // Counts and bit numbers are bytes, and not numbers of the operand's size.
    private static bool IsByte(Operation operation) => operation is (>= Operation.BitTest and <= Operation.ShiftRightDouble);

    private static void CompareDirection(OpAccess access, in Instruction ours, string text)
    {
        Direction expected = access switch
        {
            OpAccess.Write => Direction.Store,
            OpAccess.ReadWrite or OpAccess.ReadCondWrite => Direction.Update,
            _ => Direction.Load,
        };
        Assert.True(expected == ours.Direction, $"{text}: {access}");
    }

    private static void CompareRegister(Register register, in Instruction ours, string text)
    {
        bool high = register is Register.AH or Register.CH or Register.DH or Register.BH;
        RegisterKind kind = register.IsSegmentRegister() ? RegisterKind.Segment
            : register.IsMM() ? RegisterKind.Media
            : register.IsXMM() || register.IsYMM() ? RegisterKind.Vector : RegisterKind.General;
        int number = high ? register - Register.AH : kind == RegisterKind.General ? register.GetFullRegister() - Register.RAX : register.GetNumber();
        Assert.True(high == ours.IsHighByte, text);
        Assert.True(number == ours.Register, text);
        Assert.True(kind == ours.RegisterKind, text);
        Assert.True(kind == RegisterKind.Segment || register.GetSize() == ours.RegisterSizeBytes, text);
    }

    private static void CompareMemory(in IcedInstruction theirs, in Instruction ours, CodeMode mode, string text)
    {
        MemoryOperand memory = ours.Memory;
        CompareSegment(theirs.MemorySegment, memory.Segment, mode, text);
        int size = memory.AddressSizeBytes;
        ulong mask = size == 8 ? ulong.MaxValue : (1UL << (8 * size)) - 1;
        ulong displacement = (ulong)memory.Displacement;
        if (theirs.IsIPRelativeMemoryOperand)
        {
            Assert.True(memory.Base == MemoryOperand.InstructionPointer && memory.Index == MemoryOperand.NoRegister, text);
            Assert.True(theirs.MemoryBase == (size == 8 ? Register.RIP : Register.EIP), text);
            displacement += Rip + ours.Length;
        }
        else
        {
            CompareAddressRegister(theirs.MemoryBase, memory.Base, size, text);
            CompareAddressRegister(theirs.MemoryIndex, memory.Index, size, text);
            Assert.True(theirs.MemoryIndex == Register.None || theirs.MemoryIndexScale == memory.Scale, text);
        }

        Assert.True((theirs.MemoryDisplacement64 & mask) == (displacement & mask), text);
    }

    private static void CompareAddressRegister(Register register, byte ours, int size, string text)
    {
        int number = register == Register.None ? MemoryOperand.NoRegister : register.GetFullRegister() - Register.RAX;
        Assert.True(number == ours, text);
        Assert.True(register == Register.None || register.GetSize() == size, text);
    }

    private static void CompareString(in IcedInstruction theirs, in Instruction ours, CodeMode mode, string text)
    {
        MemoryOperand memory = ours.Memory;
        bool isStore = ours.Operation is Operation.StoreString or Operation.ScanString;
        bool hasTwo = ours.Operation is Operation.MoveString or Operation.CompareString;
        OpKind kind = ours.Operation is Operation.StoreString or Operation.CompareString ? theirs.Op0Kind : theirs.Op1Kind;
        int size = kind switch
        {
            OpKind.MemorySegSI or OpKind.MemoryESDI => 2,
            OpKind.MemorySegESI or OpKind.MemoryESEDI => 4,
            _ => 8,
        };
        Assert.True(size == memory.AddressSizeBytes, text);
        Assert.True(memory.Base == (isStore ? 7 : 6) && memory.Index == MemoryOperand.NoRegister && memory.Displacement == 0, text);
        Assert.True(ours.Register == (hasTwo ? Instruction.NoRegister : 0) && !ours.IsHighByte, text);
        if (isStore)
        {
            Assert.True(memory.Segment == SegmentRegister.Es, text);
        }
        else
        {
            CompareSegment(theirs.MemorySegment, memory.Segment, mode, text);
        }
    }

    private static void CompareSegment(Register theirs, SegmentRegister ours, CodeMode mode, string text)
    {
        // In 64-bit mode the four old segments are one: only FS and GS matter.
        bool isFlat = mode == CodeMode.Bits64 && theirs is not (Register.FS or Register.GS);
        Assert.True(isFlat ? ours is not (SegmentRegister.Fs or SegmentRegister.Gs) : theirs - Register.ES == (int)ours, text);
    }

    private static bool IsAligned(Mnemonic mnemonic) => mnemonic is Mnemonic.Movaps or Mnemonic.Movapd or Mnemonic.Movdqa or Mnemonic.Movntps or Mnemonic.Movntpd
        or Mnemonic.Movntdq or Mnemonic.Movntdqa or Mnemonic.Cmpxchg16b or Mnemonic.Vmovaps or Mnemonic.Vmovapd or Mnemonic.Vmovdqa or Mnemonic.Vmovntps
        or Mnemonic.Vmovntpd or Mnemonic.Vmovntdq or Mnemonic.Vmovntdqa;

    private static Operation? OperationOf(in IcedInstruction theirs) => theirs.Mnemonic switch
    {
        Mnemonic.Movsd when !theirs.IsStringInstruction => Operation.MoveVector,
        Mnemonic.Mov when IsSegment(theirs) => Operation.MoveSegment,
        Mnemonic.Mov or Mnemonic.Movnti => Operation.Move,
        Mnemonic.Movzx or Mnemonic.Movsx or Mnemonic.Movsxd => Operation.MoveExtended,
        Mnemonic.Movbe => Operation.MoveSwapped,
        Mnemonic.Movsb or Mnemonic.Movsw or Mnemonic.Movsd or Mnemonic.Movsq => Operation.MoveString,
        Mnemonic.Stosb or Mnemonic.Stosw or Mnemonic.Stosd or Mnemonic.Stosq => Operation.StoreString,
        Mnemonic.Lodsb or Mnemonic.Lodsw or Mnemonic.Lodsd or Mnemonic.Lodsq => Operation.LoadString,
        Mnemonic.Scasb or Mnemonic.Scasw or Mnemonic.Scasd or Mnemonic.Scasq => Operation.ScanString,
        Mnemonic.Cmpsb or Mnemonic.Cmpsw or Mnemonic.Cmpsq => Operation.CompareString,
        Mnemonic.Cmpsd when theirs.IsStringInstruction => Operation.CompareString,
        Mnemonic.Xchg => Operation.Exchange,
        Mnemonic.Xadd => Operation.ExchangeAdd,
        Mnemonic.Cmpxchg => Operation.CompareExchange,
        Mnemonic.Cmpxchg8b or Mnemonic.Cmpxchg16b => Operation.CompareExchangePair,
        Mnemonic.Add => Operation.Add,
        Mnemonic.Or => Operation.Or,
        Mnemonic.Adc => Operation.AddWithCarry,
        Mnemonic.Sbb => Operation.SubtractWithBorrow,
        Mnemonic.And => Operation.And,
        Mnemonic.Sub => Operation.Subtract,
        Mnemonic.Xor => Operation.ExclusiveOr,
        Mnemonic.Cmp => Operation.Compare,
        Mnemonic.Test => Operation.Test,
        Mnemonic.Not => Operation.Not,
        Mnemonic.Neg => Operation.Negate,
        Mnemonic.Inc => Operation.Increment,
        Mnemonic.Dec => Operation.Decrement,
        Mnemonic.Bt => Operation.BitTest,
        Mnemonic.Bts => Operation.BitSet,
        Mnemonic.Btr => Operation.BitReset,
        Mnemonic.Btc => Operation.BitComplement,
        Mnemonic.Rol => Operation.RotateLeft,
        Mnemonic.Ror => Operation.RotateRight,
        Mnemonic.Rcl => Operation.RotateLeftWithCarry,
        Mnemonic.Rcr => Operation.RotateRightWithCarry,
        Mnemonic.Shl or Mnemonic.Sal => Operation.ShiftLeft,
        Mnemonic.Shr => Operation.ShiftRight,
        Mnemonic.Sar => Operation.ShiftRightSigned,
        Mnemonic.Shld => Operation.ShiftLeftDouble,
        Mnemonic.Shrd => Operation.ShiftRightDouble,
        Mnemonic.Mul => Operation.Multiply,
        Mnemonic.Imul => theirs.OpCount == 1 ? Operation.MultiplySigned : Operation.MultiplyLow,
        Mnemonic.Div => Operation.Divide,
        Mnemonic.Idiv => Operation.DivideSigned,
        Mnemonic.Bsf => Operation.BitScanForward,
        Mnemonic.Bsr => Operation.BitScanReverse,
        Mnemonic.Tzcnt => Operation.CountTrailingZeros,
        Mnemonic.Lzcnt => Operation.CountLeadingZeros,
        Mnemonic.Popcnt => Operation.CountOnes,
        Mnemonic.Push => Operation.Push,
        Mnemonic.Pop => Operation.Pop,
        Mnemonic.Jmp => Operation.Jump,
        Mnemonic.Call => Operation.Call,
        Mnemonic.Clflush or Mnemonic.Clflushopt => Operation.Flush,
        _ => ConditionalOf(theirs) ?? VectorOf(theirs.Mnemonic),
    };

    private static Operation? ConditionalOf(in IcedInstruction theirs) => theirs.ConditionCode == ConditionCode.None || theirs.Encoding != EncodingKind.Legacy || theirs.IsJccShortOrNear
        ? null
        : theirs.OpCount == 1 ? Operation.SetCondition : Operation.ConditionalMove;

    private static Operation? VectorOf(Mnemonic mnemonic) => mnemonic switch
    {
        Mnemonic.Movups or Mnemonic.Movupd or Mnemonic.Movss or Mnemonic.Movaps or Mnemonic.Movapd or Mnemonic.Movntps or Mnemonic.Movntpd or Mnemonic.Movd
            or Mnemonic.Movq or Mnemonic.Movdqa or Mnemonic.Movdqu or Mnemonic.Movntdq or Mnemonic.Movntq or Mnemonic.Lddqu or Mnemonic.Movntdqa
            or Mnemonic.Vmovups or Mnemonic.Vmovupd or Mnemonic.Vmovss or Mnemonic.Vmovsd or Mnemonic.Vmovaps or Mnemonic.Vmovapd or Mnemonic.Vmovntps
            or Mnemonic.Vmovntpd or Mnemonic.Vmovd or Mnemonic.Vmovq or Mnemonic.Vmovdqa or Mnemonic.Vmovdqu or Mnemonic.Vmovntdq or Mnemonic.Vlddqu
            or Mnemonic.Vmovntdqa => Operation.MoveVector,
        Mnemonic.Movlps or Mnemonic.Movlpd or Mnemonic.Vmovlps or Mnemonic.Vmovlpd => Operation.MoveLowHalf,
        Mnemonic.Movhps or Mnemonic.Movhpd or Mnemonic.Vmovhps or Mnemonic.Vmovhpd => Operation.MoveHighHalf,
        _ => null,
    };

    private static bool IsSegment(in IcedInstruction theirs) =>
        (theirs.Op0Kind == OpKind.Register && theirs.Op0Register.IsSegmentRegister()) || (theirs.Op1Kind == OpKind.Register && theirs.Op1Register.IsSegmentRegister());

    private static Extension ExtensionOf(in IcedInstruction theirs) => theirs.Mnemonic switch
    {
        Mnemonic.Movzx => Extension.Zero,
        Mnemonic.Movsx or Mnemonic.Movsxd => Extension.Sign,
        _ => Extension.None,
    };

    private static int Bitness(CodeMode mode) => mode switch
    {
        CodeMode.Bits16 => 16,
        CodeMode.Bits32 => 32,
        _ => 64,
    };
}
