using System;
using System.Buffers.Binary;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;
using Multicosm.Platform.Memory;
using Xunit;

namespace Multicosm.Unit.Paravirt.Memory;

/// <summary>A domain's RAM, its view of the machine-to-physical table, the balloon, and its end.</summary>
public sealed class DomainMemoryTests
{
    [Fact]
    public void The_machine_to_physical_table_tells_of_own_frames_only()
    {
        using FakePvHost host = new(absentRegions: 1);
        ulong root = host.Types.HypervisorSlots[0];
        DomainMemory ram = host.Own.Ram;
        for (ulong number = 0; number < FakePvHost.HostRegions * 512; number++)
        {
            ulong? expected = host.Types.TryRecord(new ClaimedFrame(number), out _) ? MachineToPhysical.NoFrame : number < host.Table.EndFrame ? MachineToPhysical.NoFrame : null;
            for (ulong page = 0; page < ram.PageCount; page++)
            {
                expected = ram.FrameAt(page).Number == number ? page : expected;
                page += number / 512 != ram.FrameAt(page).Number / 512 ? 511ul : 0;
            }

            Assert.Equal(expected, Look(host, root, number));
        }

        Assert.Null(Look(host, root, 1UL << 20));
        Assert.Null(Look(host, root, 1UL << 30));
    }

    [Fact]
    public void Special_frames_are_behind_the_last_page()
    {
        using FakePvHost host = new();
        DomainMemory ram = host.Own.Ram;
        Assert.Equal(1024ul - 33, ram.PageCount);
        Assert.Equal(ram.Region(1).Number + 511, ram.SpecialFrame(32).Number);
        host.Check();
    }

    [Fact]
    public void Memory_is_copied_by_page_number_and_by_machine_address()
    {
        using FakePvHost host = new();
        DomainMemory ram = host.Own.Ram;
        byte[] text = new byte[8192];
        new Random(1).NextBytes(text);
        GuestPhysicalAddress across = new((512 * 4096) - 100); // from one region into the next
        Assert.True(ram.Physical.TryCopyOut(across, text));
        byte[] read = new byte[8192];
        Assert.True(ram.Physical.TryCopyIn(across, read));
        Assert.Equal(text, read);
        Assert.Equal(BinaryPrimitives.ReadUInt64LittleEndian(text.AsSpan(100)), host.Content(ram.FrameAt(512).Number)[0]);
        Assert.True(ram.Machine.TryCopyIn(new GuestPhysicalAddress(ram.FrameAt(512).Address.Value), read.AsSpan(0, 100)));
        Assert.Equal(text.AsSpan(100, 100), read.AsSpan(0, 100));
        Assert.False(ram.Physical.TryCopyIn(new GuestPhysicalAddress((ram.PageCount << 12) - 8), read.AsSpan(0, 9)));
        Assert.False(ram.Physical.TryCopyOut(new GuestPhysicalAddress(ulong.MaxValue - 3), text));
        Assert.False(ram.Machine.TryCopyIn(new GuestPhysicalAddress(host.Other.Ram.FrameAt(0).Address.Value), read));
        Assert.False(ram.Machine.TryCopyIn(new GuestPhysicalAddress(ulong.MaxValue - 4095), read));
    }

    [Fact]
    public void Frames_are_given_back_and_got_again()
    {
        using BootedGuest guest = new();
        ulong frame = guest.Frame(600), mapped = guest.Frame(100);
        Assert.Equal(2, guest.Reserve(MemoryCommand.DecreaseReservation, frame, mapped));
        Assert.Equal(guest.Host.Own.Ram.PageCount - 1, guest.Host.Own.Ram.CurrentPages); // one is still mapped
        Assert.Equal(0, guest.Reserve(MemoryCommand.DecreaseReservation, frame)); // not twice
        Assert.Equal(-22, guest.UpdateMapping(BootedGuest.Linear(30), (frame << 12) | 1));
        Assert.Equal(-22, guest.UpdateMapping(BootedGuest.Linear(30), (mapped << 12) | 1));
        Assert.Equal(-22, guest.UpdateAt(frame << 12, 0));
        Assert.Equal(-22, guest.UpdateAt((frame << 12) | 1, 0));
        Assert.Equal(-22, guest.Extended(MmuCommand.PinLevel1, frame));
        guest.Host.Check();
        Assert.Equal(0, guest.UpdateMapping(BootedGuest.Linear(100), 0));
        Assert.Equal(2ul, guest.Types.FreeCount);
        Assert.Equal(MachineToPhysical.NoFrame, guest.Host.Own.Ram.PhysicalNumber(new HostFrame(mapped)));
        Assert.Equal(2, guest.Reserve(MemoryCommand.PopulatePhysicalMap, 100, 600, 700));
        Assert.Equal([mapped, frame], guest.Content(BootedGuest.Lists)[..2].ToArray());
        Assert.Equal(100ul, guest.Host.Own.Ram.PhysicalNumber(new HostFrame(mapped)));
        Assert.Equal(0, guest.UpdateMapping(BootedGuest.Linear(100), (frame << 12) | 3));
        Assert.Equal(0, guest.Reserve(MemoryCommand.IncreaseReservation, 0));
        guest.Host.Check();
    }

