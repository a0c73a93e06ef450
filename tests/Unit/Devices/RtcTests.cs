using System;
using Multicosm.Devices.Legacy;
using Xunit;

namespace Multicosm.Unit.Devices;

public class RtcTests
{
    private const ulong Second = 100_000_000;

    private readonly FakeClock _clock = new() { Ticks = 12_345 };
    private readonly FakeTimers _timers;
    private readonly FakeLine _irq8 = new();

    public RtcTests() => _timers = new FakeTimers(_clock);

    [Theory]
    [InlineData(2023, 11, 14, 22, 13, 20)]
    [InlineData(2000, 2, 29, 23, 59, 59)]
    [InlineData(1970, 1, 1, 0, 0, 0)]
    [InlineData(2099, 12, 31, 12, 0, 1)]
    [InlineData(2100, 3, 1, 0, 0, 0)]
    public void Shows_the_wall_clock_in_BCD(int year, int month, int day, int hour, int minute, int second)
    {
        DateTime time = new(year, month, day, hour, minute, second, DateTimeKind.Utc);
        RtcCmos rtc = Make(time);
        Assert.Equal([Bcd(second), Bcd(minute), Bcd(hour), (byte)((int)time.DayOfWeek + 1), Bcd(day), Bcd(month), Bcd(year % 100), Bcd(year / 100)],
            [Get(rtc, 0), Get(rtc, 2), Get(rtc, 4), Get(rtc, 6), Get(rtc, 7), Get(rtc, 8), Get(rtc, 9), Get(rtc, 0x32)]);
    }

    [Fact]
    public void Goes_on_over_the_end_of_a_year()
    {
        RtcCmos rtc = Make(new DateTime(2023, 12, 31, 23, 59, 58, DateTimeKind.Utc));
        _clock.Ticks += 3 * Second;
        Assert.Equal([0x01, 0x00, 0x00, 0x01, 0x01, 0x24], [Get(rtc, 0), Get(rtc, 2), Get(rtc, 4), Get(rtc, 7), Get(rtc, 8), Get(rtc, 9)]);
    }

    [Theory]
    [InlineData(0, 0x12, 12)]
    [InlineData(1, 0x01, 1)]
    [InlineData(12, 0x92, 0x8C)]
    [InlineData(13, 0x81, 0x81)]
    [InlineData(23, 0x91, 0x8B)]
    public void Twelve_hour_and_binary_modes(int hour, int bcd, int binary)
    {
        RtcCmos rtc = Make(new DateTime(2024, 1, 1, hour, 34, 0, DateTimeKind.Utc));
        Set(rtc, 0x0B, 0x00);
        Assert.Equal(bcd, Get(rtc, 4));
        Set(rtc, 0x0B, 0x04);
        Assert.Equal(binary, Get(rtc, 4));
        Assert.Equal(34, Get(rtc, 2));
    }

