using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Multicosm.Machine;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Grants;
using Multicosm.Paravirt.Hypercalls;
using Multicosm.Paravirt.Memory;
using Multicosm.Unit.Paravirt.Memory;
using Xunit;

namespace Multicosm.Unit.Paravirt.Grants;

/// <summary>Frames of one domain (6) in the page tables of another (5).</summary>
public sealed unsafe class GrantMappingTests : IDisposable
{
    private const uint Device = 1, Host = 2, ReadOnly = 4, User = 8, ByEntry = 16;
    private const ulong Permit = 1, PermitReading = 5, Reading = 8, Writing = 16;
    private const ulong Place = 100; // page of the guest where most is mapped
    private const uint Reference = 9;

    private readonly BootedGuest _guest = new();
    private readonly GrantHypercalls _calls;

    public GrantMappingTests()
    {
        _calls = new GrantHypercalls(_guest.Host.Directory, new GrantPageTypes());
        foreach (PvDomain domain in new[] { _guest.Host.Own, Owner })
        {
            domain.Guest = new LinearArguments();
            HostFrame table = domain.Ram.SpecialFrame(1);
            domain.Grants.Reset(table.Number, domain.Ram.Window.Page(table));
        }

        Grant(Reference, Permit, 50);
    }

    public void Dispose() => _guest.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_granted_frame_is_mapped_and_free_again(bool isReadOnly, bool isByEntry)
    {
        Content(50)[7] = 0x1234;
        uint flags = Host | (isReadOnly ? ReadOnly : 0) | (isByEntry ? ByEntry : 0);
        ulong address = isByEntry ? EntryOf(Place) : BootedGuest.Linear(Place);
        Assert.Equal(0, Map(flags, address, out uint handle));
        ulong entry = _guest.Content(BootedGuest.Level1)[(int)Place];
        Assert.Equal((FrameOf(50) << 12) | 0x65 | (isReadOnly ? 0ul : 2) | BootedGuest.GuestKernel, entry);
        Assert.Equal(Entry(Permit | Reading | (isReadOnly ? 0 : Writing), 50), Table[Reference]);
        Assert.True(GuestSpace.TryReadUInt64(_guest.Vcpu, BootedGuest.Linear(Place) + 56, out ulong seen));
        Assert.Equal(0x1234ul, seen);
        Assert.Equal(!isReadOnly, GuestSpace.TryWriteUInt64(_guest.Vcpu, BootedGuest.Linear(Place), 99));
        Check();

        // What another may write cannot be a page table; what it only reads can.
        Assert.Equal(isReadOnly ? XenError.None : XenError.Invalid, Owner.Ram.Types.TryGet(Claim(50), FrameType.Level1, out HostFrame frame));
        if (isReadOnly)
        {
            Owner.Ram.Types.Put(frame);
        }

        Assert.Equal(0, Unmap(handle, address));
        Assert.Equal(0ul, _guest.Content(BootedGuest.Level1)[(int)Place]);
        Assert.Equal(Entry(Permit, 50), Table[Reference]);
        Assert.Equal(0ul, RecordOf(50).Raw);
        Assert.Equal(-4, Unmap(handle, address));
        Check();
    }

    [Fact]
    public void The_entry_has_what_the_flags_say()
    {
        Assert.Equal(0, Map(Host | ReadOnly | User | (5u << 16), BootedGuest.Linear(Place), out _));
        Assert.Equal((FrameOf(50) << 12) | 0x65 | (5 << 9), _guest.Content(BootedGuest.Level1)[(int)Place]);
    }

