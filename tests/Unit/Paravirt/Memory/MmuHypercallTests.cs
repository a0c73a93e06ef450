using System;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Hypercalls;
using Multicosm.Paravirt.Memory;
using Multicosm.Paravirt.Traps;
using Xunit;

namespace Multicosm.Unit.Paravirt.Memory;

/// <summary>The hypercalls over page tables: arguments, counters, continuation; and the guest's address space.</summary>
public sealed unsafe class MmuHypercallTests
{
    private const long Invalid = -22, NotPermitted = -1, Fault = -14, NoSystemCall = -38;
    private const ulong Hole = 0xFFFF_8000_0000_0000;

    [Fact]
    public void Mmu_update_stops_at_the_first_request_that_fails_and_counts_the_others()
    {
        using BootedGuest guest = new();
        ulong page = guest.Frame(50) << 12;
        Assert.Equal(Invalid, guest.UpdateMany(page, 11, page + 8, 22, (guest.Frame(BootedGuest.Level4) << 12) + (256 * 8), 0, page + 16, 33));
        Assert.Equal(2u, guest.LastDone);
        Assert.Equal([11ul, 22ul, 0ul], guest.Content(50)[..3].ToArray());
        Assert.Equal(NoSystemCall, guest.UpdateAt(page + 4, 1));
        Assert.Equal(0u, guest.LastDone);
        Assert.Equal(0, guest.UpdateAt(page + 3, 44)); // without translation
        Assert.Equal(44ul, guest.Content(50)[0]);
        guest.Host.Check();
    }

    [Fact]
    public void Mmu_update_goes_on_where_it_was_interrupted()
    {
        using BootedGuest guest = new(budget: 40);
        ulong[] pairs = new ulong[200];
        for (int i = 0; i < 100; i++)
        {
            pairs[2 * i] = (guest.Frame(50) << 12) + ((ulong)i * 8);
            pairs[(2 * i) + 1] = (ulong)i + 1;
        }

        Assert.Equal(0, guest.UpdateMany(pairs));
        Assert.InRange(guest.Interruptions, 9, 12);
        Assert.Equal(100u, guest.LastDone);
        Assert.Equal(100ul, guest.Content(50)[99]);
    }

    [Fact]
    public void Mmu_update_sets_the_machine_to_physical_table()
    {
        using BootedGuest guest = new();
        Assert.Equal(50ul, guest.Host.Own.Ram.PhysicalNumber(new(guest.Frame(50))));
        Assert.Equal(0, guest.UpdateAt((guest.Frame(50) << 12) | 1, 0x1234));
        Assert.Equal(0x1234ul, guest.Host.Own.Ram.PhysicalNumber(new(guest.Frame(50))));
    }

    [Fact]
    public void Mmu_update_preserves_accessed_and_dirty_when_asked_to()
    {
        using BootedGuest guest = new();
        guest.Content(BootedGuest.Level1)[30] |= 0x60;
        Assert.Equal(0, guest.Update(BootedGuest.Level1, 30, guest.Entry(30, 7), command: 2));
        Assert.Equal(guest.Entry(30, 0x67), guest.Content(BootedGuest.Level1)[30]);
        Assert.Equal(0, guest.Update(BootedGuest.Level1, 30, guest.Entry(30, 7)));
        Assert.Equal(guest.Entry(30, 7), guest.Content(BootedGuest.Level1)[30]);
        guest.Host.Check();
    }

