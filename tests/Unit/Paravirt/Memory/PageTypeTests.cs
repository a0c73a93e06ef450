using System;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;
using Xunit;

namespace Multicosm.Unit.Paravirt.Memory;

/// <summary>What a frame may be used for, and the rules for entries of each level.</summary>
public sealed class PageTypeTests
{
    private const long Invalid = -22, NotPermitted = -1;

    [Fact]
    public void A_new_guest_has_typed_tables_and_sees_the_hypervisors_slots()
    {
        using BootedGuest guest = new();
        guest.Host.Check();
        Assert.Equal(FrameType.Level4, guest.Record(BootedGuest.Level4).Type);
        Assert.Equal(2ul, guest.Record(BootedGuest.Level4).TypeCount); // pin and base table
        Assert.Equal(FrameType.Level1, guest.Record(BootedGuest.Level1).Type);
        Assert.Equal(guest.Types.HypervisorSlots[0], guest.Content(BootedGuest.Level4)[256]);
        Assert.Equal(FakePvHost.EntryAreaSlot, guest.Content(BootedGuest.Level4)[260]);
        Assert.Equal(0ul, guest.Content(BootedGuest.Level4)[271]);
        Assert.Equal(guest.Frame(BootedGuest.Level4) << 12, guest.Vcpu.KernelTable);
    }

    [Fact]
    public void A_page_table_is_never_writable_and_a_writable_page_no_table()
    {
        using BootedGuest guest = new();
        Assert.Equal(Invalid, guest.UpdateMapping(BootedGuest.Linear(BootedGuest.Level1), guest.Entry(BootedGuest.Level1, 3)));
        Assert.Equal(Invalid, guest.Update(BootedGuest.Level1, 20, guest.Entry(BootedGuest.Level4, 3)));
        Assert.Equal(Invalid, guest.Pin(20, 1));
        guest.Protect(20);
        Assert.Equal(0, guest.Pin(20, 1));
        Assert.Equal(Invalid, guest.UpdateMapping(BootedGuest.Linear(20), guest.Entry(20, 3)));
        Assert.Equal(Invalid, guest.Pin(20, 1));
        Assert.Equal(Invalid, guest.Pin(20, 2));
        guest.Host.Check();
        Assert.Equal(0, guest.Unpin(20));
        Assert.Equal(Invalid, guest.Unpin(20));
        Assert.Equal(0, guest.UpdateMapping(BootedGuest.Linear(20), guest.Entry(20, 3)));
        guest.Host.Check();
    }

    [Theory]
    [InlineData(1, 0x008)]
    [InlineData(1, 0x010)]
    [InlineData(1, 0x080)]
    [InlineData(2, 0x080)]
    [InlineData(2, 0x008)]
    [InlineData(2, 0x100)]
    [InlineData(3, 0x080)]
    [InlineData(4, 0x080)]
    [InlineData(4, 0x010)]
    public void Flags_that_no_entry_may_have_are_refused(int level, ulong flag)
    {
        using BootedGuest guest = new();
        ulong table = (ulong)(5 - level); // the boot tables are in this order
        ulong target = level == 1 ? 30ul : table + 1;
        int index = level == 1 ? 30 : 100;
        Assert.Equal(Invalid, guest.Update(table, index, guest.Entry(target, 1 | flag)));
        Assert.Equal(0, guest.Update(table, index, guest.Entry(target, 1)));
        Assert.Equal(Invalid, guest.Update(table, index, guest.Entry(target, 0x21 | flag))); // the same frame again
        guest.Protect(40);
        guest.Content(40)[7] = guest.Entry(target, 1 | flag);
        Assert.Equal(Invalid, guest.Pin(40, level));
        Assert.Equal(FrameType.None, guest.Record(40).Type);
        guest.Host.Check();
    }

    [Fact]
    public void Entries_are_stored_for_a_kernel_in_ring_3()
    {
        using BootedGuest guest = new();
        ulong frame = guest.Frame(30) << 12;
        Assert.Equal(0, guest.Update(BootedGuest.Level1, 30, frame | 0x163 | (1UL << 63)));
        Assert.Equal(frame | 0x67 | BootedGuest.GuestKernel | (1UL << 63), guest.Content(BootedGuest.Level1)[30]);
        Assert.Equal(0, guest.Update(BootedGuest.Level1, 30, frame | 0x165));
        Assert.Equal(frame | 0x65, guest.Content(BootedGuest.Level1)[30]);
        Assert.Equal(0, guest.Update(BootedGuest.Level1, 30, 0x1234_5678_9ABC_DEF0));
        Assert.Equal(0x1234_5678_9ABC_DEF0ul, guest.Content(BootedGuest.Level1)[30]);
        Assert.Equal(0, guest.Update(BootedGuest.Level2, 9, guest.Entry(BootedGuest.Level1, 3)));
        Assert.Equal(guest.Entry(BootedGuest.Level1, 7), guest.Content(BootedGuest.Level2)[9]);
        Assert.Equal(0, guest.Update(BootedGuest.Level4, 9, guest.Entry(BootedGuest.Level3, 3)));
        Assert.Equal(guest.Entry(BootedGuest.Level3, 0x27), guest.Content(BootedGuest.Level4)[9]);
        guest.Host.Check();
    }