    [Theory]
    [InlineData(0u, 6, Reference, Place, -3)]
    [InlineData(ReadOnly, 6, Reference, Place, -3)]
    [InlineData(Device, 6, 5000u, Place, -3)]
    [InlineData(Host | Device, 6, Reference, 0x100000ul, -1)]
    [InlineData(Host, 44, Reference, Place, -2)]
    [InlineData(Host, 6, 5000u, Place, -3)]
    [InlineData(Host, 6, 8u, Place, -1)] // an empty entry
    [InlineData(Host, 6, 10u, Place, -1)] // for reading only
    [InlineData(Host, 6, 11u, Place, -9)] // a frame that the granter does not have
    [InlineData(Host, 6, 12u, Place, -9)] // one that is its page table
    [InlineData(Host, 6, Reference, 0x100000ul, -1)] // nothing is there
    [InlineData(Host | ByEntry, 6, Reference, Place, -1)] // not aligned
    public void What_cannot_be_mapped_changes_nothing(uint flags, int domain, uint reference, ulong page, int status)
    {
        Grant(10, PermitReading, 50);
        Table[11] = Permit | (5ul << 16) | (_guest.Frame(30) << 32);
        Grant(12, Permit, 51);
        Assert.Equal(XenError.None, Owner.Ram.Types.TryGet(Claim(51), FrameType.Level1, out _));
        ulong before = _guest.Content(BootedGuest.Level1)[(int)Place];
        ulong address = BootedGuest.Linear(page) + ((flags & ByEntry) != 0 ? 1ul : 0);
        Assert.Equal(status, Map(flags, address, out _, domain, reference));
        Assert.Equal(before, _guest.Content(BootedGuest.Level1)[(int)Place]);
        Assert.Equal(Entry(Permit, 50), Table[Reference]);
        Assert.Equal(0, Owner.Grants.MappedCount);
        Assert.Equal(0, Map(Host, BootedGuest.Linear(Place), out uint handle));
        Assert.Equal(0u, handle);
    }

    [Fact]
    public void A_page_table_of_another_level_holds_no_mapping()
    {
        Assert.Equal(-1, Map(Host | ByEntry, _guest.Frame(BootedGuest.Level2) << 12, out _));
        Assert.Equal(-1, Map(Host | ByEntry, FrameOf(3) << 12, out _));
        Check();
    }

    [Fact]
    public void No_other_entry_can_map_the_frame()
    {
        Assert.Equal(0, Map(Host | ReadOnly, BootedGuest.Linear(Place), out _));
        ulong entry = _guest.Content(BootedGuest.Level1)[(int)Place];
        Assert.Equal(-1, _guest.Update(BootedGuest.Level1, (int)Place + 1, entry)); // a copy
        Assert.Equal(-1, _guest.Update(BootedGuest.Level1, (int)Place, entry | 2)); // more than was granted
        Assert.Equal(0, _guest.Update(BootedGuest.Level1, (int)Place, entry & ~0x20ul)); // the same in other words
        Assert.Equal(-1, _guest.Extended(MmuCommand.PinLevel1, FrameOf(50)));
        Assert.Equal(-1, _guest.Extended(MmuCommand.ClearPage, FrameOf(50)));
        Assert.Equal(0, _guest.Reserve(MemoryCommand.DecreaseReservation, FrameOf(50)));
        Check();
    }

    [Fact]
    public void A_mapping_outlives_its_entry_until_it_is_ended()
    {
        Assert.Equal(0, Map(Host, BootedGuest.Linear(Place), out uint handle));
        Assert.Equal(0, _guest.UpdateMapping(BootedGuest.Linear(Place), _guest.Entry(Place, 3)));
        Check();
        Assert.Equal(XenError.Invalid, Owner.Ram.Types.TryGet(Claim(50), FrameType.Level1, out _));
        Assert.Equal(Entry(Permit | Reading | Writing, 50), Table[Reference]);
        Assert.Equal(-1, Replace(handle, BootedGuest.Linear(Place), BootedGuest.Linear(Place + 1)));
        Assert.Equal(0, Unmap(handle, BootedGuest.Linear(Place)));
        Assert.Equal(_guest.Frame(Place), (_guest.Content(BootedGuest.Level1)[(int)Place] & PageEntry.AddressMask) >> 12); // left alone
        Assert.Equal(0ul, RecordOf(50).Raw);
        Check();
    }

