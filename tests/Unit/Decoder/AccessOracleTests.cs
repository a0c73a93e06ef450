using System;
using Iced.Intel;
using Multicosm.Decoder;
using Multicosm.Decoder.Access;
using Xunit;
using IcedInstruction = Iced.Intel.Instruction;
using MemoryOperand = Multicosm.Decoder.MemoryOperand;

namespace Multicosm.Unit.Decoder;

/// <summary>The sizes and directions of memory operands against Iced, which knows every instruction.</summary>
public class AccessOracleTests
{
    private static readonly InstructionInfoFactory s_information = new();

    [Theory]
    [InlineData(CodeMode.Bits16, 900)]
    [InlineData(CodeMode.Bits32, 900)]
    [InlineData(CodeMode.Bits64, 900)]
    public void Every_legacy_opcode_agrees(CodeMode mode, int fewest)
    {
        int accepted = 0;
        foreach (byte[] prefix in new byte[][] { [], [0x66], [0xF3], [0xF2], [0x48], [0x66, 0x48], [0xF2, 0x4C], [0x66, 0xF2] })
        {
            foreach (byte[] map in new byte[][] { [], [0x0F], [0x0F, 0x38], [0x0F, 0x3A] })
            {
                for (int code = 0; code < 256 * 8; code++)
                {
                    accepted += Compare([.. prefix, .. map, (byte)(code >> 3), (byte)((code & 7) << 3 | (mode == CodeMode.Bits16 ? 6 : 5)), 0x11, 0x12, 0x13, 0x14, 0, 0, 0], mode);
                }
            }
        }

        Assert.InRange(accepted, fewest, int.MaxValue);
    }

    [Theory]
    [InlineData(CodeMode.Bits32)]
    [InlineData(CodeMode.Bits64)]
    public void Every_VEX_opcode_agrees(CodeMode mode)
    {
        int accepted = 0;
        for (int code = 0; code < 3 * 256 * 8; code++)
        {
            for (int form = 0; form < 32; form++)
            {
                byte last = (byte)((form & 8) << 4 | (form >= 16 ? 0x70 : 0x78) | (form & 7));
                accepted += Compare([0xC4, (byte)(0xE0 | (code / 2048 + 1)), last, (byte)(code >> 3), (byte)((code & 7) << 3 | 5), 1, 2, 3, 4, 0x50], mode);
            }
        }

        Assert.InRange(accepted, 10_000, int.MaxValue);
    }

    // What only XSAVE's size decides, what a processor keeps to itself, and what uses two places is not compared; all that we accept otherwise must be right.
    private static int Compare(byte[] bytes, CodeMode mode)
    {
        if (AccessDecoder.TryDecode(bytes, mode, out MemoryAccess ours) != DecodeStatus.Success)
        {
            return 0;
        }

        string text = $"{mode} {Convert.ToHexString(bytes)}";
        Iced.Intel.Decoder decoder = Iced.Intel.Decoder.Create(mode == CodeMode.Bits16 ? 16 : mode == CodeMode.Bits32 ? 32 : 64, new ByteArrayCodeReader(bytes));
        decoder.IP = 0x1000;
        decoder.Decode(out IcedInstruction theirs);
        if (theirs.IsInvalid)
        {
            return 0; // the processor refuses it before it looks at memory
        }

        Assert.True(theirs.Length == ours.Length, $"{text}: {theirs}");
        CompareStack(theirs, ours, $"{text}: {theirs}");
        for (int i = 0; i < theirs.OpCount; i++)
        {
            if (theirs.GetOpKind(i) == OpKind.Memory)
            {
                CompareOperand(theirs, i, ours, $"{text}: {theirs}");
                return 1;
            }
        }

        Assert.True(ours.SizeBytes == 0 || theirs.Mnemonic is Mnemonic.Xlatb or Mnemonic.Leave, $"{text}: {theirs}");
        return 1;
    }

    private static void CompareStack(in IcedInstruction theirs, in MemoryAccess ours, string text)
    {
        int change = theirs.Mnemonic is Mnemonic.Leave or Mnemonic.Ret or Mnemonic.Retf or Mnemonic.Enter ? ours.StackBytes : theirs.StackPointerIncrement;
        Assert.True(change == ours.StackBytes, $"{text}: {change} and {ours.StackBytes}");
    }

    private static void CompareOperand(in IcedInstruction theirs, int operand, in MemoryAccess ours, string text)
    {
        int size = theirs.MemorySize.GetSize();
        Assert.True(size == ours.SizeBytes || (size == 0 && ours.SizeBytes == MemoryAccess.ExtendedState), $"{text}: {size} and {ours.SizeBytes}");
        OpAccess access = s_information.GetInfo(theirs).GetOpAccess(operand);
        bool isRead = access is OpAccess.Read or OpAccess.CondRead or OpAccess.ReadWrite or OpAccess.ReadCondWrite;
        bool isWritten = access is OpAccess.Write or OpAccess.CondWrite or OpAccess.ReadWrite or OpAccess.ReadCondWrite;
        Assert.True(isWritten == ours.IsWritten, text);
        Assert.True(isRead == ours.IsRead || ours.SizeBytes == MemoryAccess.ExtendedState, text);
        ulong displacement = (ulong)ours.Memory.Displacement + (ours.Memory.Base == MemoryOperand.InstructionPointer ? 0x1000u + ours.Length : 0);
        Assert.True(displacement == theirs.MemoryDisplacement64, text);
    }
}
