using System;
using System.Collections.Generic;
using System.Linq;
using Multicosm.Decoder;
using Multicosm.Machine;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Emulation;
using Xunit;

namespace Multicosm.Unit.Paravirt.Emulation;

public sealed class PrivilegedInstructionTests : IDisposable
{
    private const ulong Start = 0xFFFFFFFF81000000;
    private const ulong Now = 0x123456789A;

    private readonly EmulatedVcpu _guest = new();

    public PrivilegedInstructionTests()
    {
        Set(1, 0, new CpuidResult { Eax = 1, Ebx = 2, Ecx = (1 << 26) | (1 << 28), Edx = 4 });
        Set(7, 0, new CpuidResult { Ebx = 1 | (1 << 9) });
        Set(0xD, 0, new CpuidResult { Eax = 7, Ecx = 832 });
        Set(0xD, 2, new CpuidResult { Eax = 256, Ebx = 576 });
        _guest.Vcpu.Trap(13).Address = Start;
    }

    private PvVcpu Vcpu => _guest.Vcpu;

    public void Dispose() => _guest.Dispose();

    [Fact]
    public void Rows_are_sorted_and_without_repeats()
    {
        uint[] rows = [.. GuestMsrs.Rows.ToArray().Select(row => row.Index)];
        Assert.Equal(rows.Distinct().Order(), rows);
    }

    [Theory]
    [InlineData(0x10, Now)]
    [InlineData(0x1B, 0xFEE00900)]
    [InlineData(0x277, 0x050100070406)]
    [InlineData(0x1A0, 0x1801)]
    [InlineData(0x345, 0)]
    [InlineData(0xC0000080, 0xD01)]
    [InlineData(0xC0000100, 0x1111222233334444)]
    [InlineData(0xC0000101, 0x2222333344445555)]
    [InlineData(0xC0000102, 0x3333444455556666)]
    public void Known_registers_are_read(uint index, ulong expected)
    {
        Vcpu.FsBase = 0x1111222233334444;
        Vcpu.GsBase = 0x2222333344445555;
        Vcpu.InactiveGsBase = 0x3333444455556666;
        _guest.Registers.Rcx = 0xABCD00000000ul | index;
        CheckDone("0F 32", 2);
        Assert.Equal((expected & uint.MaxValue, expected >> 32), (_guest.Registers.Rax, _guest.Registers.Rdx));
    }

    [Fact]
    public void Unknown_registers_are_zero_until_the_guest_could_handle_the_fault()
    {
        _guest.Registers.Rcx = 0x12345;
        Assert.Equal(EmulationOutcome.NotMine, Run("0F 32").Outcome);
        Assert.Equal(EmulationOutcome.NotMine, Run("0F 30").Outcome);
        Assert.Equal(Start, _guest.Registers.Rip);
        Vcpu.Trap(13).Address = 0;
        _guest.Registers.Rax = _guest.Registers.Rdx = 7;
        CheckDone("0F 32", 2);
        Assert.Equal((0ul, 0ul), (_guest.Registers.Rax, _guest.Registers.Rdx));
        Assert.Equal(EmulationOutcome.NotMine, Run("0F 30").Outcome);
    }

    [Theory]
    [InlineData(0xC0000080, 0xD01, true)]
    [InlineData(0xC0000080, 0x1D01, false)]
    [InlineData(0x277, 0x050100070406, true)]
    [InlineData(0x277, 0x0007040600070406, false)]
    [InlineData(0x1A0, 0, true)]
    [InlineData(0x8B, 0, true)]
    [InlineData(0x10, 0, false)]
    [InlineData(0x1B, 0xFEE00900, false)]
    public void What_cannot_change_is_refused(uint index, ulong value, bool isDone)
    {
        (_guest.Registers.Rcx, _guest.Registers.Rax, _guest.Registers.Rdx) = (index, value & uint.MaxValue, value >> 32);
        Assert.Equal(isDone ? EmulationOutcome.Done : EmulationOutcome.NotMine, Run("0F 30").Outcome);
    }

