using System;
using System.Linq;
using FsCheck.Xunit;
using Multicosm.Machine;
using Multicosm.Platform.Memory;
using Multicosm.Unit.Platform;
using Multicosm.Vmx.Ept;
using Xunit;

namespace Multicosm.Unit.Vmx;

/// <summary>EPT tables in memory, read back entry by entry as the CPU does (SDM 3C, "EPT Translation Mechanism").</summary>
public sealed unsafe class EptTests
{
    private const ulong Frames = 4096;
    private const ulong LargeBytes = 2 << 20;
    private const ulong TableBits = 7; // read, write, execute
    private const ulong PageBits = 7 | (6 << 3); // and write-back

    [Fact]
    public void ThePointerIsOfTheRootWithAWalkOfFour()
    {
        using FakeHostMemory memory = new(Frames);
        EptTables tables = new(memory.Frames, FrameOwner.Domain(3), memory.Base);
        Assert.True(tables.TryStart());
        Assert.Equal(0x1EUL, tables.Pointer & 0xFFF);
        Assert.Equal(FrameOwner.Domain(3).Id, memory.Frames.OwnerOf(new HostFrame(tables.Pointer >> 12)).Id);
        Assert.All(new ReadOnlySpan<ulong>((void*)(memory.Base + (tables.Pointer & ~0xFFFUL)), 512).ToArray(), entry => Assert.Equal(0UL, entry));
    }

    [Theory]
    [InlineData(0x0000_0000_0000UL)]
    [InlineData(0x0000_000F_F000UL)]
    [InlineData(0x0001_2345_6000UL)]
    [InlineData(0x7F12_3456_7000UL)]
    [InlineData(0xFFFF_FFFF_F000UL)]
    public void APageIsWhereTheCpuLooks(ulong address)
    {
        using FakeHostMemory memory = new(Frames);
        EptTables tables = Start(memory);
        Assert.True(tables.TryMapPage(new GuestPhysicalAddress(address), new HostFrame(0x77)));
        Assert.Equal(0x77000 | PageBits, Walk(memory, tables, address, 1));
        Assert.Equal(memory.Base + 0x77000 + 0x123, (ulong)tables.Find(new GuestPhysicalAddress(address + 0x123), out ulong rest));
        Assert.Equal(4096UL - 0x123, rest);
        Assert.True(tables.Find(new GuestPhysicalAddress((address ^ 0x1000) & 0xFFFF_FFFF_FFFF), out rest) == null);
        Assert.Equal(0UL, rest);
    }

    [Fact]
    public void ALargePageIsALeafOfTheDirectory()
    {
        using FakeHostMemory memory = new(Frames);
        EptTables tables = Start(memory);
        Assert.True(tables.TryMapLarge(new GuestPhysicalAddress(0x1_0020_0000), new HostFrame(0x400)));
        Assert.Equal(0x40_0000 | PageBits | (1 << 7), Walk(memory, tables, 0x1_0020_0000, 2));
        Assert.Equal(memory.Base + 0x40_0000 + 0x12345, (ulong)tables.Find(new GuestPhysicalAddress(0x1_0021_2345), out ulong rest));
        Assert.Equal(LargeBytes - 0x12345, rest);
        Assert.True(tables.Find(new GuestPhysicalAddress(0x1_0040_0000), out _) == null);
    }

