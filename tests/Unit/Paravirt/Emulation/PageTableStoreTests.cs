using System;
using System.Collections.Generic;
using Multicosm.Paravirt.Emulation;
using Multicosm.Paravirt.Entry;
using Xunit;

namespace Multicosm.Unit.Paravirt.Emulation;

public sealed class PageTableStoreTests : IDisposable
{
    private const ulong StatusFlags = 0x8D5;
    private const ulong Adjust = 0x10;

    private readonly EmulatedVcpu _vcpu = new();

    public void Dispose() => _vcpu.Dispose();

    [Fact]
    public void Each_instruction_does_what_this_processor_does()
    {
        using NativeCode native = new();
        Random random = new(1);
        int compared = 0;
        foreach (byte[] opcode in Forms())
        {
            for (int i = 0; i < 300; i++)
            {
                Compare(native, opcode, random);
                compared++;
            }
        }

        Assert.True(compared > 50_000);
    }

    [Theory]
    [InlineData("48 89 37", 3)] // mov [rdi], rsi
    [InlineData("4C 89 3F", 3)] // mov [rdi], r15
    [InlineData("49 89 32", 3)] // mov [r10], rsi
    [InlineData("4D 89 1A", 3)] // mov [r10], r11
    [InlineData("48 89 77 00", 4)] // mov [rdi + 0], rsi
    [InlineData("48 89 34 17", 4)] // mov [rdi + rdx], rsi
    [InlineData("48 89 34 25 00 10 00 00", 8)] // mov [0x1000], rsi
    [InlineData("48 89 35 F9 0F 00 00", 7)] // mov [rip + 0xFF9], rsi
    [InlineData("41 89 3A", 3)] // mov [r10], edi
    [InlineData("48 C7 07 FE FF FF FF", 7)] // mov qword [rdi], -2
    [InlineData("48 0F C3 37", 4)] // movnti [rdi], rsi
    [InlineData("65 48 89 37", 4)] // mov [gs:rdi], rsi
    [InlineData("64 48 89 37", 4)] // mov [fs:rdi], rsi
    public void Stores_are_found_where_they_go(string text, int length)
    {
        ref PvRegisters registers = ref _vcpu.Registers;
        registers.Rip = 0;
        registers.Rdi = 0x1000;
        registers.R10 = 0x1000;
        registers.Rsi = 0x8000_0000_0000_1067;
        registers.R15 = 0x1111222233334444;
        registers.R11 = 0x5555666677778888;
        _vcpu.Vcpu.FsBase = 0x100000;
        _vcpu.Vcpu.GsBase = 0x200000;
        byte[] code = Bytes(text);
        Assert.True(PageTableStore.TryDecode(_vcpu.Vcpu, code, out PageTableStore store));
        ulong expected = code[0] == 0x65 ? 0x201000ul : code[0] == 0x64 ? 0x101000ul : 0x1000;
        Assert.Equal(expected, store.Address);
        Assert.Equal(expected, store.EntryAddress);
        Assert.False(store.IsAtomic);
        ulong entry = store.Compute(_vcpu.Vcpu, 0xAAAAAAAA_BBBBBBBB);
        Assert.Equal(
            text[..2] switch
            {
                "4C" => registers.R15,
                "4D" => registers.R11,
                "41" => 0xAAAAAAAA_00001000,
                _ => text.Contains("C7", StringComparison.Ordinal) ? unchecked((ulong)-2) : registers.Rsi,
            },
            entry);
        Assert.Equal(0ul, registers.Rip);
        store.Commit(_vcpu.Vcpu);
        Assert.Equal((ulong)length, registers.Rip);
        Assert.Equal(0x202ul, registers.Rflags);
    }

    [Fact]
    public void A_part_of_an_entry_changes_that_part()
    {
        _vcpu.Registers.Rdi = 0x1004;
        Assert.True(PageTableStore.TryDecode(_vcpu.Vcpu, Bytes("66 C7 47 02 34 12"), out PageTableStore store)); // mov word [rdi + 2], 0x1234
        Assert.Equal((0x1006ul, 0x1000ul, 2), (store.Address, store.EntryAddress, store.SizeBytes));
        Assert.Equal(0x12346655_44332211ul, store.Compute(_vcpu.Vcpu, 0x88776655_44332211));
    }