    [Fact]
    public void A_mapping_is_ended_where_it_is()
    {
        Assert.Equal(0, Map(Host, BootedGuest.Linear(Place), out uint first));
        Assert.Equal(0, Map(Host | ReadOnly, BootedGuest.Linear(Place + 1), out uint second));
        Assert.Equal(-1, Unmap(first, BootedGuest.Linear(Place + 1)));
        Assert.Equal(-1, Unmap(second, BootedGuest.Linear(Place)));
        Assert.Equal(-1, Unmap(first, EntryOf(Place))); // it was not named so
        Assert.Equal(0, Unmap(first, 0)); // nothing is asked
        Check();
        Assert.Equal(0, Unmap(first, BootedGuest.Linear(Place)));
        Assert.Equal(Entry(Permit | Reading, 50), Table[Reference]);
        Assert.Equal(0, Unmap(second, BootedGuest.Linear(Place + 1)));
        Assert.Equal(-4, Unmap(GrantMappings.Maximum, BootedGuest.Linear(Place)));
        Assert.Equal(-4, Unmap(uint.MaxValue, BootedGuest.Linear(Place)));
        Check();
    }

    [Fact]
    public void An_entry_that_is_mapped_over_is_the_last_one_s()
    {
        Assert.Equal(0, Map(Host, BootedGuest.Linear(Place), out uint first));
        Assert.Equal(0, Map(Host, BootedGuest.Linear(Place), out uint second));
        Assert.Equal(0, Map(Host | ReadOnly, BootedGuest.Linear(Place), out uint third));
        Check();
        Assert.Equal(0, Unmap(second, BootedGuest.Linear(Place)));
        Assert.NotEqual(0ul, _guest.Content(BootedGuest.Level1)[(int)Place]);
        Assert.Equal(0, Unmap(third, BootedGuest.Linear(Place)));
        Assert.Equal(0ul, _guest.Content(BootedGuest.Level1)[(int)Place]);
        Check();
        Assert.Equal(0, Unmap(first, BootedGuest.Linear(Place)));
        Assert.Equal(0ul, RecordOf(50).Raw);
        Check();
    }

    [Fact]
    public void A_mapping_for_devices_lasts_until_it_is_ended_too()
    {
        Assert.Equal(0, Map(Host | Device, BootedGuest.Linear(Place), out uint handle));
        Check();
        Assert.Equal(-1, End(1, handle, BootedGuest.Linear(Place), FrameOf(51) << 12)); // another frame's address
        Assert.Equal(0, Unmap(handle, BootedGuest.Linear(Place)));
        Assert.Equal(Entry(Permit | Reading | Writing, 50), Table[Reference]);
        Assert.Equal(XenError.Invalid, Owner.Ram.Types.TryGet(Claim(50), FrameType.Level1, out _));
        Check();
        Assert.Equal(0, Unmap(handle, BootedGuest.Linear(Place))); // not mapped so any more: nothing is asked
        Assert.Equal(0, End(1, handle, 0, FrameOf(50) << 12));
        Assert.Equal(Entry(Permit, 50), Table[Reference]);
        Assert.Equal(0ul, RecordOf(50).Raw);
        Assert.Equal(-4, End(1, handle, 0, FrameOf(50) << 12));

        Assert.Equal(0, Map(Device | ReadOnly, 0, out handle));
        Check();
        Assert.Equal(Entry(Permit | Reading, 50), Table[Reference]);
        Assert.Equal(0, End(1, handle, 0, FrameOf(50) << 12));
        Assert.Equal(0ul, RecordOf(50).Raw);
        Check();
    }