    [Fact]
    public void Memory_operations_tell_sizes_and_places()
    {
        using BootedGuest guest = new();
        Span<ulong> argument = guest.Content(BootedGuest.Arguments);
        argument[0] = DomainNumbers.Self;
        Assert.Equal(991, guest.Memory(MemoryCommand.CurrentReservation));
        Assert.Equal(991, guest.Memory(MemoryCommand.MaximumReservation));
        argument[0] = 6;
        Assert.Equal(-1, guest.Memory(MemoryCommand.CurrentReservation));
        Assert.Equal(FakePvHost.HostRegions * 512, guest.Memory(MemoryCommand.MaximumRamPage));
        Assert.Equal(0, guest.Memory(MemoryCommand.MachineMapping));
        Assert.Equal([0xFFFF_8000_0000_0000, 0xFFFF_8040_0000_0000, (FakePvHost.HostRegions * 512) - 1], argument[..3].ToArray());
        argument[0] = 4;
        argument[1] = BootedGuest.Linear(BootedGuest.Lists);
        Assert.Equal(0, guest.Memory(MemoryCommand.MemoryMap));
        Assert.Equal(1ul, argument[0]);
        Assert.Equal([0ul, 991ul << 12, 1ul], guest.Content(BootedGuest.Lists)[..3].ToArray());
        argument[0] = 0;
        Assert.Equal(-22, guest.Memory(MemoryCommand.MemoryMap));
        Assert.Equal(-1, guest.Memory(MemoryCommand.MachineFrameList));
        Assert.Equal(-38, guest.Memory((MemoryCommand)7));
        Assert.Equal(-38, guest.Memory((MemoryCommand)63));
    }

    [Fact]
    public void Frames_are_exchanged_one_for_one()
    {
        using BootedGuest guest = new();
        Span<ulong> argument = guest.Content(BootedGuest.Arguments);
        ulong[] reservation = [BootedGuest.Linear(BootedGuest.Lists), 2, 0, DomainNumbers.Self, BootedGuest.Linear(BootedGuest.Lists) + 64, 2, 0, DomainNumbers.Self, 0];
        reservation.CopyTo(argument);
        Span<ulong> lists = guest.Content(BootedGuest.Lists);
        (lists[0], lists[1], lists[8], lists[9]) = (guest.Frame(600), guest.Frame(601), 601, 600);
        Assert.Equal(0, guest.Memory(MemoryCommand.Exchange));
        Assert.Equal(2ul, argument[8]);
        Assert.Equal(601ul, guest.Host.Own.Ram.PhysicalNumber(new HostFrame(lists[8])));
        argument[8] = 0;
        lists[0] = guest.Frame(100); // mapped
        Assert.Equal(-22, guest.Memory(MemoryCommand.Exchange));
        argument[6] = 1;
        Assert.Equal(-22, guest.Memory(MemoryCommand.Exchange)); // more than is given
        guest.Host.Check();
    }

    [Fact]
    public void Nothing_is_left_of_a_domain_that_has_ended()
    {
        using BootedGuest guest = new();
        DomainMemory ram = guest.Host.Own.Ram;
        HostFrame first = ram.Region(0);
        Assert.False(ram.TryReset(1));
        Assert.True(ram.TryReset(1));
        Assert.False(guest.Types.TryRecord(new ClaimedFrame(first.Number), out _));
        int cursor = 0;
        Assert.True(guest.Host.Frames.Sweep(FrameOwner.Domain(3), ref cursor, int.MaxValue));
        Assert.Equal(0ul, guest.Host.Frames.BytesOwnedBy(3));
        Assert.True(ram.TryStart());
        Assert.True(guest.Host.Frames.TryAllocate(FrameOwner.Domain(3), PageSize.Size2M, out first));
        Assert.True(ram.TryAddRegion(first));
        ram.ReserveSpecial();
        Assert.Equal(512ul - 33, ram.PageCount);
        Assert.True(guest.Types.TryRecord(new ClaimedFrame(first.Number), out FrameRecord record));
        Assert.Equal(0ul, record.Raw);
    }

    [Fact]
    public void A_domain_that_no_memory_is_left_for_is_not_built()
    {
        using FakePvHost host = new();
        while (host.Frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out _))
        {
        }

        Assert.False(host.Own.Ram.TryAddRegion(new HostFrame(0)));
        Assert.True(host.Own.Ram.TryReset(2));
        Assert.False(host.Own.Ram.TryStart());
    }

    // What the guest reads in the table for a frame; null if nothing is mapped there.
    private static ulong? Look(FakePvHost host, ulong root, ulong frame)
    {
        ulong address = frame * 8;
        ulong entry = root;
        for (int shift = 30; shift >= 12; shift -= 9)
        {
            Assert.Equal(0ul, entry & 2); // never writable
            Assert.Equal(4ul, entry & 4);
            entry = host.Content((entry & PageEntry.AddressMask) >> 12)[(int)(address >> shift) & 0x1FF];
            if ((entry & 1) == 0)
            {
                return null;
            }
        }

        Assert.Equal(1UL << 63, entry & ((1UL << 63) | 2));
        return host.Content((entry & PageEntry.AddressMask) >> 12)[(int)(address & 0xFFF) / 8];
    }
}
