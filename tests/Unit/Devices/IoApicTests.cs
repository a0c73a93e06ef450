using Multicosm.Devices.Apic;
using Multicosm.Devices.Bus;
using Multicosm.Devices.Legacy;
using Xunit;

namespace Multicosm.Unit.Devices;

public class IoApicTests
{
    private readonly FakeClock _clock = new();
    private readonly ApicBus _bus = new();
    private readonly LocalApic _apic;
    private readonly IoApic _ioApic;

    public IoApicTests()
    {
        _apic = new LocalApic(0, new ArrayApicRegisters(), _clock, new FakeTimers(_clock));
        Assert.True(_bus.TryAdd(_apic));
        _ioApic = new IoApic(_bus);
        _apic.Page.Write(0xF0, 4, 0x1FF);
    }

    [Fact]
    public void Version_says_24_pins_and_all_are_masked()
    {
        Assert.Equal(0x00170020u, Get(1));
        for (uint pin = 0; pin < 24; pin++)
        {
            Assert.Equal(0x10000u, Get(0x10 + (pin * 2)));
        }
    }

    [Fact]
    public void An_edge_is_delivered_once()
    {
        Set(0x10 + 8, 0x41);
        _ioApic.SetInput(4, true);
        Assert.Equal(0x41, Serve());
        _ioApic.SetInput(4, true);
        Assert.False(_apic.IsPending);
        _ioApic.SetInput(4, false);
        _ioApic.SetInput(4, true);
        Assert.Equal(0x41, Serve());
    }

    [Fact]
    public void An_edge_at_a_masked_pin_is_lost()
    {
        _ioApic.SetInput(4, true);
        Set(0x10 + 8, 0x41);
        Assert.False(_apic.IsPending);
    }

    [Fact]
    public void A_level_waits_for_its_EOI_and_comes_again()
    {
        Set(0x10 + 18, 0xA051); // level, active low
        _ioApic.SetInput(9, true);
        Assert.Equal(0xE051u, Get(0x10 + 18));
        Assert.True(_apic.TryAcknowledge(out byte vector));
        Assert.Equal(0x51, vector);
        _ioApic.SetInput(9, true);
        Assert.False(_apic.IsPending);
        _apic.Page.Write(0xB0, 4, 0);
        Assert.True(_apic.IsPending); // still asserted
        Assert.True(_apic.TryAcknowledge(out _));
        _ioApic.SetInput(9, false);
        _apic.Page.Write(0xB0, 4, 0);
        Assert.False(_apic.IsPending);
        Assert.Equal(0xA051u, Get(0x10 + 18));
    }

    [Fact]
    public void A_level_at_a_masked_pin_comes_when_it_is_unmasked()
    {
        Set(0x10 + 18, 0x1A051);
        _ioApic.SetInput(9, true);
        Assert.False(_apic.IsPending);
        Set(0x10 + 18, 0xA051);
        Assert.True(_apic.IsPending);
    }

    [Fact]
    public void A_level_that_nobody_takes_does_not_get_stuck()
    {
        _apic.Page.Write(0xF0, 4, 0xFF); // software-disabled
        Set(0x10 + 18, 0x8051);
        _ioApic.SetInput(9, true);
        Assert.Equal(0x8051u, Get(0x10 + 18));
        _apic.Page.Write(0xF0, 4, 0x1FF);
        Set(0x10 + 18, 0x8051);
        Assert.Equal(0x51, Serve());
    }

    [Fact]
    public void The_EOI_register_and_a_change_to_edge_both_clear_remote_IRR()
    {
        Set(0x10 + 18, 0x8051);
        _ioApic.SetInput(9, true);
        _ioApic.SetInput(9, false);
        Assert.Equal(0xC051u, Get(0x10 + 18));
        _ioApic.Write(0x40, 4, 0x52);
        Assert.Equal(0xC051u, Get(0x10 + 18));
        _ioApic.Write(0x40, 4, 0x51);
        Assert.Equal(0x8051u, Get(0x10 + 18));
        _ioApic.SetInput(9, true);
        Set(0x10 + 18, 0x0051);
        Assert.Equal(0x0051u, Get(0x10 + 18));
    }

    [Fact]
    public void Logical_destinations_and_NMI()
    {
        _apic.Page.Write(0xD0, 4, 0x01000000);
        Set(0x11 + 8, 0x01000000);
        Set(0x10 + 8, 0x0800 | 0x41);
        _ioApic.SetInput(4, true);
        Assert.Equal(0x41, Serve());
        Set(0x10 + 10, 0x0400);
        _ioApic.SetInput(5, true);
        Assert.True(_apic.IsNmiPending);
        Set(0x11 + 12, 0x07000000); // nobody's ID
        Set(0x10 + 12, 0x0042);
        _ioApic.SetInput(6, true);
        Assert.False(_apic.IsPending);
    }

    [Fact]
    public void The_entrys_high_half_keeps_the_destination_only()
    {
        Set(0x11, 0xFFFFFFFF);
        Assert.Equal(0xFF000000u, Get(0x11));
        Set(0, 0xFFFFFFFF);
        Assert.Equal(0x0F000000u, Get(0));
    }

    [Fact]
    public void Registers_and_pins_that_do_not_exist()
    {
        Set(0x40, 0x41);
        Assert.Equal(0u, Get(0x40));
        Assert.Equal(0u, Get(0xFF));
        _ioApic.SetInput(24, true);
        _ioApic.SetInput(-1, true);
        Assert.Equal(0UL, _ioApic.Read(0x14, 4));
    }

    [Fact]
    public void An_ISA_wire_reaches_both_controllers_and_IRQ_0_is_pin_2()
    {
        Pic8259Pair pic = new(_apic.ExternalInput);
        _apic.ConnectPic(pic);
        pic.Reset();
        pic.Write(0x20, 1, 0x11);
        pic.Write(0x21, 1, 0x20);
        pic.Write(0x21, 1, 0x04);
        pic.Write(0x21, 1, 0x01);
        Set(0x10 + 4, 0x0042);
        new IsaInterruptLine(pic, _ioApic, 0).Set(true);
        Assert.Equal(0x42, Serve());
        pic.Write(0x20, 1, 0x0A);
        Assert.Equal(1u, pic.Read(0x20, 1));
    }

    private byte Serve()
    {
        Assert.True(_apic.TryAcknowledge(out byte vector));
        _apic.Page.Write(0xB0, 4, 0);
        return vector;
    }

    private uint Get(uint register)
    {
        _ioApic.Write(0, 4, register);
        return (uint)_ioApic.Read(0x10, 4);
    }

    private void Set(uint register, uint value)
    {
        _ioApic.Write(0, 4, register);
        _ioApic.Write(0x10, 4, value);
    }
}