    [Fact]
    public void Arrays_and_counters_that_cannot_be_reached_are_refused()
    {
        using BootedGuest guest = new();
        ulong[] bad = [0, Hole, Hole - 16, 0x0000_8000_0000_0000, ulong.MaxValue - 7, BootedGuest.VirtualBase + (512 << 12)];
        foreach (ulong address in bad)
        {
            ulong array = address, count = 1;
            Assert.Equal(Fault, MmuHypercalls.MmuUpdate(guest.Vcpu, ref array, ref count, 0, DomainNumbers.Self));
            Assert.Equal(Fault, MmuExtendedHypercalls.MmuExtended(guest.Vcpu, ref array, ref count, 0, DomainNumbers.Self));
            Assert.Equal(Fault, DescriptorHypercalls.SetGdt(guest.Vcpu, address, 1));
            if (address != 0)
            {
                Assert.Equal(Fault, MmuHypercalls.MmuUpdate(guest.Vcpu, ref array, ref count, address, DomainNumbers.Self));
            }

            ulong command = (ulong)MemoryCommand.PopulatePhysicalMap;
            Assert.Equal(Fault, MemoryHypercalls.MemoryOperation(guest.Vcpu, ref command, address));
            command = (ulong)MemoryCommand.MachineMapping;
            Assert.Equal(Fault, MemoryHypercalls.MemoryOperation(guest.Vcpu, ref command, address));
        }

        ulong readOnly = BootedGuest.Linear(BootedGuest.Level1), none = 0;
        Assert.Equal(Fault, MmuHypercalls.MmuUpdate(guest.Vcpu, ref none, ref none, readOnly, DomainNumbers.Self)); // the counter would be a page table
        guest.Host.Check();
    }

    [Fact]
    public void Frames_of_other_domains_cannot_be_named()
    {
        using BootedGuest guest = new();
        ulong array = BootedGuest.Linear(BootedGuest.Lists), count = 1;
        ulong[] foreign = [0, 6, 0x7FF1, 0x7FF2, 0x7FFF, 0x10000 | 0x7FF0, ((6UL + 1) << 16) | 0x7FF0];
        foreach (ulong domain in foreign)
        {
            Assert.Equal(NotPermitted, MmuHypercalls.MmuUpdate(guest.Vcpu, ref array, ref count, 0, domain));
        }

        Assert.Equal(NotPermitted, MmuExtendedHypercalls.MmuExtended(guest.Vcpu, ref array, ref count, 0, 6));
        count = 0;
        Assert.Equal(0, MmuHypercalls.MmuUpdate(guest.Vcpu, ref array, ref count, 0, 5));
        Assert.Equal(0, MmuHypercalls.MmuUpdate(guest.Vcpu, ref array, ref count, 0, (6UL << 16) | 5));
    }

    [Fact]
    public void Update_va_mapping_needs_a_table_of_level_1()
    {
        using BootedGuest guest = new();
        Assert.Equal(Invalid, guest.UpdateMapping(0x1000, guest.Entry(30, 3)));
        Assert.Equal(Invalid, guest.UpdateMapping(Hole, guest.Entry(30, 3)));
        Assert.Equal(0, guest.Update(BootedGuest.Level4, 300, guest.Entry(BootedGuest.Level4, 5))); // a linear entry
        ulong window = 0xFFFF_0000_0000_0000 | (300UL << 39) | (511UL << 30) | (510UL << 21);
        Assert.Equal(Invalid, guest.UpdateMapping(window, guest.Entry(30, 3))); // there the "level 1" entry is one of level 2
        Assert.Equal(0, guest.UpdateMapping(BootedGuest.Linear(30), 0, flags: 1));
        Assert.Equal(0, guest.UpdateMapping(BootedGuest.Linear(30), 0, flags: 2 | 4));
        Assert.Equal(0, guest.UpdateMapping(BootedGuest.Linear(30), 0, flags: 1 | BootedGuest.Linear(40)));
        Assert.Equal(Invalid, guest.UpdateMapping(BootedGuest.Linear(30), 0, flags: 3));
        Assert.Equal(Fault, guest.UpdateMapping(BootedGuest.Linear(30), 0, flags: 1 | BootedGuest.Linear(30)));
        guest.Host.Check();
    }

    [Fact]
    public void A_linear_window_shows_tables_and_nothing_of_the_hypervisors()
    {
        using BootedGuest guest = new();
        Assert.Equal(0, guest.Update(BootedGuest.Level4, 300, guest.Entry(BootedGuest.Level4, 5)));
        const ulong Window = 0xFFFF_0000_0000_0000 | (300UL << 39);
        Assert.True(GuestSpace.TryReadUInt64(guest.Vcpu, Window | (511UL << 30) | (510UL << 21) | (0UL << 12) | (5 * 8), out ulong entry));
        Assert.Equal(guest.Content(BootedGuest.Level1)[5], entry);
        Assert.False(GuestSpace.TryWriteUInt64(guest.Vcpu, Window | (511UL << 30) | (510UL << 21) | (5 * 8), 0));
        Assert.False(GuestSpace.TryReadUInt64(guest.Vcpu, Window | (260UL << 30), out _));
        Assert.False(GuestSpace.TryReadUInt64(guest.Vcpu, Window | (300UL << 30) | (300UL << 21) | (260UL << 12), out _));
    }

