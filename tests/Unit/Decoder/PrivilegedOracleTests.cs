using System;
using FsCheck.Xunit;
using Iced.Intel;
using Multicosm.Decoder;
using Xunit;
using IcedInstruction = Iced.Intel.Instruction;

namespace Multicosm.Unit.Decoder;

/// <summary>The decoder of privileged instructions against Iced.</summary>
public class PrivilegedOracleTests
{
    private static readonly byte[] s_prefixes = [0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x48, 0x40, 0x4F, 0x41, 0x42, 0x44];

    private static readonly byte[][] s_privileged =
    [
        [0x6C], [0x6D], [0x6E], [0x6F], [0xE4], [0xE5], [0xE6], [0xE7], [0xEC], [0xED], [0xEE], [0xEF], [0xCD], [0xCF], [0xF4], [0xFA], [0xFB],
        [0x0F, 0x06], [0x0F, 0x08], [0x0F, 0x09], [0x0F, 0x20], [0x0F, 0x21], [0x0F, 0x22], [0x0F, 0x23], [0x0F, 0x30], [0x0F, 0x31], [0x0F, 0x32],
        [0x0F, 0x33], [0x0F, 0xA2], [0x0F, 0x01, 0xD1], [0x0F, 0x01, 0xF8], [0x0F, 0x01, 0xF9], [0x0F, 0x01],
    ];

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void A_hundred_thousand_likely_privileged_ones_agree(int seed)
    {
        Random random = new(seed);
        int accepted = 0;
        for (int i = 0; i < 100_000; i++)
        {
            accepted += ComparePrivileged(Likely(random, s_privileged), (CodeMode)random.Next(3));
        }

        Assert.InRange(accepted, 25_000, 100_000);
    }

    [Property(MaxTest = 5000)]
    public void Any_bytes_of_any_length_agree(byte[] bytes, byte mode)
    {
        ComparePrivileged(bytes, (CodeMode)(mode % 3));
    }

    [Theory]
    [InlineData("F0 0F 20 C0")] // lock mov rax, cr0
    [InlineData("0F 22 C8")] // cr1
    [InlineData("44 0F 23 C0")] // dr8
    public void What_the_processor_refuses(string text)
        => Assert.Equal(DecodeStatus.Invalid, PrivilegedDecoder.TryDecode(Bytes(text), CodeMode.Bits64, out _));

    private static byte[] Likely(Random random, byte[][] opcodes)
    {
        byte[] bytes = new byte[random.Next(10) == 0 ? random.Next(16) : 15 + random.Next(3)];
        random.NextBytes(bytes);
        int at = 0;
        for (int i = random.Next(4); i > 0 && at < bytes.Length; i--)
        {
            bytes[at++] = s_prefixes[random.Next(s_prefixes.Length)];
        }

        foreach (byte part in opcodes[random.Next(opcodes.Length)])
        {
            if (at < bytes.Length)
            {
                bytes[at++] = part;
            }
        }

        return bytes;
    }

    private static bool TryDecodeTheirs(byte[] bytes, CodeMode mode, DecodeStatus status, string text, out IcedInstruction theirs)
    {
        int bits = mode == CodeMode.Bits16 ? 16 : mode == CodeMode.Bits32 ? 32 : 64;
        Iced.Intel.Decoder decoder = Iced.Intel.Decoder.Create(bits, new ByteArrayCodeReader(bytes));
        decoder.IP = 0x1000;
        decoder.Decode(out theirs);
        Assert.True(!theirs.IsInvalid || status != DecodeStatus.Success, text);
        return !theirs.IsInvalid;
    }

    private static int ComparePrivileged(byte[] bytes, CodeMode mode)
    {
        string text = $"{mode} {Convert.ToHexString(bytes)}";
        DecodeStatus status = PrivilegedDecoder.TryDecode(bytes, mode, out PrivilegedInstruction ours);
        if (!TryDecodeTheirs(bytes, mode, status, text, out IcedInstruction theirs))
        {
            return 0;
        }

        PrivilegedOperation? expected = NameOf(theirs);
        Assert.True((expected != null) == (status == DecodeStatus.Success), text);
        if (expected == null)
        {
            return 0;
        }

        Assert.True(expected == ours.Operation && theirs.Length == ours.Length, text);
        ComparePorts(theirs, ours, text);
        if (ours.Operation is >= PrivilegedOperation.ReadControl and <= PrivilegedOperation.WriteDebug)
        {
            bool isRead = ours.Operation is PrivilegedOperation.ReadControl or PrivilegedOperation.ReadDebug;
            Register special = isRead ? theirs.Op1Register : theirs.Op0Register;
            Register general = isRead ? theirs.Op0Register : theirs.Op1Register;
            Assert.True(special - (special >= Register.DR0 ? Register.DR0 : Register.CR0) == ours.Number, text);
            Assert.True(general.GetFullRegister() - Register.RAX == ours.Register && general.GetSize() == ours.SizeBytes, text);
        }

        Assert.True(ours.Operation != PrivilegedOperation.LoadMachineStatus || theirs.Op0Register.GetFullRegister() - Register.RAX == ours.Register, text);
        Assert.True(ours.Operation != PrivilegedOperation.Interrupt || theirs.Immediate8 == ours.Number, text);
        return 1;
    }