    [Theory]
    [InlineData(0xC0000100, 1)]
    [InlineData(0xC0000101, 2)]
    [InlineData(0xC0000102, 0)]
    public void Bases_are_written_if_they_are_canonical(uint index, byte effects)
    {
        (_guest.Registers.Rcx, _guest.Registers.Rax, _guest.Registers.Rdx) = (index, 0x1000, 0xFFFF8880);
        EmulationResult result = Run("0F 30");
        Assert.Equal((EmulationOutcome.Done, (EmulationEffects)effects), (result.Outcome, result.Effects));
        ulong[] bases = [Vcpu.FsBase, Vcpu.GsBase, Vcpu.InactiveGsBase];
        Assert.Equal(0xFFFF888000001000, bases[index & 3]);
        Assert.Equal(0xFFFF888000001000, bases.Aggregate((one, other) => one | other));
        _guest.Registers.Rdx = 0x00008000;
        Assert.Equal(EmulationOutcome.NotMine, Run("0F 30").Outcome);
    }

    [Fact]
    public void Control_registers_are_the_guests_own()
    {
        Vcpu.KernelTable = 0x1234000;
        CheckDone("0F 20 D8", 3); // mov rax, cr3
        Assert.Equal(0x1234000ul, _guest.Registers.Rax);
        CheckDone("41 0F 20 C0", 4); // mov r8, cr0
        Assert.Equal(0x80050033, _guest.Registers.R8);
        _guest.Registers.R8 |= 8;
        Assert.Equal(EmulationEffects.TaskSwitched, CheckDone("41 0F 22 C0", 4).Effects);
        Assert.True(Vcpu.IsTaskSwitched);
        CheckDone("41 0F 20 C1", 4); // mov r9, cr0
        Assert.Equal(_guest.Registers.R8, _guest.Registers.R9);
        Assert.Equal(EmulationEffects.TaskSwitched, CheckDone("0F 06", 2).Effects);
        Assert.False(Vcpu.IsTaskSwitched);
        _guest.Registers.R8 &= ~(1ul << 16); // WP
        Assert.Equal(EmulationOutcome.NotMine, Run("41 0F 22 C0").Outcome);
        _guest.Registers.Rbx = 0xFFFFFFFFFFFFFFFF;
        Assert.Equal(EmulationEffects.Control4, CheckDone("0F 22 E3", 3).Effects); // mov cr4, rbx
        Assert.Equal(0x5000Cul, Vcpu.Cr4);
        CheckDone("0F 20 E0", 3);
        Assert.Equal(0x5066Cul, _guest.Registers.Rax);
        CheckDone("0F 22 D3", 3); // mov cr2, rbx
        CheckDone("0F 20 D1", 3); // mov rcx, cr2
        Assert.Equal(ulong.MaxValue, _guest.Registers.Rcx);
        EmulationResult table = Run("0F 22 DB"); // mov cr3, rbx
        Assert.Equal((EmulationOutcome.NewTable, ulong.MaxValue, (byte)3), (table.Outcome, table.Value, table.Length));
    }

    [Fact]
    public void A_hypercall_page_is_asked_for_by_its_register()
    {
        (_guest.Registers.Rcx, _guest.Registers.Rax, _guest.Registers.Rdx) = (0x40000000, 0x5000, 1);
        EmulationResult result = Run("0F 30");
        Assert.Equal((EmulationOutcome.HypercallPage, 0x100005000ul, (byte)2), (result.Outcome, result.Value, result.Length));
        Assert.Equal(Start, _guest.Registers.Rip);
        CheckDone("0F 32", 2);
        Assert.Equal((0ul, 0ul), (_guest.Registers.Rax, _guest.Registers.Rdx));
    }

