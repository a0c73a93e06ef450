using System;
using System.Runtime.InteropServices;
using Multicosm.Decoder;
using Multicosm.Machine;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Emulation;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Hypercalls;
using Multicosm.Unit.Paravirt.Memory;
using Xunit;

namespace Multicosm.Unit.Paravirt.Emulation;

/// <summary>I/O instructions that reach the guest's memory.</summary>
public sealed unsafe class PortInstructionTests : IDisposable
{
    private const ulong Rip = 0x1000;

    private readonly BootedGuest _guest = new();
    private readonly PvRegisters* _registers = (PvRegisters*)NativeMemory.AllocZeroed((nuint)sizeof(PvRegisters));
    private readonly PvRegisters* _before;

    public PortInstructionTests()
    {
        _before = Vcpu.Registers;
        Vcpu.Registers = _registers;
        _registers->Rip = Rip;
        Vcpu.IsKernelMode = true;
    }

    private PvVcpu Vcpu => _guest.Vcpu;

    public void Dispose()
    {
        Vcpu.Registers = _before;
        NativeMemory.Free(_registers);
        _guest.Dispose();
    }

    [Theory]
    [InlineData(0x80, 1, true)]
    [InlineData(0x81, 1, false)]
    [InlineData(0x7F, 1, false)]
    [InlineData(0x88, 4, true)]
    [InlineData(0x87, 2, true)]
    [InlineData(0x86, 2, false)]
    [InlineData(0x8B, 4, false)]
    [InlineData(0xFF, 1, true)]
    [InlineData(0xFF, 2, false)] // reaches beyond the last port
    [InlineData(0x100, 1, false)]
    public void The_bitmap_lets_user_programs_reach_single_ports(ulong port, int size, bool isAllowed)
    {
        Vcpu.IsKernelMode = false;
        Span<ulong> bitmap = _guest.Content(BootedGuest.FirstFree);
        bitmap.Fill(ulong.MaxValue);
        foreach (int open in (int[])[0x80, 0x87, 0x88, 0x89, 0x8A, 0x8B, 0x8C, 0xFF])
        {
            bitmap[open / 64] &= ~(1ul << (open % 64));
        }

        bitmap[0x8D / 64] |= 1ul << (0x8D % 64);
        (Vcpu.IoBitmap, Vcpu.IoBitmapPorts) = (BootedGuest.Linear(BootedGuest.FirstFree), 0x100);
        _registers->Rdx = port;
        EmulationOutcome outcome = Run(size switch
        {
            1 => [0xEC],
            2 => [0x66, 0xED],
            _ => [0xED],
        });
        Assert.Equal(isAllowed ? EmulationOutcome.Done : EmulationOutcome.NotMine, outcome);
        Assert.Equal(isAllowed ? ulong.MaxValue >> (64 - (8 * size)) : 0, _registers->Rax);
        Vcpu.IoBitmap = 0xFFFF800000000000;
        Assert.Equal(EmulationOutcome.NotMine, Run([0xEC]));
    }

    [Fact]
    public void A_string_is_read_in_pieces()
    {
        Vcpu.IoPrivilege = 1;
        Span<ulong> page = _guest.Content(BootedGuest.FirstFree);
        page.Clear();
        (_registers->Rdi, _registers->Rcx) = (BootedGuest.Linear(BootedGuest.FirstFree), 100);
        Assert.Equal(EmulationOutcome.Done, Run([0xF3, 0x6D])); // rep insd
        Assert.Equal((Rip, 36ul, BootedGuest.Linear(BootedGuest.FirstFree) + 256), (_registers->Rip, _registers->Rcx, _registers->Rdi));
        Assert.Equal(EmulationOutcome.Done, Run([0xF3, 0x6D]));
        Assert.Equal((Rip + 2, 0ul, BootedGuest.Linear(BootedGuest.FirstFree) + 400), (_registers->Rip, _registers->Rcx, _registers->Rdi));
        Assert.Equal(50, page.Count(ulong.MaxValue));
        Assert.Equal(0ul, page[50]);
        _registers->Rflags |= 0x400;
        Assert.Equal(EmulationOutcome.Done, Run([0x6C])); // insb, downwards
        Assert.Equal((0xFFul, BootedGuest.Linear(BootedGuest.FirstFree) + 399), (page[50], _registers->Rdi));
    }

    [Fact]
    public void A_string_that_nothing_is_left_of_does_nothing()
    {
        Vcpu.IoPrivilege = 1;
        _registers->Rdi = 0xFFFF800000000000;
        Assert.Equal(EmulationOutcome.Done, Run([0xF3, 0x6D]));
        Assert.Equal((Rip + 2, 0xFFFF800000000000), (_registers->Rip, _registers->Rdi));
    }

