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
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_hundred_thousand_likely_encodings_agree(int seed)
    {
        Random random = new(seed);
        int accepted = 0;
        for (int i = 0; i < 100_000; i++)
        {
            accepted += Compare(Likely(random), (CodeMode)random.Next(3));
        }

        Assert.InRange(accepted, 40_000, 100_000);
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

        foreach (byte part in s_opcodes[random.Next(s_opcodes.Length)])
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
            OpKind kind = theirs.GetOpKind(i);
            isMemory |= kind is OpKind.Memory or (>= OpKind.MemorySegSI and <= OpKind.MemoryESRDI);
            if (kind == OpKind.Register && !theirs.GetOpRegister(i).IsGPR())
            {
                return false; // segment and vector registers
            }
        }

        return isMemory && theirs.Mnemonic is Mnemonic.Mov or Mnemonic.Movzx or Mnemonic.Movsx or Mnemonic.Movsxd or Mnemonic.Movnti or Mnemonic.Movbe
            or Mnemonic.Movsb or Mnemonic.Movsw or Mnemonic.Movsd or Mnemonic.Movsq or Mnemonic.Stosb or Mnemonic.Stosw or Mnemonic.Stosd or Mnemonic.Stosq
            or Mnemonic.Lodsb or Mnemonic.Lodsw or Mnemonic.Lodsd or Mnemonic.Lodsq;
    }

    private static void CompareFields(in IcedInstruction theirs, in Instruction ours, CodeMode mode, string text)
    {
        Assert.True(theirs.Length == ours.Length, text);
        Assert.True(theirs.MemorySize.GetSize() == ours.MemorySizeBytes, text);
        bool isString = ours.Operation is Operation.MoveString or Operation.StoreString or Operation.LoadString;
        Assert.True(isString == theirs.IsStringInstruction, text);
        Assert.True(OperationOf(theirs) == ours.Operation, text);
        Assert.True(ExtensionOf(theirs) == ours.Extension, text);
        CompareDirection(theirs, ours, text);
        if (isString)
        {
            RepeatPrefix repeat = theirs.HasRepPrefix ? RepeatPrefix.Rep : theirs.HasRepnePrefix ? RepeatPrefix.RepNe : RepeatPrefix.None;
            Assert.True(repeat == ours.Repeat, text);
            CompareString(theirs, ours, mode, text);
            return;
        }

        CompareMemory(theirs, ours, mode, text);
        for (int i = 0; i < theirs.OpCount; i++)
        {
            OpKind kind = theirs.GetOpKind(i);
            if (kind == OpKind.Register)
            {
                CompareRegister(theirs.GetOpRegister(i), ours, text);
                Assert.False(ours.HasImmediate, text);
            }
            else if (kind != OpKind.Memory)
            {
                Assert.True(ours.HasImmediate && ours.Register == Instruction.NoRegister, text);
                ulong mask = ours.MemorySizeBytes == 8 ? ulong.MaxValue : (1UL << (8 * ours.MemorySizeBytes)) - 1;
                Assert.True((theirs.GetImmediate(i) & mask) == ((ulong)ours.Immediate & mask), text);
            }
        }
    }

    private static void CompareDirection(in IcedInstruction theirs, in Instruction ours, string text)
    {
        bool first = theirs.Op0Kind is OpKind.Memory or (>= OpKind.MemoryESDI and <= OpKind.MemoryESRDI);
        bool both = first && theirs.OpCount > 1 && theirs.Op1Kind is >= OpKind.MemorySegSI and <= OpKind.MemorySegRDI;
        Direction expected = both ? Direction.Copy : first ? Direction.Store : Direction.Load;
        Assert.True(expected == ours.Direction, text);
    }

    private static void CompareRegister(Register register, in Instruction ours, string text)
    {
        bool high = register is Register.AH or Register.CH or Register.DH or Register.BH;
        int number = high ? register - Register.AH : register.GetFullRegister() - Register.RAX;
        Assert.True(high == ours.IsHighByte, text);
        Assert.True(number == ours.Register, text);
        Assert.True(register.GetSize() == ours.RegisterSizeBytes, text);
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
        bool isStore = ours.Operation == Operation.StoreString;
        OpKind kind = ours.Operation == Operation.MoveString ? theirs.Op1Kind : isStore ? theirs.Op0Kind : theirs.Op1Kind;
        int size = kind switch
        {
            OpKind.MemorySegSI or OpKind.MemoryESDI => 2,
            OpKind.MemorySegESI or OpKind.MemoryESEDI => 4,
            _ => 8,
        };
        Assert.True(size == memory.AddressSizeBytes, text);
        Assert.True(memory.Base == (isStore ? 7 : 6) && memory.Index == MemoryOperand.NoRegister && memory.Displacement == 0, text);
        Assert.True(ours.Register == (ours.Operation == Operation.MoveString ? Instruction.NoRegister : 0) && !ours.IsHighByte, text);
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

    private static Operation OperationOf(in IcedInstruction theirs) => theirs.Mnemonic switch
    {
        Mnemonic.Mov or Mnemonic.Movnti => Operation.Move,
        Mnemonic.Movzx or Mnemonic.Movsx or Mnemonic.Movsxd => Operation.MoveExtended,
        Mnemonic.Movbe => Operation.MoveSwapped,
        Mnemonic.Movsb or Mnemonic.Movsw or Mnemonic.Movsd or Mnemonic.Movsq => Operation.MoveString,
        Mnemonic.Stosb or Mnemonic.Stosw or Mnemonic.Stosd or Mnemonic.Stosq => Operation.StoreString,
        _ => Operation.LoadString,
    };

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