    // The worst case: not one large page is to be had, and the local APIC's page is mapped too.
    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(1026)]
    [InlineData(3072)]
    [InlineData(3074)]
    [InlineData(4098)]
    public void TablesTakeNoMoreThanTheOverhead(int memoryMiB)
    {
        const ulong LowEnd = 3UL << 30;
        using FakeHostMemory memory = new(Frames);
        EptTables tables = Start(memory);
        ulong memoryBytes = (ulong)memoryMiB << 20;
        for (ulong at = 0; at < memoryBytes; at += 4096)
        {
            Assert.True(tables.TryMapPage(new GuestPhysicalAddress(at < LowEnd ? at : at + (1UL << 30)), new HostFrame(1)));
        }

        Assert.True(tables.TrySetDevice(new GuestPhysicalAddress(0xFEE00000), new HostFrame(2), isMapped: true));
        Assert.InRange(memory.Frames.BytesOwnedBy(0), 4096UL, EptBuilder.OverheadBytes(memoryBytes, 0));
    }

    [Fact]
    public void WhatWasLookedUpIsForgottenWithEachChange()
    {
        using FakeHostMemory memory = new(Frames);
        EptTables tables = Start(memory);
        GuestPhysicalAddress address = new(0x1_0020_0000);
        Assert.True(tables.TryMapLarge(address, new HostFrame(0x400)));
        Assert.Equal(memory.Base + 0x40_0005, (ulong)tables.Find(address.Add(5), out _));
        Assert.True(tables.TryMapLarge(address, new HostFrame(0x600)));
        Assert.Equal(memory.Base + 0x60_0005, (ulong)tables.Find(address.Add(5), out _));
        tables.Drop();
        Assert.True(tables.Find(address, out ulong rest) == null);
        Assert.Equal(0UL, rest);
        Assert.True(tables.TryStart());
        Assert.True(tables.Find(address, out _) == null);
        Assert.True(tables.TryMapLarge(address, new HostFrame(0x800)));
        Assert.Equal(memory.Base + 0x80_0000, (ulong)tables.Find(address, out _));
    }

    [Fact]
    public void LargePagesThatAreKeptInTheSamePlaceDoNotAnswerForEachOther()
    {
        using FakeHostMemory memory = new(Frames);
        EptTables tables = Start(memory);
        for (ulong i = 0; i < 4; i++)
        {
            Assert.True(tables.TryMapLarge(new GuestPhysicalAddress(i << 24), new HostFrame(0x200 * (i + 2))));
        }

        for (ulong round = 0; round < 12; round++)
        {
            ulong i = round * 3 % 5;
            ulong found = (ulong)tables.Find(new GuestPhysicalAddress((i << 24) + 0x1234), out ulong rest);
            Assert.Equal(i < 4 ? memory.Base + (0x20_0000 * (i + 2)) + 0x1234 : 0, found);
            Assert.Equal(i < 4 ? LargeBytes - 0x1234 : 0, rest);
        }
    }

    [Fact]
    public void ADevicesPageIsTheCpusAloneAndNoCopyReachesIt()
    {
        using FakeHostMemory memory = new(Frames);
        EptTables tables = Start(memory);
        GuestPhysicalAddress address = new(0xFEE0_0000);
        Assert.True(tables.TrySetDevice(address, new HostFrame(0x77), isMapped: true));
        Assert.Equal(0x77000 | PageBits, Walk(memory, tables, address.Value, 1) & 0xF_FFFF_FFFF_FFFF);
        Assert.True(tables.Find(address, out _) == null);
        Assert.False(new EptGuestMemory(tables).TryReadUInt64(address, out _));
        Assert.True(tables.TrySetDevice(address, new HostFrame(0x77), isMapped: false));
        Assert.Equal(0UL, Walk(memory, tables, address.Value, 1));
    }

    [Fact]
    public void ADeviceOverALargePageSplitsItAndItIsWholeAgainWhenTheDeviceMovesOn()
    {
        using FakeHostMemory memory = new(Frames);
        EptTables tables = Start(memory);
        Assert.True(tables.TryMapLarge(new GuestPhysicalAddress(LargeBytes), new HostFrame(0x400)));
        Assert.True(tables.TryMapLarge(new GuestPhysicalAddress(2 * LargeBytes), new HostFrame(0x800)));
        Assert.True(tables.TryMapPage(new GuestPhysicalAddress(0x5000), new HostFrame(0x77)));
        ulong free = memory.Frames.FreeBytes;
        ulong whole = Walk(memory, tables, LargeBytes, 2);
        Assert.Equal(memory.Base + 0x40_3000, (ulong)tables.Find(new GuestPhysicalAddress(LargeBytes + 0x3000), out _)); // looked up before

        Assert.True(tables.Cover(new GuestPhysicalAddress(LargeBytes + 0x3000)));
        Assert.False(tables.Cover(new GuestPhysicalAddress(LargeBytes + 0x3000)));
        Assert.Equal(TableBits, Walk(memory, tables, LargeBytes, 2) & 0xFFF);
        Assert.Equal(0UL, Walk(memory, tables, LargeBytes + 0x3000, 1));
        Assert.Equal(0x402000 | PageBits, Walk(memory, tables, LargeBytes + 0x2000, 1));
        Assert.Equal(0x5FF000 | PageBits, Walk(memory, tables, LargeBytes + 0x1FF000, 1));
        Assert.True(tables.Find(new GuestPhysicalAddress(LargeBytes + 0x3000), out _) == null);
        Assert.Equal(memory.Base + 0x40_4001, (ulong)tables.Find(new GuestPhysicalAddress(LargeBytes + 0x4001), out ulong rest));
        Assert.Equal(4095UL, rest);

        Assert.True(tables.Cover(new GuestPhysicalAddress((2 * LargeBytes) + 0x1000)));
        Assert.Equal(whole, Walk(memory, tables, LargeBytes, 2));
        Assert.Equal(0UL, Walk(memory, tables, (2 * LargeBytes) + 0x1000, 1));
        Assert.True(tables.Cover(new GuestPhysicalAddress(0x5000)));
        Assert.Equal(0UL, Walk(memory, tables, 0x5000, 1));
        Assert.True(tables.Cover(new GuestPhysicalAddress(0xFEE0_0000))); // no RAM there
        Assert.False(tables.Cover(new GuestPhysicalAddress(ulong.MaxValue)));
        Assert.Equal(0x77000 | PageBits, Walk(memory, tables, 0x5000, 1));
        Assert.Equal(0x80_0000 | PageBits | (1 << 7), Walk(memory, tables, 2 * LargeBytes, 2));
        Assert.Equal(free, memory.Frames.FreeBytes);
    }

    [Fact]
    public void ANumberAcrossTheEndOfALargePageIsReadFromBoth()
    {
        using FakeHostMemory memory = new(Frames);
        EptTables tables = Start(memory);
        Assert.True(tables.TryMapLarge(new GuestPhysicalAddress(0), new HostFrame(0x400)));
        Assert.True(tables.TryMapLarge(new GuestPhysicalAddress(LargeBytes), new HostFrame(0x800)));
        EptGuestMemory guest = new(tables);
        Assert.True(guest.TryCopyOut(new GuestPhysicalAddress(LargeBytes - 3), [1, 2, 3, 4, 5, 6, 7, 8]));
        Assert.True(guest.TryReadUInt64(new GuestPhysicalAddress(LargeBytes - 3), out ulong value));
        Assert.Equal(0x0807060504030201UL, value);
        Assert.False(guest.TryReadUInt64(new GuestPhysicalAddress((2 * LargeBytes) - 7), out _));
    }

    [Fact]
    public void BeyondFortyEightBitsIsNothing()
    {
        using FakeHostMemory memory = new(Frames);
        EptTables tables = Start(memory);
        Assert.True(tables.TryMapPage(new GuestPhysicalAddress(0x1000), new HostFrame(5)));
        Assert.True(tables.Find(new GuestPhysicalAddress((1UL << 48) + 0x1000), out _) == null);
        Assert.True(tables.Find(new GuestPhysicalAddress(ulong.MaxValue), out _) == null);
    }

    [Fact]
    public void WithoutARootThereIsNothing()
    {
        using FakeHostMemory memory = new(Frames);
        EptTables tables = new(memory.Frames, FrameOwner.Domain(0), memory.Base);
        Assert.True(tables.Find(default, out _) == null);
        Assert.True(tables.TryStart());
        Assert.True(tables.TryMapPage(default, new HostFrame(5)));
        Assert.True(tables.Find(default, out _) != null);
        tables.Drop();
        Assert.True(tables.Find(default, out _) == null);
    }

    [Fact]
    public void WithoutMemoryItSaysSo()
    {
        using FakeHostMemory memory = new(Frames);
        EptTables tables = Start(memory);
        while (memory.Frames.FreeBytes > 2 * 4096)
        {
            Assert.True(memory.Frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out _));
        }

        Assert.False(tables.TryMapPage(new GuestPhysicalAddress(0x5000), new HostFrame(5))); // three tables are needed
        Assert.Equal(0UL, memory.Frames.FreeBytes);
        Assert.True(tables.Find(new GuestPhysicalAddress(0x5000), out _) == null);
        Assert.False(new EptTables(memory.Frames, FrameOwner.Host, memory.Base).TryStart());
    }

    [Fact]
    public void ItsTablesAreFoundByASweep()
    {
        using FakeHostMemory memory = new(Frames);
        ulong free = memory.Frames.FreeBytes;
        EptTables tables = Start(memory);
        for (ulong i = 0; i < 50; i++)
        {
            Assert.True(tables.TryMapPage(new GuestPhysicalAddress(i << 33), new HostFrame(5)));
        }

        Assert.True(memory.Frames.BytesOwnedBy(0) > 100 * 4096);
        int cursor = 0;
        Assert.True(memory.Frames.Sweep(FrameOwner.Domain(0), ref cursor, int.MaxValue));
        Assert.Equal(free, memory.Frames.FreeBytes);
    }

    // Guest memory of scattered pages and a large one against a flat array.
    [Property(MaxTest = 200)]
    public void CopiesAreThoseOfFlatMemory(uint place, uint size, byte seed)
    {
        ulong start = Spread.Over64(place) % (17 * 4096);
        int length = (int)(Spread.Over32(size) % 20000);
        const ulong Bytes = 16 * 4096;
        using FakeHostMemory memory = new(Frames);
        EptTables tables = Start(memory);
        for (ulong page = 0; page < 16; page++)
        {
            Assert.True(tables.TryMapPage(new GuestPhysicalAddress(page * 4096), new HostFrame(0x800 + ((page * 5) % 16))));
        }

        EptGuestMemory guest = new(tables);
        byte[] data = [.. Enumerable.Range(0, length).Select(i => (byte)((i * 31) + seed))];
        bool fits = start + (ulong)length <= Bytes;
        Assert.Equal(fits, guest.TryCopyOut(new GuestPhysicalAddress(start), data));
        byte[] back = new byte[length];
        Assert.Equal(fits, guest.TryCopyIn(new GuestPhysicalAddress(start), back));
        if (fits)
        {
            Assert.Equal(data, back);
            for (int i = 0; i < length; i += 997)
            {
                ulong at = start + (ulong)i;
                Assert.Equal(data[i], *(byte*)(memory.Base + ((0x800 + ((at >> 12) * 5 % 16)) << 12) + (at & 4095)));
            }
        }
    }

    [Fact]
    public void ACopyAcrossTheEndOfTheAddressSpaceFails()
    {
        using FakeHostMemory memory = new(Frames);
        EptTables tables = Start(memory);
        Assert.True(tables.TryMapPage(new GuestPhysicalAddress(0xFFFF_FFFF_F000), new HostFrame(9)));
        Assert.True(tables.TryMapPage(default, new HostFrame(10)));
        EptGuestMemory guest = new(tables);
        Assert.True(guest.TryCopyIn(new GuestPhysicalAddress(0xFFFF_FFFF_F000), new byte[4096]));
        Assert.False(guest.TryCopyIn(new GuestPhysicalAddress(0xFFFF_FFFF_F000), new byte[4097]));
        Assert.False(guest.TryCopyOut(new GuestPhysicalAddress(ulong.MaxValue), new byte[2]));
    }

    private static EptTables Start(FakeHostMemory memory)
    {
        EptTables tables = new(memory.Frames, FrameOwner.Domain(0), memory.Base);
        Assert.True(tables.TryStart());
        return tables;
    }

    private static ulong Walk(FakeHostMemory memory, EptTables tables, ulong address, int level)
    {
        ulong entry = tables.Pointer & ~0xFFFUL | TableBits;
        for (int i = 4; i >= level; i--)
        {
            Assert.Equal(TableBits, entry & 0xFFF);
            entry = ((ulong*)(memory.Base + (entry & ~0xFFFUL)))[address >> (12 + (9 * (i - 1))) & 511];
        }

        return entry;
    }
}