    [Fact]
    public void Features_that_are_not_shown_cannot_be_switched_on()
    {
        Set(1, 0, default);
        Set(7, 0, default);
        _guest.Registers.Rbx = ulong.MaxValue;
        CheckDone("0F 22 E3", 3);
        Assert.Equal(0xCul, Vcpu.Cr4);
        Assert.Equal(EmulationOutcome.InvalidOpcode, Run("0F 01 D1").Outcome);
    }

    [Theory]
    [InlineData(0, 7, true)]
    [InlineData(0, 3, true)]
    [InlineData(0, 1, true)]
    [InlineData(0, 0, false)]
    [InlineData(0, 2, false)]
    [InlineData(0, 5, false)]
    [InlineData(0, 0xF, false)]
    [InlineData(1, 7, false)]
    public void Extended_state_is_enabled_as_the_processor_allows(uint index, ulong value, bool isDone)
    {
        Vcpu.Cr4 = 1 << 18;
        (_guest.Registers.Rcx, _guest.Registers.Rax, _guest.Registers.Rdx) = (index, value, 0);
        Assert.Equal(isDone ? EmulationOutcome.Done : EmulationOutcome.NotMine, Run("0F 01 D1").Outcome);
        Assert.Equal(isDone ? value : 1, Vcpu.Xcr0);
    }

    [Fact]
    public void Forced_emulation_answers_cpuid()
    {
        _guest.Registers.Rax = 0xFFFFFFFF00000001;
        EmulationResult result = PrivilegedInstructions.RunForced(Vcpu, Bytes("0F 0B 78 65 6E 0F A2 90"));
        Assert.Equal(EmulationOutcome.Done, result.Outcome);
        Assert.Equal(Start + 7, _guest.Registers.Rip);
        Assert.Equal((1ul, 2ul, (1ul << 26) | (1 << 28), 4ul), (_guest.Registers.Rax, _guest.Registers.Rbx, _guest.Registers.Rcx, _guest.Registers.Rdx));
        Vcpu.Cr4 = 1 << 18;
        _guest.Registers.Rax = 1;
        CheckDone("0F A2", 2);
        Assert.NotEqual(0ul, _guest.Registers.Rcx & (1 << 27));
        foreach (string other in (string[])["0F 0B", "0F 0B 78 65 6E", "0F 0B 78 65 6E 0F 32", "0F 0B 78 65 6D 0F A2"])
        {
            Assert.Equal(EmulationOutcome.NotMine, PrivilegedInstructions.RunForced(Vcpu, Bytes(other)).Outcome);
        }
    }

    [Theory]
    [InlineData(1, 576)]
    [InlineData(3, 576)]
    [InlineData(7, 832)]
    public void The_size_of_the_state_follows_what_is_enabled(ulong xcr0, ulong expected)
    {
        Vcpu.Xcr0 = xcr0;
        (_guest.Registers.Rax, _guest.Registers.Rcx) = (0xD, 0);
        CheckDone("0F A2", 2);
        Assert.Equal((7ul, expected, 832ul), (_guest.Registers.Rax, _guest.Registers.Rbx, _guest.Registers.Rcx));
    }

    [Theory]
    [InlineData("EC", 1, 0x11112222333344FF)]
    [InlineData("66 ED", 2, 0x111122223333FFFF)]
    [InlineData("ED", 1, 0xFFFFFFFF)]
    [InlineData("E4 61", 2, 0x11112222333344FF)]
    [InlineData("48 E5 61", 3, 0xFFFFFFFF)]
    [InlineData("EE", 1, 0x1111222233334444)]
    [InlineData("E6 70", 2, 0x1111222233334444)]
    public void Ports_read_as_ones_where_the_level_allows(string text, int length, ulong expected)
    {
        foreach ((bool isKernel, byte level, bool isAllowed) in ((bool, byte, bool)[])[(true, 0, false), (true, 1, true), (false, 2, false), (false, 3, true)])
        {
            (Vcpu.IsKernelMode, Vcpu.IoPrivilege) = (isKernel, level);
            _guest.Registers.Rax = 0x1111222233334444;
            _guest.Registers.Rip = Start;
            Assert.Equal(isAllowed ? EmulationOutcome.Done : EmulationOutcome.NotMine, Run(text).Outcome);
            Assert.Equal(isAllowed ? (expected, Start + (ulong)length) : (0x1111222233334444, Start), (_guest.Registers.Rax, _guest.Registers.Rip));
            _guest.Registers.Rip = Start;
            Assert.Equal(isAllowed ? EmulationOutcome.Done : EmulationOutcome.NotMine, Run("FA").Outcome);
            Assert.Equal(0x202ul, _guest.Registers.Rflags);
        }
    }