    [Fact]
    public void What_is_written_is_dropped_but_read_from_memory()
    {
        Vcpu.IoPrivilege = 3;
        Vcpu.IsKernelMode = false;
        Vcpu.UserTable = Vcpu.KernelTable;
        Vcpu.FsBase = BootedGuest.Linear(BootedGuest.FirstFree);
        (_registers->Rsi, _registers->Rcx) = (0x1_0000_0010, 0x1_0000_0003);
        Assert.Equal(EmulationOutcome.Done, Run([0x67, 0xF3, 0x64, 0x66, 0x6F])); // rep outsw by FS, ESI and ECX
        Assert.Equal((0x16ul, 0ul, Rip + 5), (_registers->Rsi, _registers->Rcx, _registers->Rip));
    }

    [Theory]
    [InlineData(0x6C, true, 500ul, 0ul, 2ul)] // insb, nothing there
    [InlineData(0x6E, true, 500ul, 0ul, 0ul)] // outsb
    [InlineData(0x6E, false, 500ul, 0ul, 0ul)] // by a user program
    [InlineData(0x6D, true, BootedGuest.Level1, 8ul, 3ul)] // insd to a page that is read-only
    [InlineData(0x6D, false, BootedGuest.Level1, 8ul, 3ul)]
    [InlineData(0x6D, true, 499ul, 4094ul, 2ul)] // into the next page, which is not there
    [InlineData(0x6F, true, 499ul, 4094ul, 0ul)]
    public void Memory_that_cannot_be_reached_raises_a_page_fault(int opcode, bool isKernel, ulong page, ulong offset, ulong code)
    {
        Assert.Equal(0, _guest.UpdateMapping(BootedGuest.Linear(500), 0));
        Vcpu.IoPrivilege = 3;
        Vcpu.IsKernelMode = isKernel;
        Vcpu.UserTable = Vcpu.KernelTable;
        _registers->Rdi = _registers->Rsi = BootedGuest.Linear(page) + offset;
        EmulationResult result = PrivilegedInstructions.Run(Vcpu, [(byte)opcode], CodeMode.Bits64, 0);
        ulong fault = page == 499 ? BootedGuest.Linear(500) : BootedGuest.Linear(page) + offset;
        Assert.Equal((EmulationOutcome.PageFault, fault, code), (result.Outcome, result.Value, result.ErrorCode));
        Assert.Equal((Rip, BootedGuest.Linear(page) + offset), (_registers->Rip, _registers->Rdi));
        Assert.Equal(0ul, _guest.Content(499)[511]);
    }

    [Fact]
    public void A_string_goes_as_far_as_its_memory()
    {
        Assert.Equal(0, _guest.UpdateMapping(BootedGuest.Linear(500), 0));
        Vcpu.IoPrivilege = 1;
        (_registers->Rdi, _registers->Rcx) = (BootedGuest.Linear(500) - 10, 5);
        Assert.Equal(EmulationOutcome.Done, Run([0xF3, 0x6D])); // rep insd: two of them
        Assert.Equal((Rip, 3ul, BootedGuest.Linear(500) - 2), (_registers->Rip, _registers->Rcx, _registers->Rdi));
        Assert.Equal(EmulationOutcome.PageFault, Run([0xF3, 0x6D]));
        Assert.Equal((Rip, 3ul, BootedGuest.Linear(500) - 2), (_registers->Rip, _registers->Rcx, _registers->Rdi));
        (_registers->Rsi, _registers->Rcx) = (BootedGuest.Linear(490), ulong.MaxValue);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(EmulationOutcome.Done, Run([0xF3, 0x6E])); // rep outsb: a page in each go
        }

        Assert.Equal(EmulationOutcome.PageFault, Run([0xF3, 0x6E]));
        _registers->Rsi = 0x7FFF_FFFF_FFFE;
        Assert.Equal(EmulationOutcome.GeneralProtection, Run([0x6F]));
    }

    [Fact]
    public void A_hypercall_page_is_filled_where_the_guest_may_write()
    {
        Assert.Equal(XenError.None, HypercallPage.TryFill(Vcpu.Domain, _guest.Frame(BootedGuest.FirstFree) << 12));
        ReadOnlySpan<byte> page = MemoryMarshal.AsBytes(_guest.Content(BootedGuest.FirstFree));
        Assert.Equal([0x51, 0x41, 0x53, 0xB8, 18, 0, 0, 0, 0x0F, 0x05, 0x41, 0x5B, 0x59, 0xC3, 0xCC], page.Slice(18 * 32, 15).ToArray());
        Assert.Equal([0x51, 0x41, 0x53, 0x50, 0xB8, 23, 0, 0, 0, 0x0F, 0x05, 0xCC], page.Slice(23 * 32, 12).ToArray());
        Assert.Equal(XenError.Invalid, HypercallPage.TryFill(Vcpu.Domain, _guest.Frame(BootedGuest.Level1) << 12));
        Assert.Equal(XenError.Invalid, HypercallPage.TryFill(Vcpu.Domain, (_guest.Frame(BootedGuest.FirstFree) << 12) | 1));
        Assert.Equal(XenError.NotPermitted, HypercallPage.TryFill(Vcpu.Domain, ulong.MaxValue & ~0xFFFul));
    }

    private EmulationOutcome Run(ReadOnlySpan<byte> code) => PrivilegedInstructions.Run(Vcpu, code, CodeMode.Bits64, 0).Outcome;
}