    [Fact]
    public void Can_be_set_while_stopped_and_reads_back_raw()
    {
        RtcCmos rtc = Make(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Set(rtc, 0x0B, 0x82);
        Set(rtc, 0, 0x50);
        Set(rtc, 2, 0x59);
        Set(rtc, 4, 0x23);
        Set(rtc, 7, 0x28);
        Set(rtc, 8, 0x02);
        Set(rtc, 9, 0x28);
        _clock.Ticks += 100 * Second;
        Assert.Equal(0x50, Get(rtc, 0));
        Assert.Equal(0, Get(rtc, 0x0A) & 0x80);
        Set(rtc, 0x0B, 0x02);
        _clock.Ticks += 10 * Second;
        Assert.Equal([0x00, 0x00, 0x00, 0x29, 0x02, 0x28], [Get(rtc, 0), Get(rtc, 2), Get(rtc, 4), Get(rtc, 7), Get(rtc, 8), Get(rtc, 9)]);
    }

    [Fact]
    public void Update_in_progress_shows_before_the_second_changes()
    {
        RtcCmos rtc = Make(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(0x26, Get(rtc, 0x0A));
        _clock.Ticks += Second - (Second / 1000);
        Assert.Equal(0xA6, Get(rtc, 0x0A));
        Assert.Equal(0, Get(rtc, 0));
        _clock.Ticks += Second / 1000;
        Assert.Equal(0x26, Get(rtc, 0x0A));
        Assert.Equal(1, Get(rtc, 0));
    }

    [Fact]
    public void Periodic_interrupt_at_1024_Hz()
    {
        RtcCmos rtc = Make(DateTime.UnixEpoch);
        Set(rtc, 0x0B, 0x42);
        int interrupts = 0;
        ulong end = _clock.Ticks + Second;
        while (_timers.NextDeadline <= end)
        {
            _timers.AdvanceTo(_timers.NextDeadline);
            Assert.True(_irq8.IsHigh);
            Assert.Equal(0xC0, Get(rtc, 0x0C) & 0xC0);
            Assert.False(_irq8.IsHigh);
            interrupts++;
        }

        Assert.InRange(interrupts, 1023, 1025);
    }

    [Fact]
    public void The_interrupt_stays_until_register_C_is_read_and_no_timer_runs_meanwhile()
    {
        RtcCmos rtc = Make(DateTime.UnixEpoch);
        Set(rtc, 0x0B, 0x12);
        _timers.Advance(5 * Second);
        Assert.Equal(1, _irq8.Rises);
        Assert.Equal(0, _timers.ArmedCount);
        Assert.Equal(0x90, Get(rtc, 0x0C) & 0x90);
        Assert.Equal(0, Get(rtc, 0x0C));
        _timers.Advance(Second);
        Assert.Equal(2, _irq8.Rises);
    }

    [Fact]
    public void Flags_are_set_without_being_enabled()
    {
        RtcCmos rtc = Make(DateTime.UnixEpoch);
        _clock.Ticks += 2 * Second;
        Assert.Equal(0x50, Get(rtc, 0x0C));
        Assert.False(_irq8.IsHigh);
    }

    [Theory]
    [InlineData(0x30, 0x00, 0x00, 30)] // 00:00:30
    [InlineData(0xFF, 0xFF, 0xFF, 1)] // each second
    [InlineData(0x05, 0xFF, 0xFF, 5)] // each minute
    [InlineData(0x00, 0x00, 0x00, 86_400)] // midnight: tomorrow's
    [InlineData(0x00, 0x15, 0xC0, 900)]
    public void The_alarm_rings_when_it_should(int second, int minute, int hour, int expected)
    {
        RtcCmos rtc = Make(new DateTime(2024, 6, 1, 0, 0, 0, DateTimeKind.Utc));
        Set(rtc, 1, (byte)second);
        Set(rtc, 3, (byte)minute);
        Set(rtc, 5, (byte)hour);
        Set(rtc, 0x0B, 0x22);
        _timers.Advance(((ulong)expected * Second) - 1);
        Assert.False(_irq8.IsHigh);
        _timers.Advance(1);
        Assert.True(_irq8.IsHigh);
        Assert.Equal(0xA0, Get(rtc, 0x0C) & 0xA0);
    }

    [Fact]
    public void An_alarm_that_is_no_time_never_rings()
    {
        RtcCmos rtc = Make(DateTime.UnixEpoch);
        Set(rtc, 1, 0x99);
        Set(rtc, 0x0B, 0x22);
        Assert.Equal(0, _timers.ArmedCount);
    }

    [Fact]
    public void Memory_size_is_where_firmware_leaves_it()
    {
        RtcCmos rtc = Make(DateTime.UnixEpoch);
        rtc.SetMemorySize(128UL << 20, 1UL << 30);
        Assert.Equal(640, Get(rtc, 0x15) | (Get(rtc, 0x16) << 8));
        Assert.Equal(0xFFFF, Get(rtc, 0x30) | (Get(rtc, 0x31) << 8));
        Assert.Equal(112 * 16, Get(rtc, 0x34) | (Get(rtc, 0x35) << 8));
        Assert.Equal(16384, Get(rtc, 0x5B) | (Get(rtc, 0x5C) << 8) | (Get(rtc, 0x5D) << 16));
    }

    [Fact]
    public void Other_bytes_are_memory_and_D_is_valid_and_fixed()
    {
        RtcCmos rtc = Make(DateTime.UnixEpoch);
        Set(rtc, 0x8F, 0x0A); // bit 7 of the index is the NMI mask
        Assert.Equal(0x0A, Get(rtc, 0x0F));
        Set(rtc, 0x0D, 0);
        Assert.Equal(0x80, Get(rtc, 0x0D));
        rtc.Reset();
        Assert.Equal(0, Get(rtc, 0x0F));
    }

    private RtcCmos Make(DateTime time)
    {
        RtcCmos rtc = new(_clock, new FakeWallClock((ulong)(time - DateTime.UnixEpoch).TotalSeconds), _timers, _irq8);
        rtc.Reset();
        return rtc;
    }

    private static byte Bcd(int value) => (byte)((value / 10 * 16) + (value % 10));

    private static byte Get(RtcCmos rtc, byte index)
    {
        rtc.Write(0x70, 1, index);
        return (byte)rtc.Read(0x71, 1);
    }

    private static void Set(RtcCmos rtc, byte index, byte value)
    {
        rtc.Write(0x70, 1, index);
        rtc.Write(0x71, 1, value);
    }
}