    [Fact]
    public void User_programs_may_do_nothing_else()
    {
        Vcpu.IsKernelMode = false;
        foreach (string text in (string[])["0F 32", "0F 30", "0F 20 C0", "0F 22 C0", "0F 21 C0", "0F 23 C0", "0F 06", "0F 09", "0F 01 D1", "F4", "0F 01 F0", "0F 01 38", "0F 01 F8", "CF", "0F 08", "0F 33", "90", ""])
        {
            Assert.Equal(EmulationOutcome.NotMine, Run(text).Outcome);
        }

        Assert.Equal(Start, _guest.Registers.Rip);
        CheckDone("0F 31", 2);
        Vcpu.Cr4 = 4;
        Assert.Equal(EmulationOutcome.NotMine, Run("0F 31").Outcome);
        Vcpu.IsKernelMode = true;
        CheckDone("0F 01 F9", 3);
        Assert.Equal((Now & uint.MaxValue, Now >> 32, 0ul), (_guest.Registers.Rax, _guest.Registers.Rdx, _guest.Registers.Rcx));
    }

    [Theory]
    [InlineData(0, false, false)]
    [InlineData(1, true, false)]
    [InlineData(2, true, false)]
    [InlineData(3, true, true)]
    [InlineData(7, true, true)]
    public void An_interrupt_is_allowed_by_its_gate(byte flags, bool kernel, bool user)
    {
        Vcpu.Trap(0x80).Flags = flags;
        foreach ((bool isKernel, bool isAllowed) in ((bool, bool)[])[(true, kernel), (false, user)])
        {
            Vcpu.IsKernelMode = isKernel;
            _guest.Registers.Rip = Start;
            EmulationResult result = Run("CD 80");
            Assert.Equal(isAllowed ? EmulationOutcome.Interrupt : EmulationOutcome.NotMine, result.Outcome);
            Assert.Equal(Start + (isAllowed ? 2ul : 0), _guest.Registers.Rip);
            Assert.Equal(0x80, result.Vector);
        }
    }

    [Fact]
    public void Halting_waits_and_caches_are_left_alone()
    {
        Assert.Equal(EmulationOutcome.Halt, Run("F4").Outcome);
        Assert.Equal(Start + 1, _guest.Registers.Rip);
        CheckDone("0F 09", 2);
        CheckDone("F3 0F 09", 3);
        CheckDone("0F 01 38", 3); // invlpg [rax]
        _guest.Registers.Rax = 0xE;
        Assert.Equal(EmulationOutcome.NotMine, Run("0F 01 F0").Outcome); // lmsw ax would set EM
        _guest.Registers.Rax = 0xA;
        CheckDone("0F 01 F0", 3);
        Assert.True(Vcpu.IsTaskSwitched);
    }

    [Fact]
    public void A_traced_instruction_is_reported()
    {
        _guest.Registers.Rflags |= 0x10100;
        Assert.Equal(EmulationEffects.SingleStep, CheckDone("0F 09", 2).Effects);
        Assert.Equal(0x302ul, _guest.Registers.Rflags);
        _guest.Registers.Rflags = 0x202;
        Assert.Equal(EmulationEffects.None, CheckDone("0F 09", 2).Effects);
    }

