using Multicosm.Devices.Legacy;
using Xunit;

namespace Multicosm.Unit.Devices;

public class PitTests
{
    // A clock of exactly the timer's rate: a tick is a count.
    private const ulong Hertz = 1_193_182;

    private readonly FakeClock _clock = new(Hertz) { Ticks = 1000 };
    private readonly FakeTimers _timers;
    private readonly FakeLine _irq0 = new();
    private readonly Pit8254 _pit;
    private readonly SystemControlPortB _portB;

    public PitTests()
    {
        _timers = new FakeTimers(_clock);
        _pit = new Pit8254(_clock, _timers, _irq0);
        _portB = new SystemControlPortB(_pit, _clock);
        _pit.Reset();
        _portB.Reset();
    }

    [Fact]
    public void Mode_0_interrupts_once_N_plus_1_clocks_after_the_count()
    {
        Program(0, 0x30, 100);
        Assert.False(_irq0.IsHigh);
        _timers.Advance(100);
        Assert.False(_irq0.IsHigh);
        _timers.Advance(5);
        Assert.True(_irq0.IsHigh);
        _timers.Advance(200_000);
        Assert.Equal(1, _irq0.Rises);
    }

    [Fact]
    public void Mode_0_counts_down_and_goes_on_past_zero()
    {
        Program(0, 0x30, 100);
        Assert.Equal(100u, Count(0));
        _clock.Ticks += 1 + 40;
        Assert.Equal(60u, Count(0));
        _clock.Ticks += 61;
        Assert.Equal(0xFFFFu, Count(0));
    }

    [Fact]
    public void Mode_2_interrupts_every_N_clocks()
    {
        Program(0, 0x34, 11932);
        int start = _irq0.Rises;
        _timers.Advance(11932 * 100 + 50);
        Assert.Equal(100, _irq0.Rises - start);
    }

