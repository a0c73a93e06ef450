using Multicosm.Devices.Legacy;
using Xunit;

namespace Multicosm.Unit.Devices;

public class PowerTests
{
    private const ulong Hertz = 3_579_545;

    private readonly FakeClock _clock = new(Hertz);
    private readonly FakeTimers _timers;
    private readonly FakeLine _sci = new();
    private readonly FakePower _power = new();
    private readonly AcpiPm _acpi;
    private readonly ResetPorts _reset;

    public PowerTests()
    {
        _timers = new FakeTimers(_clock);
        _acpi = new AcpiPm(_clock, _timers, _sci, _power);
        _acpi.Reset();
        _reset = new ResetPorts(_power);
    }

    [Fact]
    public void The_PM_timer_has_24_bits()
    {
        _clock.Ticks = 0x123456;
        Assert.Equal(0x123456u, _acpi.Read(0x608, 4));
        Assert.Equal(0x34u, _acpi.Read(0x609, 1) & 0xFF);
        _clock.Ticks = 0x1000005;
        Assert.Equal(5u, _acpi.Read(0x608, 4));
        _acpi.Write(0x608, 4, 0xFFFFFFFF);
        Assert.Equal(5u, _acpi.Read(0x608, 4));
    }

    [Fact]
    public void The_timer_event_comes_when_its_top_bit_changes()
    {
        _acpi.Write(0x602, 2, 0x0001);
        _timers.AdvanceTo(0x7FFFF0);
        Assert.False(_sci.IsHigh);
        _timers.AdvanceTo(0x800010);
        Assert.True(_sci.IsHigh);
        Assert.Equal(0x00010001u, _acpi.Read(0x600, 4));
        _acpi.Write(0x600, 2, 0x0001);
        Assert.False(_sci.IsHigh);
        _timers.AdvanceTo(0x1000010);
        Assert.True(_sci.IsHigh);
        _acpi.Write(0x602, 2, 0);
        Assert.False(_sci.IsHigh);
        Assert.Equal(0, _timers.ArmedCount);
    }

    [Fact]
    public void It_is_always_in_ACPI_mode()
    {
        Assert.Equal(1u, _acpi.Read(0x604, 2) & 0xFFFF);
        _acpi.Write(0x604, 2, 0);
        Assert.Equal(1u, _acpi.Read(0x604, 2) & 0xFFFF);
    }

    [Fact]
    public void S5_switches_off_and_other_sleep_types_do_nothing()
    {
        _acpi.Write(0x604, 2, (1 << 10) | 0x2000);
        Assert.Equal(0, _power.PowerOffs);
        _acpi.Write(0x604, 2, 5 << 10);
        Assert.Equal(0, _power.PowerOffs);
        Assert.Equal((5u << 10) | 1, _acpi.Read(0x604, 2) & 0xFFFF);
        _acpi.Write(0x604, 2, (5 << 10) | 0x2000);
        Assert.Equal(1, _power.PowerOffs);
        Assert.Equal(0u, _acpi.Read(0x604, 2) & 0x2000);
        _acpi.Write(0x605, 1, 0x34);
        Assert.Equal(2, _power.PowerOffs);
    }

    [Fact]
    public void General_purpose_events_can_be_enabled_and_never_come()
    {
        _acpi.Write(0xAFE2, 2, 0xFFFF);
        Assert.Equal(0xFFFF0000u, _acpi.Read(0xAFE0, 4));
        _acpi.Write(0xAFE0, 2, 0xFFFF);
        Assert.Equal(0u, _acpi.Read(0xAFE0, 2) & 0xFFFF);
        _acpi.Reset();
        Assert.Equal(0u, _acpi.Read(0xAFE0, 4));
        Assert.False(_sci.IsHigh);
    }

    [Fact]
    public void Accesses_across_registers_and_past_them()
    {
        _acpi.Write(0x601, 4, 0x01000100); // enable's low byte is the second
        Assert.Equal(0x00010000u, _acpi.Read(0x600, 4));
        Assert.Equal(0x01000100u, _acpi.Read(0x601, 4));
        Assert.Equal(0u, _acpi.Read(0x63F, 1) & 0xFF);
    }

    [Theory]
    [InlineData(0x92, 0x01)]
    [InlineData(0x64, 0xFE)]
    [InlineData(0xCF9, 0x06)]
    [InlineData(0xCF9, 0x0E)]
    public void Ports_that_reset(int port, byte value)
    {
        _reset.Write((ushort)port, 1, value);
        Assert.Equal(1, _power.Resets);
    }

    [Theory]
    [InlineData(0x92, 0x02)]
    [InlineData(0x64, 0xD1)]
    [InlineData(0x64, 0xFF)]
    [InlineData(0xCF9, 0x02)]
    public void Writes_that_do_not(int port, byte value)
    {
        _reset.Write((ushort)port, 1, value);
        Assert.Equal(0, _power.Resets);
    }

    [Fact]
    public void There_is_no_keyboard_controller_and_A20_is_open()
    {
        Assert.Equal(0xFFu, _reset.Read(0x64, 1));
        Assert.Equal(0x02u, _reset.Read(0x92, 1));
    }

    [Fact]
    public void The_power_button_raises_the_SCI_if_its_event_is_enabled()
    {
        Assert.False(_acpi.PressPowerButton());
        _acpi.TellButton();
        Assert.Equal(0x100u, _acpi.Read(AcpiPm.PmBase, 2) & 0x100);
        _acpi.Write(AcpiPm.PmBase, 2, 0x100);
        Assert.Equal(0u, _acpi.Read(AcpiPm.PmBase, 2) & 0x100);
        _acpi.Write(AcpiPm.PmBase + 2, 2, 0x100);
        Assert.True(_acpi.PressPowerButton());
        Assert.True(_acpi.IsButtonNew);
        Assert.Equal(0u, _acpi.Read(AcpiPm.PmBase, 2) & 0x100);
        _acpi.TellButton();
        Assert.False(_acpi.IsButtonNew);
        Assert.Equal(0x100u, _acpi.Read(AcpiPm.PmBase, 2) & 0x100);
    }
}