    [Fact]
    public void An_entry_is_replaced_by_another()
    {
        Assert.Equal(0, Map(Host, BootedGuest.Linear(Place), out uint handle));
        Assert.Equal(0, Map(Host, BootedGuest.Linear(Place + 2), out uint other));
        ulong moved = _guest.Content(BootedGuest.Level1)[(int)Place + 1];
        Assert.Equal(-1, Replace(handle, BootedGuest.Linear(Place), BootedGuest.Linear(Place)));
        Assert.Equal(-1, Replace(handle, BootedGuest.Linear(Place), BootedGuest.Linear(Place + 2))); // a grant's does not move
        Assert.Equal(-1, Replace(handle, BootedGuest.Linear(Place), BootedGuest.Linear(0x100000)));
        Assert.Equal(0, Replace(handle, BootedGuest.Linear(Place), BootedGuest.Linear(Place + 1)));
        Assert.Equal((moved, 0ul), (_guest.Content(BootedGuest.Level1)[(int)Place], _guest.Content(BootedGuest.Level1)[(int)Place + 1]));
        Check();
        Assert.Equal(0, Replace(other, BootedGuest.Linear(Place + 2), 0));
        Assert.Equal(0ul, RecordOf(50).Raw);
        Assert.Equal(0, Map(Host | ByEntry, EntryOf(Place), out handle));
        Assert.Equal(-1, Replace(handle, EntryOf(Place), BootedGuest.Linear(Place + 3)));
        Check();
    }

    [Fact]
    public void A_frame_that_its_owner_gives_back_is_its_own_again_after_the_last_mapping()
    {
        Assert.Equal(0, Map(Host | ReadOnly, BootedGuest.Linear(Place), out uint handle));
        Assert.Equal(XenError.None, Owner.Ram.Types.TryPrepareRelease(Claim(50)));
        Owner.Ram.Types.Release(new HostFrame(FrameOf(50)));
        Assert.Equal(-9, Map(Host | ReadOnly, BootedGuest.Linear(Place + 1), out _));
        Assert.Equal(0, _guest.UpdateMapping(BootedGuest.Linear(Place), 0));
        Check();
        Assert.Equal(0ul, Owner.Ram.Types.FreeCount);
        Assert.Equal(0, Unmap(handle, BootedGuest.Linear(Place)));
        Assert.Equal((1ul, 0ul), (Owner.Ram.Types.FreeCount, _guest.Types.FreeCount));
        Check();
    }

    [Fact]
    public void A_table_with_such_an_entry_is_undone_and_not_made_again()
    {
        _guest.Protect(20);
        Assert.Equal(0, _guest.Pin(20, 1));
        ulong entry = (_guest.Frame(20) << 12) + 40;
        Assert.Equal(0, Map(Host | ByEntry, entry, out uint handle));
        Check();
        Assert.Equal(0, _guest.Unpin(20));
        Check();
        Assert.NotEqual(0ul, _guest.Content(20)[5]); // what it was, but it does not count
        Assert.Equal(-1, _guest.Pin(20, 1));
        Assert.Equal(0, Unmap(handle, entry));
        Assert.Equal(0ul, RecordOf(50).Raw);
        Check();
    }

    [Fact]
    public void A_domain_has_so_many_handles_and_no_more()
    {
        Assert.Equal(0, Map(Host, BootedGuest.Linear(Place), out uint first));
        for (uint i = 0; i < 8; i++)
        {
            Grant(20 + i, PermitReading, 60 + i);
        }

        for (int i = 1; i < GrantMappings.Maximum; i++)
        {
            Assert.Equal(0, Map(Host | ReadOnly, BootedGuest.Linear(Place), out _, reference: 20 + ((uint)i % 8)));
        }

        Assert.Equal(-13, Map(Host, BootedGuest.Linear(Place + 1), out _));
        Assert.Equal(GrantMappings.Maximum, Owner.Grants.MappedCount);
        Assert.Equal(0, Unmap(first, BootedGuest.Linear(Place)));
        Assert.Equal(0, Map(Host, BootedGuest.Linear(Place + 1), out _));
        Check();
    }

    [Fact]
    public void One_entry_is_not_mapped_more_often_than_can_be_counted()
    {
        for (int i = 0; i < byte.MaxValue; i++)
        {
            Assert.Equal(0, Map(Host, BootedGuest.Linear(Place), out _));
        }

        Assert.Equal(-1, Map(Host, BootedGuest.Linear(Place), out _));
        Check();
    }