    [Fact]
    public void Copies_cross_pages_and_stop_where_nothing_is_mapped()
    {
        using BootedGuest guest = new();
        Span<byte> text = stackalloc byte[6000];
        text.Fill(0x5A);
        Assert.True(GuestSpace.TryCopyOut(guest.Vcpu, BootedGuest.Linear(60) + 100, text));
        text.Clear();
        Assert.True(GuestSpace.TryCopyIn(guest.Vcpu, BootedGuest.Linear(60) + 100, text));
        Assert.True(text.IndexOfAnyExcept((byte)0x5A) < 0);
        Assert.Equal(0x60ul, guest.Content(BootedGuest.Level1)[61] & 0x60); // accessed and dirty
        Assert.Equal(0, guest.UpdateMapping(BootedGuest.Linear(61), 0));
        Assert.False(GuestSpace.TryCopyIn(guest.Vcpu, BootedGuest.Linear(60) + 100, text));
        Assert.True(GuestSpace.TryWriteUInt64(guest.Vcpu, BootedGuest.Linear(62) + 4092, 0x1122_3344_5566_7788));
        Assert.True(GuestSpace.TryReadUInt64(guest.Vcpu, BootedGuest.Linear(62) + 4092, out ulong value));
        Assert.Equal(0x1122_3344_5566_7788ul, value);
        Assert.False(GuestSpace.TryCopyOut(guest.Vcpu, BootedGuest.Linear(BootedGuest.Level1), text));
    }

    [Theory]
    [InlineData(0ul, true)]
    [InlineData(0x0000_7FFF_FFFF_FFFFul, true)]
    [InlineData(0x0000_8000_0000_0000ul, false)]
    [InlineData(0xFFFF_7FFF_FFFF_FFFFul, false)]
    [InlineData(0xFFFF_8000_0000_0000ul, false)]
    [InlineData(0xFFFF_87FF_FFFF_FFFFul, false)]
    [InlineData(0xFFFF_8800_0000_0000ul, true)]
    [InlineData(0xFFFF_FFFF_FFFF_FFFFul, true)]
    public void Guest_addresses_are_canonical_and_outside_the_hole(ulong address, bool isGuests) => Assert.Equal(isGuests, GuestSpace.IsGuestAddress(address));

    [Fact]
    public void Base_tables_hold_their_frames()
    {
        using BootedGuest guest = new(hidesTable: true);
        guest.Protect(20);
        guest.Content(20)[511] = guest.Entry(BootedGuest.Level3, 7);
        Assert.Equal(0, guest.Extended(MmuCommand.NewUserTable, guest.Frame(20)));
        Assert.Equal(guest.Frame(20) << 12, guest.Vcpu.UserTable);
        Assert.Equal(0ul, guest.Content(20)[256]); // the machine-to-physical table is the kernel's alone
        guest.Host.Check();
        Assert.Equal(0, guest.Extended(MmuCommand.NewKernelTable, guest.Frame(20)));
        Assert.Equal(guest.Frame(20) << 12, guest.Vcpu.KernelTable);
        unsafe
        {
            Assert.Equal(guest.Vcpu.KernelTable, guest.Vcpu.Registers->Cr3);
        }

        Assert.Equal(guest.Types.HypervisorSlots[0], guest.Content(20)[256]);
        Assert.Equal(1ul, guest.Record(BootedGuest.Level4).TypeCount); // the pin
        Assert.Equal(0, guest.Extended(MmuCommand.NewUserTable, 0));
        Assert.Equal(0ul, guest.Vcpu.UserTable);
        Assert.Equal(NotPermitted, guest.Extended(MmuCommand.NewKernelTable, 0));
        Assert.Equal(Invalid, guest.Extended(MmuCommand.NewKernelTable, guest.Frame(BootedGuest.Level3)));
        guest.Host.Check();
    }