    [Fact]
    public void Mode_2_counts_from_N_to_1()
    {
        Program(2, 0xB4, 10);
        _portB.Write(0x61, 1, 1);
        _clock.Ticks++;
        for (int round = 0; round < 2; round++)
        {
            for (uint expected = 10; expected >= 1; expected--)
            {
                Assert.Equal(expected, Count(2));
                Assert.Equal(expected != 1, _pit.SpeakerOutput);
                _clock.Ticks++;
            }
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(7)]
    public void Mode_3_is_high_for_half_and_counts_by_two(int period)
    {
        Program(2, 0xB6, period);
        _portB.Write(0x61, 1, 1);
        _clock.Ticks++;
        for (int i = 0; i < period * 2; i++)
        {
            int position = i % period;
            Assert.Equal(position < (period + 1) / 2, _pit.SpeakerOutput);
            Assert.Equal(0u, Count(2) & 1);
            _clock.Ticks++;
        }
    }

    [Fact]
    public void A_count_of_0_is_65536()
    {
        Program(0, 0x34, 0);
        int start = _irq0.Rises;
        _timers.Advance(65536 + 3);
        Assert.Equal(1, _irq0.Rises - start);
        _timers.Advance(65530);
        Assert.Equal(1, _irq0.Rises - start);
    }

    [Fact]
    public void A_new_count_in_mode_2_is_taken_at_the_end_of_the_period()
    {
        Program(0, 0x34, 1000);
        int start = _irq0.Rises;
        _timers.Advance(500);
        Load(0, 100);
        _timers.Advance(498);
        Assert.Equal(0, _irq0.Rises - start);
        _timers.Advance(10);
        Assert.Equal(1, _irq0.Rises - start);
        _timers.Advance(1000);
        Assert.Equal(11, _irq0.Rises - start);
    }

    [Fact]
    public void Mode_4_strobes_once_and_can_be_loaded_again()
    {
        Program(0, 0x38, 500); // Linux's one-shot mode
        int start = _irq0.Rises;
        _timers.Advance(600);
        Assert.Equal(1, _irq0.Rises - start);
        Load(0, 300);
        _timers.Advance(290);
        Assert.Equal(1, _irq0.Rises - start);
        _timers.Advance(20);
        Assert.Equal(2, _irq0.Rises - start);
        _timers.Advance(1_000_000);
        Assert.Equal(2, _irq0.Rises - start);
    }

    [Fact]
    public void Mode_1_starts_at_a_rising_gate_and_can_be_triggered_again()
    {
        _portB.Write(0x61, 1, 0);
        Program(2, 0xB2, 100);
        Assert.True(_pit.SpeakerOutput);
        _portB.Write(0x61, 1, 1);
        _clock.Ticks += 50;
        Assert.False(_pit.SpeakerOutput);
        _portB.Write(0x61, 1, 0);
        _portB.Write(0x61, 1, 1);
        _clock.Ticks += 90;
        Assert.False(_pit.SpeakerOutput);
        _clock.Ticks += 20;
        Assert.True(_pit.SpeakerOutput);
    }

    [Fact]
    public void Mode_5_strobes_after_a_rising_gate()
    {
        Program(2, 0xBA, 10);
        _portB.Write(0x61, 1, 1);
        int low = 0;
        for (int i = 0; i < 30; i++)
        {
            low += _pit.SpeakerOutput ? 0 : 1;
            _clock.Ticks++;
        }

        Assert.Equal(1, low);
    }

    [Fact]
    public void A_low_gate_pauses_mode_0()
    {
        _portB.Write(0x61, 1, 1);
        Program(2, 0xB0, 1000);
        _clock.Ticks += 1 + 100;
        _portB.Write(0x61, 1, 0);
        _clock.Ticks += 5000;
        Assert.Equal(900u, Count(2));
        _portB.Write(0x61, 1, 1);
        _clock.Ticks += 100;
        Assert.Equal(800u, Count(2));
        Assert.Equal(0u, _portB.Read(0x61, 1) & 0x20);
        _clock.Ticks += 800;
        Assert.Equal(0x20u, _portB.Read(0x61, 1) & 0x20);
    }

    [Fact]
    public void A_latched_count_stays_until_it_is_read()
    {
        Program(0, 0x34, 0x4321);
        _clock.Ticks++;
        _pit.Write(0x43, 1, 0x00);
        _clock.Ticks += 0x321;
        _pit.Write(0x43, 1, 0x00); // a second latch changes nothing
        Assert.Equal(0x4321u, Count(0));
        Assert.Equal(0x4000u, Count(0));
    }

    [Fact]
    public void Read_back_latches_status_and_count_of_several_counters()
    {
        Program(0, 0x34, 0x1000);
        Program(2, 0xB6, 0x2000);
        _clock.Ticks++;
        _pit.Write(0x43, 1, 0xCA); // count and status of 0 and 2
        Assert.Equal(0xB4u, _pit.Read(0x40, 1)); // OUT high, loaded, both bytes, mode 2
        Assert.Equal(0x1000u, Count(0));
        Assert.Equal(0xB6u, _pit.Read(0x42, 1));
        Assert.Equal(0x2000u, Count(2));
        _pit.Write(0x43, 1, 0xB6); // counter 2 again, no count yet
        _pit.Write(0x43, 1, 0xE8); // its status
        Assert.Equal(0xF6u, _pit.Read(0x42, 1)); // null count
    }

    [Fact]
    public void BCD_counts_in_decimal()
    {
        Program(0, 0x31, 0x0100);
        Assert.Equal(0x0100u, Count(0));
        _clock.Ticks += 2;
        Assert.Equal(0x0099u, Count(0));
        _clock.Ticks += 100;
        Assert.Equal(0x9999u, Count(0));
    }

    [Fact]
    public void Single_byte_access_modes()
    {
        _pit.Write(0x43, 1, 0x14);
        _pit.Write(0x40, 1, 200);
        _clock.Ticks += 1 + 50;
        Assert.Equal(150u, _pit.Read(0x40, 1));
        _pit.Write(0x43, 1, 0x24);
        _pit.Write(0x40, 1, 0x10);
        _clock.Ticks += 1 + 0x100;
        Assert.Equal(0x0Fu, _pit.Read(0x40, 1));
    }

    [Fact]
    public void Ticks_that_came_late_are_made_up_at_a_bounded_rate()
    {
        Program(0, 0x34, 10_000);
        int start = _irq0.Rises;
        int expired = _timers.JumpTo(_clock.Ticks + 100_100); // ten periods in which the guest did not run
        Assert.Equal(1, expired);
        ulong before = _clock.Ticks;
        _timers.AdvanceTo(before + 30_000);
        Assert.InRange(_irq0.Rises - start, 11, 13); // ten missed and the three of this time, at most four times as fast
        _timers.AdvanceTo(before + 200_000);
        Assert.InRange(_irq0.Rises - start, 29, 31);
    }

    [Fact]
    public void What_was_missed_in_a_long_pause_is_dropped()
    {
        Program(0, 0x34, 10_000);
        int start = _irq0.Rises;
        _timers.JumpTo(_clock.Ticks + 10_000_000);
        _timers.Advance(1_000_000);
        Assert.InRange(_irq0.Rises - start, 100, 100 + 34);
    }

    [Fact]
    public void The_shortest_period_does_not_flood_the_host()
    {
        Program(0, 0x34, 1);
        int start = _irq0.Rises;
        _timers.Advance(Hertz);
        Assert.InRange(_irq0.Rises - start, 1000, 20_500);
    }

    [Fact]
    public void Time_is_right_on_a_clock_of_another_rate()
    {
        FakeClock clock = new(2_893_300_000);
        FakeTimers timers = new(clock);
        FakeLine line = new();
        Pit8254 pit = new(clock, timers, line);
        pit.Reset();
        pit.Write(0x43, 1, 0x34);
        pit.Write(0x40, 1, 0x9C);
        pit.Write(0x40, 1, 0x2E); // 11932: 100 Hz
        int start = line.Rises;
        timers.AdvanceTo(2_893_300_000UL * 10);
        Assert.InRange(line.Rises - start, 999, 1000);
    }

    [Fact]
    public void The_refresh_bit_toggles()
    {
        uint first = _portB.Read(0x61, 1) & 0x10;
        _clock.Ticks += 18;
        Assert.NotEqual(first, _portB.Read(0x61, 1) & 0x10);
    }

    [Fact]
    public void Reset_stops_it()
    {
        Program(0, 0x34, 1000);
        _pit.Reset();
        Assert.Equal(0, _timers.ArmedCount);
        Assert.False(_irq0.IsHigh);
    }

    private void Program(int counter, byte control, int count)
    {
        _pit.Write(0x43, 1, control);
        Load(counter, count);
    }

    private void Load(int counter, int count)
    {
        _pit.Write((ushort)(0x40 + counter), 1, (uint)count & 0xFF);
        _pit.Write((ushort)(0x40 + counter), 1, (uint)count >> 8);
    }

    private uint Count(int counter)
    {
        uint low = _pit.Read((ushort)(0x40 + counter), 1);
        return low | (_pit.Read((ushort)(0x40 + counter), 1) << 8);
    }
}