    [Fact]
    public void A_domain_that_ends_leaves_no_mapping_and_lets_the_owner_go()
    {
        Assert.Equal(0, Map(Host, BootedGuest.Linear(Place), out _));
        Assert.Equal(0, Map(Host, BootedGuest.Linear(Place), out _));
        Assert.Equal(0, Map(Host | ReadOnly, BootedGuest.Linear(Place + 1), out _));
        Assert.Equal(0, _guest.UpdateMapping(BootedGuest.Linear(Place + 1), 0));
        _guest.Host.Own.Grants.TryGrow(1);
        Assert.False(GrantMapper.TryReleaseAll(_guest.Host.Own, 2));
        Assert.Equal((1, false), (Owner.Grants.MappedCount, Owner.IsWoken));
        Assert.True(GrantMapper.TryReleaseAll(_guest.Host.Own, 2));
        Assert.Equal((0, true), (Owner.Grants.MappedCount, Owner.IsWoken));
        Assert.Equal(0ul, RecordOf(50).Raw);
        Assert.Equal(Entry(Permit, 50), Table[Reference]);
        Check();
    }

    [Fact]
    public void A_domain_maps_what_it_grants_itself()
    {
        ulong* own = (ulong*)_guest.Host.Own.Ram.Window.Page(_guest.Host.Own.Ram.SpecialFrame(1));
        own[9] = Permit | (5ul << 16) | (_guest.Frame(60) << 32);
        Assert.Equal(0, Map(Host, BootedGuest.Linear(Place), out uint handle, DomainNumbers.Self));
        Check();
        Assert.Equal(0, _guest.Update(BootedGuest.Level1, (int)Place + 1, _guest.Entry(60, 3))); // it is its own
        Check();
        Assert.Equal(0, Unmap(handle, BootedGuest.Linear(Place)));
        Check();
    }