    [Fact]
    public void Pages_are_cleared_and_copied_only_where_the_guest_may_write()
    {
        using BootedGuest guest = new();
        guest.Content(50).Fill(7);
        Assert.Equal(0, guest.Extended(MmuCommand.CopyPage, guest.Frame(51), guest.Frame(50)));
        Assert.Equal(7ul, guest.Content(51)[511]);
        Assert.Equal(0, guest.Extended(MmuCommand.ClearPage, guest.Frame(50)));
        Assert.Equal(0ul, guest.Content(50)[511]);
        Assert.Equal(Invalid, guest.Extended(MmuCommand.ClearPage, guest.Frame(BootedGuest.Level1)));
        Assert.Equal(Invalid, guest.Extended(MmuCommand.CopyPage, guest.Frame(BootedGuest.Level1), guest.Frame(50)));
        Assert.Equal(0, guest.Extended(MmuCommand.CopyPage, guest.Frame(51), guest.Frame(BootedGuest.Level1)));
        guest.Host.Check();
    }

    [Fact]
    public void Flushes_and_unknown_commands()
    {
        using BootedGuest guest = new();
        for (MmuCommand command = MmuCommand.FlushLocal; command <= MmuCommand.FlushCacheGlobal; command++)
        {
            if (command is MmuCommand.FlushMulti or MmuCommand.InvalidateMulti)
            {
                Assert.Equal(Fault, guest.Extended(command, 0, Hole));
                Assert.Equal(0, guest.Extended(command, 0, BootedGuest.Linear(50)));
            }
            else if (command is < MmuCommand.SetLdt or MmuCommand.FlushCacheGlobal)
            {
                Assert.Equal(0, guest.Extended(command, 0, Hole));
            }
        }

        Assert.Equal(NoSystemCall, guest.Extended((MmuCommand)14, 0));
        Assert.Equal(NoSystemCall, guest.Extended((MmuCommand)19, 0));
        Assert.Equal(NoSystemCall, guest.Extended((MmuCommand)0xFFFF_FFFF, 0));
    }

    [Fact]
    public void Stores_to_a_page_table_that_is_mapped_are_checked_like_hypercalls()
    {
        using BootedGuest guest = new();
        ulong entry = BootedGuest.Linear(BootedGuest.Level1) + (30 * 8);
        Assert.Equal(XenError.None, guest.Store(entry, guest.Entry(31, 3)));
        Assert.Equal(guest.Entry(31, 7) | BootedGuest.GuestKernel, guest.Content(BootedGuest.Level1)[30]);
        Assert.Equal(XenError.Invalid, guest.Store(entry, guest.Entry(BootedGuest.Level4, 3)));
        Assert.Equal(XenError.None, guest.Store(entry, 0, size: 1)); // not present any more
        Assert.Equal(0ul, guest.Content(BootedGuest.Level1)[30] & 1);
        Assert.Equal(XenError.Fault, guest.Store(entry + 4, 0));
        Assert.Equal(XenError.Fault, guest.Store(BootedGuest.Linear(50), 0)); // writable: no store that could have faulted
        Assert.Equal(XenError.Fault, guest.Store(BootedGuest.Linear(BootedGuest.Level2), 0)); // level 2
        Assert.Equal(XenError.Fault, guest.Store(0x1000, 0));
        guest.Host.Check();
        ulong live = guest.Content(BootedGuest.Level1)[40];
        Assert.Equal(XenError.Again, guest.Exchange(entry + 80, 0, live + 0x1000));
        Assert.Equal(XenError.None, guest.Exchange(entry + 80, 0, live));
        Assert.Equal(0ul, guest.Content(BootedGuest.Level1)[40]);
        Assert.Equal(XenError.Again, guest.Exchange(entry + 84, 5, 4, size: 4));
        Assert.Equal(XenError.None, guest.Exchange(entry + 84, 5, 0, size: 4));
        Assert.Equal(5ul << 32, guest.Content(BootedGuest.Level1)[40]);
        guest.Host.Check();
    }