    [Theory]
    [InlineData("F0 48 0F AB 37", 0x1000, 63, 0x1000)] // lock bts [rdi], rsi
    [InlineData("F0 48 0F AB 37", 0x1000, 64, 0x1008)]
    [InlineData("F0 48 0F B3 37", 0x1000, 0x3FFF, 0x17F8)]
    [InlineData("F0 48 0F BB 37", 0x1000, -1, 0xFF8)]
    [InlineData("F0 0F AB 37", 0x1000, 0xFFFFFFFF, 0xFFC)] // 32 bits: -1
    public void A_bit_number_in_a_register_reaches_beyond_the_operand(string text, ulong address, long number, ulong expected)
    {
        _vcpu.Registers.Rdi = address;
        _vcpu.Registers.Rsi = (ulong)number;
        Assert.True(PageTableStore.TryDecode(_vcpu.Vcpu, Bytes(text), out PageTableStore store));
        Assert.True(store.IsAtomic);
        Assert.Equal(expected, store.Address);
    }

    [Fact]
    public void Strings_go_element_by_element()
    {
        ref PvRegisters registers = ref _vcpu.Registers;
        ulong start = registers.Rip;
        registers.Rdi = 0x1000;
        registers.Rcx = 2;
        registers.Rax = 0x77;
        foreach (ulong expected in (ulong[])[start, start + 3])
        {
            Assert.True(PageTableStore.TryDecode(_vcpu.Vcpu, Bytes("F3 48 AB"), out PageTableStore store)); // rep stosq
            Assert.Equal(0x77ul, store.Compute(_vcpu.Vcpu, 1));
            store.Commit(_vcpu.Vcpu);
            Assert.Equal(expected, registers.Rip);
        }

        Assert.Equal((0x1010ul, 0ul), (registers.Rdi, registers.Rcx));
        registers.Rflags |= 0x400;
        Assert.True(PageTableStore.TryDecode(_vcpu.Vcpu, Bytes("48 AB"), out PageTableStore down));
        _ = down.Compute(_vcpu.Vcpu, 1);
        down.Commit(_vcpu.Vcpu);
        Assert.Equal((0x1008ul, start + 5), (registers.Rdi, registers.Rip));
    }

    [Theory]
    [InlineData("48 8B 37")] // a load
    [InlineData("48 A5")] // movsq
    [InlineData("48 39 37")] // cmp
    [InlineData("48 0F C7 0F")] // cmpxchg16b
    [InlineData("0F 11 07")] // movups
    [InlineData("48 89 F7")] // no memory
    [InlineData("48 89 77 01")] // not aligned
    [InlineData("66 89 77 07")] // across two entries
    [InlineData("90")]
    [InlineData("48 89")]
    [InlineData("")]
    public void Others_are_the_guests_fault(string text)
    {
        _vcpu.Registers.Rdi = 0x1000;
        Assert.False(PageTableStore.TryDecode(_vcpu.Vcpu, Bytes(text), out _));
    }

