using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Grants;
using Multicosm.Paravirt.Hypercalls;
using Multicosm.Unit.Paravirt.Events;
using Xunit;

namespace Multicosm.Unit.Paravirt.Grants;

public sealed unsafe class GrantTests : IDisposable
{
    private const uint Unmap = 1, SetupTable = 2, Copy = 5, QuerySize = 6, SetVersion = 8, GetVersion = 10;
    private const ulong Permit = 1, ReadOnly = 4, Reading = 8, Writing = 16;

    private readonly PvFixture _pv = new();
    private readonly FakePages _pages;
    private readonly GrantHypercalls _calls;
    private readonly PvDomain _other;
    private readonly ulong* _table;

    public GrantTests()
    {
        _pages = new FakePages(_pv);
        _calls = new GrantHypercalls(_pv.Directory, _pages);
        _other = _pv.AddDomain(slot: 4, id: 9, vcpus: 1);
        _table = (ulong*)_pv.Page();
        _other.Grants.Reset(500, (byte*)_table);
        _pv.Domain.Grants.Reset(700, _pv.Page());
    }

    public void Dispose() => _pv.Dispose();

    [Fact]
    public void The_guest_gets_the_frames_of_its_table()
    {
        Put32(0, 0x7FF0);
        Assert.Equal(0, Call(QuerySize));
        Assert.Equal((1u, 32u, 0), (_pv.Guest.UInt32(4), _pv.Guest.UInt32(8), Status(12)));
        Put32(0, 0x7FF0);
        Put32(4, 3);
        _pv.Guest.UInt64(16) = 1024;
        Assert.Equal(0, Call(SetupTable));
        Assert.Equal(0, Status(8));
        Assert.Equal((700UL, 702UL, 0UL), (_pv.Guest.UInt64(1024), _pv.Guest.UInt64(1040), _pv.Guest.UInt64(1048)));
        Put32(0, 7);
        Assert.Equal(0, Call(QuerySize));
        Assert.Equal(3u, _pv.Guest.UInt32(4));
        Put32(4, 33);
        Assert.Equal(0, Call(SetupTable));
        Assert.Equal(-1, Status(8));
        Put32(0, 9);
        Assert.Equal(0, Call(SetupTable));
        Assert.Equal(-8, Status(8));
        Put32(0, 10);
        Assert.Equal(0, Call(SetupTable));
        Assert.Equal(-2, Status(8));
        Put32(0, 7);
        Put32(4, 1);
        _pv.Guest.UInt64(16) = 1 << 20;
        Assert.Equal(-(long)XenError.Fault, Call(SetupTable));
    }

    [Fact]
    public void There_is_version_1_alone()
    {
        Put32(0, 1);
        Assert.Equal(0, Call(SetVersion));
        Put32(0, 2);
        Assert.Equal(-(long)XenError.NoSystemCall, Call(SetVersion));
        Put32(0, 3);
        Assert.Equal(-(long)XenError.Invalid, Call(SetVersion));
        Put32(0, 0x7FF0);
        Assert.Equal(0, Call(GetVersion));
        Assert.Equal(1u, _pv.Guest.UInt32(4));
        Put32(0, 9);
        Assert.Equal(-(long)XenError.NotPermitted, Call(GetVersion));
        Assert.Equal(-(long)XenError.NoSystemCall, Call(9));
        Assert.Equal(-(long)XenError.NoSystemCall, Call(12));
        Assert.Equal(-(long)XenError.Invalid, Call(SetVersion, 2));
        Assert.Equal(-(long)XenError.Invalid, Call(Copy, ulong.MaxValue));
    }

    [Fact]
    public void A_granted_page_is_copied_and_free_again()
    {
        _table[5] = Entry(Permit, 7, 21);
        _pages.Of(_other, 21)[100] = 0xAB;
        WriteCopy(5, 9, 100, 30, 7, 200, 50, sourceIsGranted: true, destinationIsGranted: false);
        Assert.Equal(0, Call(Copy));
        Assert.Equal(0, Status(36));
        Assert.Equal(0xAB, _pages.Of(_pv.Domain, 30)[200]);
        Assert.Equal(Entry(Permit, 7, 21), _table[5]);
        Assert.Equal(0, _pages.Taken);
        _pages.Of(_pv.Domain, 30)[200] = 0xCD;
        WriteCopy(30, 7, 200, 5, 9, 4000, 96, sourceIsGranted: false, destinationIsGranted: true);
        Assert.Equal(0, Call(Copy));
        Assert.Equal(0, Status(36));
        Assert.Equal(0xCD, _pages.Of(_other, 21)[4000]);
    }

    [Theory]
    [InlineData(6u, 9, 0, 10, -1)] // an empty entry
    [InlineData(7u, 9, 0, 10, -1)] // granted to another
    [InlineData(8u, 9, 0, 10, -9)] // a frame that the granter does not have
    [InlineData(512u, 9, 0, 10, -3)]
    [InlineData(0xFFFFFFFFu, 9, 0, 10, -3)]
    [InlineData(5u, 10, 0, 10, -2)]
    [InlineData(5u, 9, 4095, 2, -10)]
    [InlineData(5u, 9, 0xFFFF, 0xFFFF, -10)]
    public void What_is_not_granted_is_not_copied(uint reference, int domain, int offset, int length, int status)
    {
        _table[5] = Entry(Permit, 7, 21);
        _table[7] = Entry(Permit, 8, 21);
        _table[8] = Entry(Permit, 7, 999);
        WriteCopy(reference, (ushort)domain, (ushort)offset, 30, 7, 0, (ushort)length, sourceIsGranted: true, destinationIsGranted: false);
        Assert.Equal(0, Call(Copy));
        Assert.Equal(status, Status(36));
        Assert.Equal(0, _pages.Taken);
        Assert.Equal(Entry(Permit, 7, 999), _table[8]);
    }