    [Fact]
    public void Only_own_frames_can_be_mapped()
    {
        using BootedGuest guest = new();
        ulong foreign = guest.Host.Other.Ram.FrameAt(0).Number;
        ulong[] others = [foreign, 0, 1, guest.Host.Table.EndFrame, (1UL << 40) - 1, guest.Types.HypervisorSlots[0] >> 12];
        foreach (ulong frame in others)
        {
            Assert.Equal(NotPermitted, guest.Update(BootedGuest.Level1, 30, (frame << 12) | 1));
            Assert.Equal(NotPermitted, guest.UpdateMapping(BootedGuest.Linear(30), (frame << 12) | 3));
            Assert.Equal(NotPermitted, guest.Update(BootedGuest.Level2, 30, (frame << 12) | 7));
            Assert.Equal(NotPermitted, guest.UpdateAt(frame << 12, 0));
            Assert.Equal(NotPermitted, guest.UpdateAt((frame << 12) | 1, 0));
            Assert.Equal(NotPermitted, guest.Extended(MmuCommand.PinLevel1, frame));
            Assert.Equal(NotPermitted, guest.Extended(MmuCommand.Unpin, frame));
            Assert.Equal(NotPermitted, guest.Extended(MmuCommand.NewKernelTable, frame));
            Assert.Equal(NotPermitted, guest.Extended(MmuCommand.ClearPage, frame));
            Assert.Equal(NotPermitted, guest.Extended(MmuCommand.CopyPage, guest.Frame(30), frame));
            Assert.Equal(NotPermitted, guest.SetGdt(1, frame));
        }

        Assert.Equal(NotPermitted, guest.Extended(MmuCommand.NewUserTable, foreign));
        guest.Host.Check();
    }

    [Fact]
    public void The_hypervisors_slots_cannot_be_written_and_are_not_left_behind()
    {
        using BootedGuest guest = new();
        Assert.Equal(Invalid, guest.Update(BootedGuest.Level4, 256, 0));
        Assert.Equal(Invalid, guest.Update(BootedGuest.Level4, 271, guest.Entry(BootedGuest.Level3, 7)));
        Assert.Equal(0, guest.Update(BootedGuest.Level4, 272, guest.Entry(BootedGuest.Level3, 7)));
        guest.Protect(20);
        guest.Content(20)[256] = 0xDEAD_BEEF;
        guest.Content(20)[260] = 0xDEAD_BEEF;
        Assert.Equal(0, guest.Pin(20, 4));
        Assert.Equal(FakePvHost.EntryAreaSlot, guest.Content(20)[260]);
        guest.Host.Check();
        Assert.Equal(0, guest.Unpin(20));
        Assert.True(guest.Content(20).IndexOfAnyExcept(0ul) < 0);
    }

    [Fact]
    public void Tables_are_counted_level_by_level_and_let_go_again()
    {
        const int More = 500;
        using BootedGuest guest = new(budget: 32);
        for (ulong page = 20; page < 24; page++)
        {
            guest.Protect(page);
        }

        guest.Content(20)[0] = guest.Entry(21, 7);
        guest.Content(20)[511] = guest.Entry(21, 7);
        guest.Content(21)[3] = guest.Entry(22, 7);
        guest.Content(22)[511] = guest.Entry(23, 7);
        guest.Content(23)[8] = guest.Entry(40, 7);
        guest.Content(23)[511] = guest.Entry(41, 5);
        guest.Content(23).Slice(9, More).Fill(guest.Entry(41, 5));
        ulong references = guest.Record(41).References;
        Assert.Equal(0, guest.Pin(20, 4));
        Assert.True(guest.Interruptions > 10);
        Assert.Equal(2ul, guest.Record(21).TypeCount);
        Assert.Equal(FrameType.Level1, guest.Record(23).Type);
        Assert.Equal(references + 1 + More, guest.Record(41).References);
        guest.Host.Check();
        Assert.Equal(0, guest.Unpin(20));
        Assert.True(guest.Interruptions > 10);
        Assert.Equal(1u, guest.LastDone);
        Assert.Equal(FrameType.None, guest.Record(23).Type);
        Assert.Equal(references, guest.Record(41).References);
        guest.Host.Check();
    }