    [Fact]
    public void A_pending_undo_of_the_owner_s_is_waited_for()
    {
        using BootedGuest other = new(budget: 40);
        GrantHypercalls calls = new(other.Host.Directory, new GrantPageTypes());
        other.Host.Own.Guest = new LinearArguments();
        HostFrame table = other.Host.Own.Ram.SpecialFrame(1);
        other.Host.Own.Grants.Reset(table.Number, other.Host.Own.Ram.Window.Page(table));
        ((ulong*)other.Host.Own.Ram.Window.Page(table))[1] = Permit | (5ul << 16) | (other.Frame(60) << 32);
        other.Protect(20);
        for (int i = 0; i < 400; i++)
        {
            other.Content(20)[i] = other.Entry(30, 1);
        }

        Assert.Equal(0, other.Pin(20, 1));
        Assert.Equal(XenError.None, other.Types.Begin());
        Assert.Equal(XenError.None, other.Types.TryUnpin(new ClaimedFrame(other.Frame(20)))); // most is left to be undone
        Span<byte> operation = MemoryMarshal.AsBytes(other.Content(BootedGuest.Lists));
        operation[..32].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(operation, BootedGuest.Linear(Place));
        BinaryPrimitives.WriteUInt64LittleEndian(operation[8..], Host | (1ul << 32));
        BinaryPrimitives.WriteUInt16LittleEndian(operation[16..], DomainNumbers.Self);
        int tries = 0;
        long result;
        do
        {
            ulong list = BootedGuest.Linear(BootedGuest.Lists), count = 1;
            result = calls.Invoke(other.Vcpu, 0, ref list, ref count);
            tries++;
        }
        while (result == -(long)XenError.Unfinished && tries < 1000);
        Assert.Equal((0L, 0), (result, BinaryPrimitives.ReadInt16LittleEndian(operation[18..])));
        Assert.InRange(tries, 2, 999);
        other.Host.Check();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_is_done_all_uses_are_counted(int seed)
    {
        Random random = new(seed);
        for (uint i = 0; i < 6; i++)
        {
            Grant(20 + i, (i & 1) == 0 ? Permit : PermitReading, 60 + (i / 2));
        }

        for (int step = 0; step < 400; step++)
        {
            ulong page = Place + (ulong)random.Next(4);
            uint handle = (uint)random.Next(12);
            switch (random.Next(7))
            {
                case 0 or 1:
                    uint flags = Host | (random.Next(2) == 0 ? ReadOnly : 0);
                    bool isByEntry = random.Next(2) == 0;
                    _ = Map(flags | (isByEntry ? ByEntry : 0), isByEntry ? EntryOf(page) : BootedGuest.Linear(page), out _, reference: 20 + (uint)random.Next(6));
                    break;
                case 2:
                    _ = Unmap(handle, BootedGuest.Linear(page));
                    break;
                case 3:
                    _ = Unmap(handle, EntryOf(page));
                    break;
                case 4:
                    _ = Replace(handle, BootedGuest.Linear(page), BootedGuest.Linear(Place + (ulong)random.Next(8)));
                    break;
                case 5:
                    _ = _guest.UpdateMapping(BootedGuest.Linear(page), _guest.Entry(page, (ulong)random.Next(2) * 3));
                    break;
                default:
                    _ = _guest.Update(BootedGuest.Level1, (int)page, _guest.Content(BootedGuest.Level1)[(int)Place + random.Next(4)] ^ (ulong)random.Next(4));
                    break;
            }

            Check();
        }

        Assert.True(GrantMapper.TryReleaseAll(_guest.Host.Own, GrantMappings.Maximum));
        Check();
        for (ulong page = 60; page < 63; page++)
        {
            Assert.Equal(0ul, RecordOf(page).Raw);
        }
    }

    private PvDomain Owner => _guest.Host.Other;

    private ulong* Table => (ulong*)Owner.Ram.Window.Page(Owner.Ram.SpecialFrame(1));

    private ulong FrameOf(ulong page) => Owner.Ram.FrameAt(page).Number;

    private ClaimedFrame Claim(ulong page) => new(FrameOf(page));

    private Span<ulong> Content(ulong page) => _guest.Host.Content(FrameOf(page));

    private ulong EntryOf(ulong page) => (_guest.Frame(BootedGuest.Level1) << 12) + (page * 8);

    private ulong Entry(ulong flags, ulong page) => flags | (5ul << 16) | (FrameOf(page) << 32);

    private void Grant(uint reference, ulong flags, ulong page) => Table[reference] = Entry(flags, page);

    private FrameRecord RecordOf(ulong page)
    {
        Assert.True(Owner.Ram.Types.TryRecord(Claim(page), out FrameRecord record));
        return record;
    }

    private void Check()
    {
        _guest.Host.Check();
        _guest.Host.Check(Owner);
    }

    private int Map(uint flags, ulong address, out uint handle, int domain = 6, uint reference = Reference)
    {
        Span<byte> operation = Operation(32);
        BinaryPrimitives.WriteUInt64LittleEndian(operation, address);
        BinaryPrimitives.WriteUInt32LittleEndian(operation[8..], flags);
        BinaryPrimitives.WriteUInt32LittleEndian(operation[12..], reference);
        BinaryPrimitives.WriteUInt16LittleEndian(operation[16..], (ushort)domain);
        Call(0);
        handle = BinaryPrimitives.ReadUInt32LittleEndian(operation[20..]);
        return BinaryPrimitives.ReadInt16LittleEndian(operation[18..]);
    }

    private int Unmap(uint handle, ulong address) => End(1, handle, address, 0);

    private int Replace(uint handle, ulong address, ulong replacement) => End(7, handle, address, replacement);

    private int End(uint command, uint handle, ulong address, ulong second)
    {
        Span<byte> operation = Operation(24);
        BinaryPrimitives.WriteUInt64LittleEndian(operation, address);
        BinaryPrimitives.WriteUInt64LittleEndian(operation[8..], second);
        BinaryPrimitives.WriteUInt32LittleEndian(operation[16..], handle);
        Call(command);
        return BinaryPrimitives.ReadInt16LittleEndian(operation[20..]);
    }

    private Span<byte> Operation(int bytes)
    {
        Span<byte> operation = MemoryMarshal.AsBytes(_guest.Content(BootedGuest.Lists))[..bytes];
        operation.Clear();
        return operation;
    }

    private void Call(uint command)
    {
        ulong list = BootedGuest.Linear(BootedGuest.Lists), count = 1;
        Assert.Equal(0, _calls.Invoke(_guest.Vcpu, command, ref list, ref count));
    }
}