    private static void ComparePorts(in IcedInstruction theirs, in PrivilegedInstruction ours, string text)
    {
        if (ours.Operation is PrivilegedOperation.InString or PrivilegedOperation.OutString)
        {
            Assert.True(theirs.MemorySize.GetSize() == ours.SizeBytes && ours.IsPortInDx, text);
            Assert.True((theirs.HasRepPrefix || theirs.HasRepnePrefix) == (ours.Repeat != RepeatPrefix.None), text);
            OpKind kind = ours.Operation == PrivilegedOperation.InString ? theirs.Op0Kind : theirs.Op1Kind;
            int size = kind switch
            {
                OpKind.MemorySegSI or OpKind.MemoryESDI => 2,
                OpKind.MemorySegESI or OpKind.MemoryESEDI => 4,
                _ => 8,
            };
            Assert.True(size == ours.AddressSizeBytes, text);
        }
        else if (ours.Operation is PrivilegedOperation.In or PrivilegedOperation.Out)
        {
            int data = ours.Operation == PrivilegedOperation.In ? 0 : 1;
            Assert.True(theirs.GetOpRegister(data).GetSize() == ours.SizeBytes, text);
            Assert.True((theirs.GetOpKind(1 - data) == OpKind.Register) == ours.IsPortInDx, text);
            Assert.True(ours.IsPortInDx || theirs.Immediate8 == ours.Number, text);
        }
    }

    private static PrivilegedOperation? NameOf(in IcedInstruction theirs) => theirs.Mnemonic switch
    {
        Mnemonic.In => PrivilegedOperation.In,
        Mnemonic.Out => PrivilegedOperation.Out,
        Mnemonic.Insb or Mnemonic.Insw or Mnemonic.Insd => PrivilegedOperation.InString,
        Mnemonic.Outsb or Mnemonic.Outsw or Mnemonic.Outsd => PrivilegedOperation.OutString,
        Mnemonic.Int => PrivilegedOperation.Interrupt,
        Mnemonic.Iret or Mnemonic.Iretd or Mnemonic.Iretq => PrivilegedOperation.InterruptReturn,
        Mnemonic.Hlt => PrivilegedOperation.Halt,
        Mnemonic.Cli => PrivilegedOperation.ClearInterrupts,
        Mnemonic.Sti => PrivilegedOperation.SetInterrupts,
        Mnemonic.Clts => PrivilegedOperation.ClearTaskSwitched,
        Mnemonic.Invd => PrivilegedOperation.InvalidateCaches,
        Mnemonic.Wbinvd or Mnemonic.Wbnoinvd => PrivilegedOperation.WriteBackCaches,
        Mnemonic.Rdmsr => PrivilegedOperation.ReadMsr,
        Mnemonic.Wrmsr => PrivilegedOperation.WriteMsr,
        Mnemonic.Rdtsc => PrivilegedOperation.ReadTimeStamp,
        Mnemonic.Rdtscp => PrivilegedOperation.ReadTimeStampAndProcessor,
        Mnemonic.Rdpmc => PrivilegedOperation.ReadCounter,
        Mnemonic.Cpuid => PrivilegedOperation.Cpuid,
        Mnemonic.Xsetbv => PrivilegedOperation.SetExtendedControl,
        Mnemonic.Swapgs => PrivilegedOperation.SwapGs,
        Mnemonic.Invlpg => PrivilegedOperation.InvalidatePage,
        Mnemonic.Lmsw when theirs.Op0Kind == OpKind.Register => PrivilegedOperation.LoadMachineStatus,
        Mnemonic.Mov when theirs.Op1Kind == OpKind.Register && IsControl(theirs.Op1Register) => PrivilegedOperation.ReadControl,
        Mnemonic.Mov when theirs.Op0Kind == OpKind.Register && IsControl(theirs.Op0Register) => PrivilegedOperation.WriteControl,
        Mnemonic.Mov when theirs.Op1Kind == OpKind.Register && IsDebug(theirs.Op1Register) => PrivilegedOperation.ReadDebug,
        Mnemonic.Mov when theirs.Op0Kind == OpKind.Register && IsDebug(theirs.Op0Register) => PrivilegedOperation.WriteDebug,
        _ => null,
    };

    private static bool IsControl(Register register) => register is >= Register.CR0 and <= Register.CR15;

    private static bool IsDebug(Register register) => register is >= Register.DR0 and <= Register.DR15;

    private static byte[] Bytes(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}
