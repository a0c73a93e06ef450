using Multicosm.Devices.Bus;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Devices;

public class BusTests
{
    private readonly PortBus _ports = new();
    private readonly MmioBus _memory = new();

    [Theory]
    [InlineData(1, 0xFFu)]
    [InlineData(2, 0xFFFFu)]
    [InlineData(4, 0xFFFFFFFFu)]
    public void A_port_that_nobody_has_reads_all_ones(int size, uint expected)
    {
        Assert.Equal(expected, _ports.Read(0x1234, size));
        _ports.Write(0x1234, size, 0);
    }

    [Fact]
    public void An_access_inside_a_range_reaches_the_device_whole_and_its_answer_is_truncated()
    {
        RecordingPort device = new(0x12345678);
        Assert.True(_ports.TryAdd(0x3F8, 8, device));
        Assert.Equal(0x5678u, _ports.Read(0x3FA, 2));
        _ports.Write(0x3F8, 4, 0xAABBCCDD);
        _ports.Write(0x3FF, 1, 0xAABBCCDD);
        Assert.Equal([(0x3FA, 2)], device.Reads);
        Assert.Equal([(0x3F8, 4, 0xAABBCCDDu), (0x3FF, 1, 0xDDu)], device.Writes);
    }

    [Fact]
    public void An_access_over_the_end_of_a_range_is_split_into_bytes()
    {
        RecordingPort low = new(0x11);
        RecordingPort high = new(0x22);
        Assert.True(_ports.TryAdd(0x100, 2, low));
        Assert.True(_ports.TryAdd(0x103, 1, high));
        Assert.Equal(0x22FF1111u, _ports.Read(0x100, 4));
        _ports.Write(0x101, 4, 0x44332211);
        Assert.Equal([(0x101, 1, 0x11u)], low.Writes);
        Assert.Equal([(0x103, 1, 0x33u)], high.Writes);
    }

    [Fact]
    public void An_access_over_the_last_port_does_not_wrap_to_port_0()
    {
        RecordingPort first = new(0);
        RecordingPort last = new(0x55);
        Assert.True(_ports.TryAdd(0, 1, first));
        Assert.True(_ports.TryAdd(0xFFFF, 1, last));
        Assert.Equal(0xFFFFFF55u, _ports.Read(0xFFFF, 4));
        _ports.Write(0xFFFF, 2, 0x0102);
        Assert.Empty(first.Reads);
        Assert.Empty(first.Writes);
        Assert.Equal([(0xFFFF, 1, 0x02u)], last.Writes);
    }

    [Theory]
    [InlineData(0x0F, 2)]
    [InlineData(0x13, 1)]
    [InlineData(0x00, 0x20)]
    [InlineData(0x40, 0)]
    [InlineData(0xFFFF, 2)]
    public void A_range_that_overlaps_or_is_no_range_is_refused(int first, int count)
    {
        Assert.True(_ports.TryAdd(0x10, 4, new RecordingPort(0)));
        RecordingPort other = new(0);
        Assert.False(_ports.TryAdd((ushort)first, count, other));
        _ports.Write((ushort)(first + 4), 1, 1);
        Assert.Empty(other.Writes);
    }

    [Fact]
    public void A_full_table_refuses_and_clearing_makes_room()
    {
        for (int i = 0; i < PortBus.MaxRanges; i++)
        {
            Assert.True(_ports.TryAdd((ushort)(i * 2), 1, new RecordingPort(0)));
        }

        Assert.False(_ports.TryAdd(0x1000, 1, new RecordingPort(0)));
        _ports.Clear();
        Assert.Equal(0xFFu, _ports.Read(0, 1));
        Assert.True(_ports.TryAdd(0x1000, 1, new RecordingPort(0)));
    }

    [Fact]
    public void Ranges_all_over_the_port_space_are_refused_when_the_tables_are_full_and_leave_no_trace()
    {
        int added = 0;
        while (added < 64 && _ports.TryAdd((ushort)(added << 10), 1, new RecordingPort(1)))
        {
            added++;
        }

        Assert.Equal(31, added);
        Assert.Equal(0xFFu, _ports.Read((ushort)(added << 10), 1));
        Assert.False(_ports.TryAdd(0x8000, 0x8000, new RecordingPort(1)));
        Assert.Equal(0xFFu, _ports.Read(0x8001, 1));
    }

    [Fact]
    public void Memory_accesses_are_split_and_dropped_as_on_the_port_bus()
    {
        RecordingMemory device = new(0x1122334455667788);
        Assert.True(_memory.TryAdd(0xFEC00000, 0x1000, device));
        Assert.Equal(0x55667788UL, _memory.Read(new GuestPhysicalAddress(0xFEC00010), 4));
        Assert.Equal(0xFFFFFFFFFFFFFFFFUL, _memory.Read(new GuestPhysicalAddress(0xFED00000), 8));
        Assert.Equal(0xFFFFFF88UL, _memory.Read(new GuestPhysicalAddress(0xFEC00FFF), 4));
        Assert.Equal(0x88FFUL, _memory.Read(new GuestPhysicalAddress(0xFEBFFFFF), 2));
        _memory.Write(new GuestPhysicalAddress(0xFEC00FFE), 8, 0x8877665544332211);
        Assert.Equal([(0xFFEUL, 1, 0x11UL), (0xFFFUL, 1, 0x22UL)], device.Writes);
    }

    [Fact]
    public void Memory_ranges_may_end_at_the_last_address_but_not_wrap()
    {
        Assert.False(_memory.TryAdd(ulong.MaxValue, 2, new RecordingMemory(0)));
        Assert.False(_memory.TryAdd(0x1000, 0, new RecordingMemory(0)));
        Assert.True(_memory.TryAdd(ulong.MaxValue - 1, 2, new RecordingMemory(0x77)));
        Assert.Equal(0xFFFF7777UL, _memory.Read(new GuestPhysicalAddress(ulong.MaxValue - 1), 4));
        Assert.False(_memory.TryAdd(0, ulong.MaxValue, new RecordingMemory(0)));
    }
}