    [Fact]
    public void Code_of_32_bits_wraps()
    {
        Vcpu.IoPrivilege = 3;
        _guest.Registers.Rip = 0xFFFFFFFF;
        Assert.Equal(EmulationOutcome.Done, PrivilegedInstructions.Run(Vcpu, Bytes("EC"), CodeMode.Bits32, 0).Outcome);
        Assert.Equal(0ul, _guest.Registers.Rip);
    }

    [Fact]
    public void Debug_registers_by_their_instructions()
    {
        _guest.Registers.Rax = 0xFFFF888000000000;
        Assert.Equal(EmulationEffects.Debug, CheckDone("0F 23 D8", 3).Effects); // mov dr3, rax
        CheckDone("0F 21 D9", 3);
        Assert.Equal(0xFFFF888000000000, _guest.Registers.Rcx);
        CheckDone("0F 21 E1", 3); // dr4 is dr6
        Assert.Equal(0xFFFF0FF0, _guest.Registers.Rcx);
        Vcpu.Cr4 = 8;
        Assert.Equal(EmulationOutcome.InvalidOpcode, Run("0F 21 E1").Outcome);
        Assert.Equal(EmulationOutcome.InvalidOpcode, Run("0F 23 E9").Outcome);
    }

    [Theory]
    [InlineData(0, 0x1000, 0x1000)]
    [InlineData(3, 0xFFFFFFFF81000000, 0xFFFFFFFF81000000)]
    [InlineData(6, 0, 0xFFFF0FF0)]
    [InlineData(6, 0xFFFFFFFF, 0xFFFFEFFF)]
    [InlineData(7, 0, 0x400)]
    [InlineData(7, 0x000D0101, 0x000D0501)]
    public void Debug_registers_take(int number, ulong value, ulong expected)
    {
        Assert.Equal(XenError.None, DebugRegisters.TryWrite(Vcpu, number, value));
        Assert.True(DebugRegisters.TryRead(Vcpu, number, out ulong read));
        Assert.Equal(expected, read);
    }

    [Theory]
    [InlineData(0, 0xFFFF800000000000, 1)]
    [InlineData(1, 0xFFFF87FFFFFFFFFF, 1)]
    [InlineData(2, 0x0000800000000000, 1)]
    [InlineData(6, 0x100000000, 1)]
    [InlineData(7, 0x100000000, 1)]
    [InlineData(7, 0x2000, 1)]
    [InlineData(7, 0x00020000, 1)]
    [InlineData(7, 0x20000000, 1)]
    [InlineData(4, 0, 22)]
    [InlineData(5, 0, 22)]
    [InlineData(8, 0, 22)]
    [InlineData(-1, 0, 22)]
    public void Debug_registers_refuse(int number, ulong value, int error)
    {
        Assert.Equal((XenError)error, DebugRegisters.TryWrite(Vcpu, number, value));
        Assert.Equal((0ul, 0ul, 0ul, 0ul, 0xFFFF0FF0ul, 0x400ul), (Vcpu.Dr0, Vcpu.Dr1, Vcpu.Dr2, Vcpu.Dr3, Vcpu.Dr6, Vcpu.Dr7));
    }

    private EmulationResult CheckDone(string text, int length)
    {
        ulong rip = _guest.Registers.Rip;
        EmulationResult result = Run(text);
        Assert.Equal(EmulationOutcome.Done, result.Outcome);
        Assert.Equal(rip + (ulong)length, _guest.Registers.Rip);
        return result;
    }

    private EmulationResult Run(string text) => PrivilegedInstructions.Run(Vcpu, Bytes(text), CodeMode.Bits64, Now);

    private void Set(uint leaf, uint subleaf, CpuidResult result) => Assert.True(Vcpu.Cpuid.TrySet(leaf, subleaf, in result));

    private static byte[] Bytes(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}