    [Theory]
    [InlineData(0x078948u, false)] // mov [rdi], rax
    [InlineData(0x07894Cu, false)] // mov [rdi], r8
    [InlineData(0x028949u, false)] // mov [r10], rax
    [InlineData(0x02894Du, false)] // mov [r10], r8
    [InlineData(0x078748u, true)] // xchg [rdi], rax
    [InlineData(0x02874Du, true)] // xchg [r10], r8
    public void Trapped_moves_and_exchanges_of_whole_entries_are_done(uint code, bool isExchange)
    {
        using BootedGuest guest = new();
        ulong entry = BootedGuest.Linear(BootedGuest.Level1) + (30 * 8);
        ulong old = guest.Content(BootedGuest.Level1)[30];
        Point(guest, code, entry, guest.Entry(31, 3));
        Assert.True(PageTableWrites.TryHandle(guest.Vcpu, entry));
        Assert.Equal(guest.Entry(31, 7) | BootedGuest.GuestKernel, guest.Content(BootedGuest.Level1)[30]);
        Assert.Equal(isExchange ? old : guest.Entry(31, 3), Moved(guest, code));
        Assert.Equal(BootedGuest.Linear(BootedGuest.Arguments) + 3, guest.Vcpu.Registers->Rip);
        Assert.Equal(2ul, guest.Vcpu.Registers->Rflags);
        guest.Host.Check();

        Point(guest, code, entry, 0);
        Assert.True(PageTableWrites.TryHandle(guest.Vcpu, entry));
        Assert.Equal(0ul, guest.Content(BootedGuest.Level1)[30]);
        Assert.Equal(isExchange ? guest.Entry(31, 7) | BootedGuest.GuestKernel : 0, Moved(guest, code));
        guest.Host.Check();
    }

    [Theory]
    [InlineData(0x078948u)] // mov [rdi], rax
    [InlineData(0x078748u)] // xchg [rdi], rax
    public void Trapped_moves_that_are_not_allowed_stay_the_guest_s_fault(uint code)
    {
        using BootedGuest guest = new();
        ulong entry = BootedGuest.Linear(BootedGuest.Level1) + (30 * 8);
        ulong old = guest.Content(BootedGuest.Level1)[30];
        Refuse(guest.Entry(BootedGuest.Level1, 3), entry, entry); // a writable mapping of a page table
        Refuse(guest.Entry(31, 0x83), entry, entry); // a flag that no entry may have
        Refuse(0x7FFF_FFFF_F003, entry, entry); // no frame of RAM
        Refuse((guest.Host.Other.Ram.FrameAt(0).Number << 12) | 1, entry, entry); // another domain's
        Refuse(0, entry, entry + 8); // the register points elsewhere than the fault
        Refuse(0, entry + 4, entry + 4); // not aligned
        Refuse(0, BootedGuest.Linear(BootedGuest.Level2), BootedGuest.Linear(BootedGuest.Level2)); // a table of level 2
        Refuse(0, BootedGuest.Linear(50), BootedGuest.Linear(50)); // no table
        guest.Host.Check();

        void Refuse(ulong value, ulong address, ulong fault)
        {
            Point(guest, code, address, value);
            Assert.False(PageTableWrites.TryHandle(guest.Vcpu, fault));
            Assert.Equal(old, guest.Content(BootedGuest.Level1)[30]);
            Assert.Equal(value, guest.Vcpu.Registers->Rax);
            Assert.Equal(BootedGuest.Linear(BootedGuest.Arguments), guest.Vcpu.Registers->Rip);
        }
    }

    // Puts an instruction where RIP is, the address into RDI and R10, the value into RAX and R8.
    private static void Point(BootedGuest guest, uint code, ulong address, ulong value)
    {
        guest.Content(BootedGuest.Arguments)[0] = code;
        *guest.Vcpu.Registers = new PvRegisters
        {
            Rip = BootedGuest.Linear(BootedGuest.Arguments),
            Rdi = address,
            R10 = address,
            Rax = value,
            R8 = value,
            Rflags = 0x10002,
        };
    }

    private static ulong Moved(BootedGuest guest, uint code) => (code & 4) != 0 ? guest.Vcpu.Registers->R8 : guest.Vcpu.Registers->Rax;
}