    [Fact]
    public void A_page_granted_for_reading_is_not_written_and_a_foreign_frame_is_no_source()
    {
        _table[5] = Entry(Permit | ReadOnly, 7, 21);
        WriteCopy(30, 7, 0, 5, 9, 0, 10, sourceIsGranted: false, destinationIsGranted: true);
        Assert.Equal(0, Call(Copy));
        Assert.Equal(-1, Status(36));
        WriteCopy(21, 9, 0, 30, 7, 0, 10, sourceIsGranted: false, destinationIsGranted: false);
        Assert.Equal(0, Call(Copy));
        Assert.Equal(-8, Status(36));
        Assert.Equal(0, _pages.Taken);
    }

    [Fact]
    public void Entries_in_use_say_so()
    {
        _table[5] = Entry(Permit, 0, 21);
        Assert.Equal(GrantStatus.Okay, _other.Grants.TryBegin(0, 5, true, out ulong frame));
        Assert.Equal(21UL, frame);
        Assert.Equal(Entry(Permit | Reading | Writing, 0, 21), _table[5]);
        Assert.Equal(GrantStatus.Okay, _other.Grants.TryBegin(0, 5, false, out _));
        _other.Grants.End(5, true);
        Assert.Equal(Entry(Permit | Reading, 0, 21), _table[5]);
        _other.Grants.End(5, false);
        Assert.Equal(Entry(Permit, 0, 21), _table[5]);
    }

    [Fact]
    public void Devices_copy_what_is_granted_to_domain_0()
    {
        DomainGrants grants = new(_other, _pages);
        _table[9] = Entry(Permit, 0, 22);
        _table[10] = Entry(Permit | ReadOnly, 0, 22);
        byte[] bytes = [1, 2, 3];
        Assert.True(grants.TryCopyOut(9, 4093, bytes));
        byte[] back = new byte[3];
        Assert.True(grants.TryCopyIn(10, 4093, back));
        Assert.Equal(bytes, back);
        Assert.False(grants.TryCopyOut(10, 0, bytes));
        Assert.False(grants.TryCopyOut(9, 4094, bytes));
        Assert.False(grants.TryCopyIn(9, -1, back));
        Assert.False(grants.TryCopyIn(11, 0, back));
        Assert.Equal(0, _pages.Taken);
    }

    [Fact]
    public void A_long_list_is_done_in_parts()
    {
        for (uint i = 0; i < 100; i++)
        {
            _pv.Guest.UInt32((24 * i) + 20) = 0x7777;
        }

        ulong list = 0;
        ulong count = 100;
        Assert.Equal(-(long)XenError.Unfinished, _calls.Invoke(_pv.Vcpu, Unmap, ref list, ref count));
        Assert.Equal((64UL * 24, 36UL), (list, count));
        Assert.Equal(0, _calls.Invoke(_pv.Vcpu, Unmap, ref list, ref count));
        Assert.Equal(-4, Status((24 * 99) + 20));
        count = 1000;
        list = 16384 - 48;
        Assert.Equal(-(long)XenError.Fault, _calls.Invoke(_pv.Vcpu, Unmap, ref list, ref count));
    }

    private static ulong Entry(ulong flags, ulong domain, ulong frame) => flags | (domain << 16) | (frame << 32);

    private long Call(uint command, ulong count = 1)
    {
        ulong list = 0;
        return _calls.Invoke(_pv.Vcpu, command, ref list, ref count);
    }

    private void Put32(ulong offset, uint value) => _pv.Guest.UInt32(offset) = value;

    private int Status(int offset) => BinaryPrimitives.ReadInt16LittleEndian(_pv.Guest.Bytes.AsSpan(offset));

    private void WriteCopy(ulong source, ushort sourceDomain, ushort sourceOffset, ulong destination, ushort domain, ushort offset, ushort length, bool sourceIsGranted, bool destinationIsGranted)
    {
        _pv.Guest.UInt64(0) = source;
        Put32(8, sourceDomain | ((uint)sourceOffset << 16));
        _pv.Guest.UInt64(16) = destination;
        Put32(24, domain | ((uint)offset << 16));
        Put32(32, length | (sourceIsGranted ? 1u << 16 : 0) | (destinationIsGranted ? 2u << 16 : 0));
        Put32(36, 0x7777);
    }

    /// <summary>Each domain has frames 20 to 39.</summary>
    private sealed class FakePages(PvFixture pv) : GrantPages
    {
        private readonly Dictionary<(int Slot, ulong Frame), nint> _frames = [];

        internal int Taken { get; private set; }

        internal byte* Of(PvDomain domain, ulong frame)
        {
            if (!_frames.TryGetValue((domain.Slot, frame), out nint page))
            {
                page = (nint)pv.Page();
                _frames[(domain.Slot, frame)] = page;
            }

            return (byte*)page;
        }

        public override XenError Begin(PvDomain domain) => XenError.None;

        public override bool TryTake(PvDomain domain, ulong frame, bool isWrite, out byte* page)
        {
            bool isOwn = frame is >= 20 and < 40;
            page = isOwn ? Of(domain, frame) : null;
            Taken += isOwn ? 1 : 0;
            return isOwn;
        }

        public override void Put(PvDomain domain, ulong frame, bool isWrite) => Taken--;
    }
}