    // Opcodes with a memory operand of [rdi + 0x40] and all register numbers that can be watched.
    private static List<byte[]> Forms()
    {
        List<byte[]> forms = [];
        byte[][] sizes = [[], [0x66], [0x48]];
        foreach (byte[] size in sizes)
        {
            foreach (byte register in (byte[])[0, 1, 2, 3])
            {
                byte modRm = (byte)(0x47 | (register << 3));
                foreach (byte opcode in (byte[])[0x01, 0x09, 0x11, 0x19, 0x21, 0x29, 0x31, 0x87, 0x89])
                {
                    forms.Add([.. size, opcode, modRm, 0x40]);
                }

                foreach (byte opcode in (byte[])[0xB1, 0xC1])
                {
                    forms.Add([0xF0, .. size, 0x0F, opcode, modRm, 0x40]);
                }
            }

            for (byte group = 0; group < 7; group++)
            {
                forms.Add([.. size, 0x83, (byte)(0x47 | (group << 3)), 0x40, (byte)(group * 0x31)]);
                byte[] immediate = size.Length == 1 && size[0] == 0x66 ? [0x80, 0x7F] : [0x80, 0x7F, 0x01, 0x80];
                forms.Add([.. size, 0x81, (byte)(0x47 | (group << 3)), 0x40, .. immediate]);
            }

            for (byte group = 5; group < 8; group++)
            {
                forms.Add([0xF0, .. size, 0x0F, 0xBA, (byte)(0x47 | (group << 3)), 0x40, (byte)(group * 0x1D)]);
            }

            forms.AddRange([[.. size, 0xF7, 0x57, 0x40], [.. size, 0xF7, 0x5F, 0x40], [.. size, 0xFF, 0x47, 0x40], [.. size, 0xFF, 0x4F, 0x40]]);
        }

        // Bytes, with the high ones of the first four registers.
        for (byte register = 0; register < 8; register++)
        {
            if (register != 7)
            {
                byte modRm = (byte)(0x47 | (register << 3));
                byte watched = (byte)(register is 4 or 5 or 6 ? register : register & 3);
                modRm = (byte)(0x47 | (watched << 3));
                forms.AddRange([[0x00, modRm, 0x40], [0x86, modRm, 0x40], [0x88, modRm, 0x40], [0x0F, 0xB0, modRm, 0x40], [0x0F, 0xC0, modRm, 0x40]]);
            }
        }

        forms.AddRange([[0xF6, 0x57, 0x40], [0xF6, 0x5F, 0x40], [0xFE, 0x47, 0x40], [0xFE, 0x4F, 0x40], [0x80, 0x77, 0x40, 0x55]]);
        return forms;
    }

    private void Compare(NativeCode native, byte[] code, Random random)
    {
        NativeCode.State state = new()
        {
            Rax = Number(random),
            Rcx = Number(random),
            Rdx = Number(random),
            Rbx = Number(random),
            Memory = Number(random),
            Rflags = 0x202 | ((ulong)random.NextInt64() & StatusFlags),
        };
        state.Rax = random.Next(2) == 0 ? state.Memory : state.Rax;
        ref PvRegisters registers = ref _vcpu.Registers;
        (registers.Rax, registers.Rcx, registers.Rdx, registers.Rbx, registers.Rflags) = (state.Rax, state.Rcx, state.Rdx, state.Rbx, state.Rflags);
        registers.Rdi = 0x7000;
        registers.Rip = 0x1000;
        string text = $"{Convert.ToHexString(code)} rax={state.Rax:X} rcx={state.Rcx:X} rdx={state.Rdx:X} rbx={state.Rbx:X} m={state.Memory:X} f={state.Rflags:X}";
        Assert.True(PageTableStore.TryDecode(_vcpu.Vcpu, code, out PageTableStore store), text);
        Assert.True(store.Address == 0x7040, text);
        _ = store.Compute(_vcpu.Vcpu, ~state.Memory); // somebody else was faster
        ulong entry = store.Compute(_vcpu.Vcpu, state.Memory);
        store.Commit(_vcpu.Vcpu);
        native.Run(code, ref state);
        Assert.True(entry == state.Memory, $"{text}: {entry:X}, expected {state.Memory:X}");
        Assert.True((registers.Rax, registers.Rcx, registers.Rdx, registers.Rbx) == (state.Rax, state.Rcx, state.Rdx, state.Rbx), text);
        Assert.True(registers.Rip == 0x1000 + (ulong)code.Length, text);

        // AF is undefined after AND, OR and XOR; all but CF after a bit operation, which leaves them alone here and there.
        ulong compared = StatusFlags & ~(IsLogic(code) ? Adjust : 0);
        Assert.True(((registers.Rflags ^ state.Rflags) & compared) == 0, $"{text}: {registers.Rflags:X}, expected {state.Rflags:X}");
    }

    private static bool IsLogic(byte[] code)
    {
        int at = code[0] is 0xF0 or 0x66 or 0x48 ? 1 : 0;
        return code[at] is 0x09 or 0x21 or 0x31 || (code[at] is >= 0x80 and <= 0x83 && ((code[at + 1] >> 3) & 7) is 1 or 4 or 6);
    }

    private static ulong Number(Random random) => random.Next(6) switch
    {
        0 => 0,
        1 => ulong.MaxValue,
        2 => 1ul << random.Next(64),
        3 => (1ul << random.Next(64)) - 1,
        _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
    };

    private static byte[] Bytes(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}