    [Fact]
    public void A_table_with_a_bad_entry_deep_below_leaves_nothing_counted()
    {
        using BootedGuest guest = new(budget: 64);
        for (ulong page = 20; page < 24; page++)
        {
            guest.Protect(page);
        }

        guest.Content(20)[1] = guest.Entry(21, 7);
        guest.Content(21)[3] = guest.Entry(22, 7);
        guest.Content(22)[1] = guest.Entry(23, 7);
        guest.Content(23)[8] = guest.Entry(40, 7);
        guest.Content(23)[500] = guest.Entry(20, 3); // a writable mapping of the table at the top
        Assert.Equal(Invalid, guest.Pin(20, 4));
        Assert.Equal(0, guest.Update(50, 0, 0)); // what is left to be undone is done before the next operation
        for (ulong page = 20; page < 24; page++)
        {
            Assert.Equal(FrameType.None, guest.Record(page).Type);
        }

        guest.Host.Check();
    }

    [Fact]
    public void A_pin_that_is_never_finished_is_undone_when_the_frame_is_wanted_for_something_else()
    {
        using BootedGuest guest = new(budget: 64);
        guest.Protect(20);
        guest.Content(20)[3] = guest.Entry(40, 7);
        guest.Content(20)[4..].Fill(guest.Entry(41, 5));
        Assert.Equal(XenError.None, guest.Types.Begin());
        Assert.Equal(XenError.Unfinished, guest.Types.TryPin(new ClaimedFrame(guest.Frame(20)), FrameType.Level1));
        Assert.True(guest.Record(20).IsPartial);
        guest.Host.Check();
        ulong uses = guest.Record(40).TypeCount;
        Assert.Equal(Invalid, guest.Pin(20, 2)); // its entry is none of level 2: 40 is writable
        Assert.Equal(uses - 1, guest.Record(40).TypeCount);
        Assert.Equal(0, guest.UpdateMapping(BootedGuest.Linear(20), guest.Entry(20, 3)));
        guest.Host.Check();
    }

    [Fact]
    public void A_linear_entry_is_read_only_and_leads_one_step()
    {
        using BootedGuest guest = new();
        for (ulong page = 20; page < 23; page++)
        {
            guest.Protect(page);
            Assert.Equal(0, guest.Pin(page, 4));
        }

        Assert.Equal(Invalid, guest.Update(20, 5, guest.Entry(20, 7)));
        Assert.Equal(0, guest.Update(20, 5, guest.Entry(20, 5))); // itself
        Assert.Equal(1ul, guest.Record(20).TypeCount);
        Assert.Equal(0, guest.Update(20, 6, guest.Entry(21, 5)));
        Assert.Equal(2ul, guest.Record(21).TypeCount);
        Assert.Equal(0, guest.Update(21, 5, guest.Entry(21, 5)));
        Assert.Equal(Invalid, guest.Update(21, 6, guest.Entry(22, 5))); // shown by 20
        Assert.Equal(Invalid, guest.Update(22, 6, guest.Entry(20, 5))); // 20 shows another
        guest.Host.Check();
        Assert.Equal(0, guest.Unpin(21));
        Assert.Equal(FrameType.Level4, guest.Record(21).Type); // still shown
        Assert.Equal(0, guest.Update(20, 6, 0));
        Assert.Equal(FrameType.None, guest.Record(21).Type);
        Assert.Equal(0, guest.Update(22, 6, guest.Entry(20, 5))); // 20 shows itself alone now
        Assert.Equal(0, guest.Unpin(20));
        Assert.Equal(0, guest.Unpin(22));
        Assert.Equal(FrameType.None, guest.Record(20).Type);
        guest.Host.Check();
    }

    [Fact]
    public void Entries_that_are_not_present_leak_nothing()
    {
        using BootedGuest guest = new(leaks: true);
        Assert.Equal(Invalid, guest.Update(BootedGuest.Level1, 30, guest.Entry(30, 0xF0)));
        Assert.Equal(Invalid, guest.Update(BootedGuest.Level2, 30, 0x5000));
        Assert.Equal(0, guest.Update(BootedGuest.Level1, 30, 0xF0));
        Assert.Equal(0, guest.Update(BootedGuest.Level1, 30, (guest.Host.Table.EndFrame << 12) | 0xF0));
        guest.Protect(20);
        guest.Content(20)[0] = 0x5000;
        Assert.Equal(Invalid, guest.Pin(20, 1));
        guest.Host.Check();
    }

    [Fact]
    public void Special_frames_can_be_mapped_but_never_be_tables()
    {
        using BootedGuest guest = new();
        ulong shared = guest.Host.Own.Ram.SpecialFrame(0).Number;
        Assert.Equal(0, guest.UpdateMapping(BootedGuest.Linear(30), (shared << 12) | 3));
        Assert.Equal(Invalid, guest.Extended(MmuCommand.PinLevel1, shared));
        Assert.Equal(Invalid, guest.SetGdt(1, shared));
        guest.Host.Check();
    }
}
