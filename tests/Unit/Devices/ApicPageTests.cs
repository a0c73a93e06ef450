using Multicosm.Devices.Apic;
using Multicosm.Devices.Bus;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Devices;

/// <summary>Where the page of a local APIC is, and what ends an interrupt for the I/O APIC.</summary>
public sealed class ApicPageTests
{
    private const ulong Other = 0xFED4_0000;

    private readonly FakeClock _clock = new();
    private readonly MmioBus _memory = new();
    private readonly LocalApic _apic;
    private readonly IoApic _ioApic;

    public ApicPageTests()
    {
        FakeTimers timers = new(_clock);
        ApicBus bus = new();
        _apic = new LocalApic(0, new ArrayApicRegisters(), _clock, timers) { AddressBits = 40 };
        Assert.True(bus.TryAdd(_apic));
        _ioApic = new IoApic(bus);
        Assert.True(_memory.TryAdd(LocalApic.BaseAddress, LocalApic.PageBytes, _apic.Page));
        Assert.True(_memory.TryAdd(IoApic.BaseAddress, IoApic.RangeBytes, _ioApic));
        _apic.ConnectMemory(_memory);
        Write(LocalApic.BaseAddress + 0xF0, 0x1FF);
    }

    [Fact]
    public void The_page_can_be_moved_and_reset_brings_it_back()
    {
        Write(LocalApic.BaseAddress + 0x80, 0x20);
        Assert.True(_apic.TryWriteMsr(0x1B, Other | 0x900));
        Assert.True(_apic.TryReadMsr(0x1B, out ulong value));
        Assert.Equal(Other | 0x900, value);
        Assert.Equal(0x20u, Read(Other + 0x80)); // what was set stays
        Assert.Equal(uint.MaxValue, Read(LocalApic.BaseAddress + 0x80));
        _apic.Reset();
        Assert.Equal(0u, Read(LocalApic.BaseAddress + 0x80));
        Assert.Equal(uint.MaxValue, Read(Other + 0x80));
    }

    [Theory]
    [InlineData(IoApic.BaseAddress | 0x900)] // there is another device
    [InlineData((1UL << 40) | 0xFEE00900)] // beyond the processor's addresses
    [InlineData(0xFEE00901)]
    [InlineData(0xFEE00A00)]
    [InlineData(Other | 0x500)] // EXTD without EN
    public void Nothing_changes_where_it_cannot_be(ulong value)
    {
        Assert.False(_apic.TryWriteMsr(0x1B, value));
        Assert.True(_apic.TryReadMsr(0x1B, out ulong now));
        Assert.Equal(0xFEE00900UL, now);
        Assert.Equal(0x1FFu, Read(LocalApic.BaseAddress + 0xF0));
    }

    [Fact]
    public void Its_EOI_need_not_reach_the_IO_APIC_which_then_has_its_own()
    {
        Write(LocalApic.BaseAddress + 0xF0, 0x11FF);
        Assert.Equal(0x11FFu, Read(LocalApic.BaseAddress + 0xF0));
        SetEntry(9, 0x8051);
        _ioApic.SetInput(9, true);
        Assert.True(_apic.TryAcknowledge(out _));
        Write(LocalApic.BaseAddress + 0xB0, 0);
        Assert.False(_apic.IsPending); // remote IRR is still set
        Write(IoApic.BaseAddress + 0x40, 0x52); // another vector
        Assert.False(_apic.IsPending);
        Write(IoApic.BaseAddress + 0x40, 0x51);
        Assert.True(_apic.IsPending); // the line is still asserted
    }

    [Fact]
    public void An_NMI_by_a_level_comes_once_for_each_edge()
    {
        SetEntry(5, 0x8400); // NMI, level
        _ioApic.SetInput(5, true);
        Assert.True(_apic.IsNmiPending);
        _apic.IsNmiPending = false;
        _ioApic.SetInput(5, true);
        SetEntry(5, 0x8400);
        Assert.False(_apic.IsNmiPending);
        _ioApic.SetInput(5, false);
        _ioApic.SetInput(5, true);
        Assert.True(_apic.IsNmiPending);
    }

    [Fact]
    public void The_initial_count_cannot_be_set_in_deadline_mode()
    {
        Write(LocalApic.BaseAddress + 0x320, 0x40041);
        Write(LocalApic.BaseAddress + 0x380, 1000);
        Assert.Equal(0u, Read(LocalApic.BaseAddress + 0x380));
        Assert.Equal(0u, Read(LocalApic.BaseAddress + 0x390));
    }

    [Theory]
    [InlineData(0xFFFFFFFFu)] // flat
    [InlineData(0x0FFFFFFFu)] // cluster
    public void Logical_destination_FF_is_all(uint format)
    {
        Write(LocalApic.BaseAddress + 0xE0, format);
        Write(LocalApic.BaseAddress + 0xD0, 0x12000000);
        Write(LocalApic.BaseAddress + 0x310, 0xFF000000);
        Write(LocalApic.BaseAddress + 0x300, 0x861);
        Assert.True(_apic.TryAcknowledge(out byte vector));
        Assert.Equal(0x61, vector);
    }

    private void SetEntry(uint pin, uint low)
    {
        Write(IoApic.BaseAddress, 0x10 + (pin * 2));
        Write(IoApic.BaseAddress + 0x10, low);
    }

    private uint Read(ulong address) => (uint)_memory.Read(new GuestPhysicalAddress(address), 4);

    private void Write(ulong address, uint value) => _memory.Write(new GuestPhysicalAddress(address), 4, value);
}
