using System;
using Multicosm.Machine;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Hypercalls;
using Multicosm.Unit.Devices;
using Xunit;

namespace Multicosm.Unit.Paravirt.Events;

public sealed unsafe class TimeTests : IDisposable
{
    private const ulong Second = 1_000_000_000;

    private readonly PvFixture _pv = new();

    public void Dispose() => _pv.Dispose();

    [Theory]
    [InlineData(1_000_000UL)]
    [InlineData(50_000_000UL)]
    [InlineData(999_999_999UL)]
    [InlineData(1_000_000_000UL)]
    [InlineData(1_000_000_001UL)]
    [InlineData(2_000_000_000UL)]
    [InlineData(2_000_000_001UL)]
    [InlineData(2_893_437_119UL)]
    [InlineData(5_123_456_789UL)]
    public void A_guest_computes_the_host_s_time_and_rate(ulong hertz)
    {
        FakeClock clock = new(hertz);
        PvClock time = new(clock, new FakeWallClock(1), isStable: false);
        byte* info = _pv.Page();
        time.WriteTime(info);
        uint multiplier = *(uint*)(info + 24);
        int shift = *(sbyte*)(info + 28);
        Assert.True(multiplier > 0x7FFFFF00);
        Assert.Equal(0, info[29]);
        foreach (ulong seconds in new ulong[] { 0, 1, 86_400, 30_000_000 })
        {
            ulong ticks = seconds * hertz;
            UInt128 shifted = shift < 0 ? (UInt128)(ticks >> -shift) : (UInt128)ticks << shift;
            ulong guest = (ulong)((shifted * multiplier) >> 32);
            Assert.Equal(guest, time.ToNanoseconds(ticks));
            UInt128 exact = (UInt128)ticks * Second / hertz;
            Assert.InRange((double)guest, ((double)exact * (1 - 1e-9)) - 2, ((double)exact * (1 + 1e-9)) + 2);
        }

        // As guests compute their rate in kHz.
        ulong kilohertz = (1_000_000UL << 32) / multiplier;
        kilohertz = shift < 0 ? kilohertz << -shift : kilohertz >> shift;
        Assert.InRange(kilohertz, (hertz / 1000) - 8, (hertz / 1000) + 8);
    }

    [Fact]
    public void Versions_are_even_and_grow_whatever_the_guest_has_written()
    {
        byte* info = _pv.Page();
        *(uint*)info = 0xFFFFFFFF;
        _pv.Time.WriteTime(info);
        Assert.Equal(0u, *(uint*)info);
        _pv.Time.WriteTime(info);
        Assert.Equal(2u, *(uint*)info);
        Assert.Equal(1, info[29]);
    }

    [Fact]
    public void The_wall_clock_is_the_time_at_system_time_0()
    {
        FakeClock clock = new() { Ticks = 100_000_000UL * 100 };
        PvClock time = new(clock, new FakeWallClock(5_000_000_100), isStable: true);
        byte* shared = _pv.Page();
        time.WriteWallClock(shared);
        ulong seconds = *(uint*)(shared + 3076) | ((ulong)*(uint*)(shared + 3084) << 32);
        UInt128 boot = ((UInt128)seconds * Second) + *(uint*)(shared + 3080);
        Assert.InRange((ulong)boot, (5_000_000_000UL * Second) - 100, (5_000_000_000UL * Second) + 100);
        Assert.Equal(2u, *(uint*)(shared + 3072));
    }

    [Fact]
    public void Timers_never_fire_early_and_hardly_late()
    {
        _pv.Clock.Ticks = 123_456_789;
        foreach (ulong ahead in new ulong[] { 1, 10, 999, 1_000_000, 3_600 * Second })
        {
            ulong deadline = _pv.Time.Now + ahead;
            ulong ticks = _pv.Time.ToTicks(deadline);
            Assert.True(_pv.Time.ToNanoseconds(ticks) >= deadline);
            Assert.True(_pv.Time.ToNanoseconds(ticks) <= deadline + 100);
        }

        Assert.Equal(_pv.Clock.Ticks, _pv.Time.ToTicks(0));
        Assert.True(_pv.Time.ToTicks(ulong.MaxValue) > _pv.Clock.Ticks);
    }

    [Fact]
    public void A_one_shot_timer_raises_the_timer_interrupt_once()
    {
        uint port = BindTimer();
        Assert.Equal(0, TimerHypercalls.SetTimer(_pv.Vcpu, _pv.Time.Now + Second));
        Assert.Equal(_pv.Timers.NextDeadline, _pv.Domain.RunUntilTicks);
        _pv.Timers.Advance(99_999_000);
        Assert.False(_pv.IsDelivered(_pv.Vcpu, port));
        _pv.Timers.Advance(2_000);
        Assert.True(_pv.IsDelivered(_pv.Vcpu, port));
        Assert.Equal(0, _pv.Timers.ArmedCount);
    }

    [Fact]
    public void A_deadline_that_has_passed_is_an_event_at_once()
    {
        uint port = BindTimer();
        _pv.Clock.Ticks = 1000;
        _pv.Vcpu.Timers.SetSingleShot(5);
        Assert.True(_pv.IsDelivered(_pv.Vcpu, port));
        Assert.Equal(0, _pv.Timers.ArmedCount);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(0x8000000000000000UL)]
    public void Zero_and_negative_deadlines_stop_the_timer(ulong deadline)
    {
        Assert.Equal(0, TimerHypercalls.SetTimer(_pv.Vcpu, Second));
        Assert.Equal(1, _pv.Timers.ArmedCount);
        Assert.Equal(0, TimerHypercalls.SetTimer(_pv.Vcpu, deadline));
        Assert.Equal(0, _pv.Timers.ArmedCount);
    }

    [Fact]
    public void A_periodic_timer_goes_on_without_drift_and_leaves_out_what_it_missed()
    {
        uint port = BindTimer();
        _pv.Vcpu.Timers.SetPeriodic(Second);
        int events = 0;
        for (int i = 0; i < 1000; i++)
        {
            _pv.Timers.Advance(1_000_000);
            events += _pv.IsDelivered(_pv.Vcpu, port) ? 1 : 0;
            _pv.TakeEvents();
        }

        Assert.Equal(10, events);
        Assert.Equal(1, _pv.Timers.JumpTo(_pv.Clock.Ticks + 500_000_000)); // five seconds late: one event
        _pv.Vcpu.Timers.StopPeriodic();
        Assert.Equal(0, _pv.Timers.ArmedCount);
    }

    [Fact]
    public void Runstate_times_add_up()
    {
        Runstate runstate = _pv.Vcpu.Runstate;
        runstate.Area = 64;
        runstate.OnUp();
        Wait(1);
        runstate.OnRun();
        runstate.OnRun();
        Wait(2);
        runstate.OnPreempt();
        Wait(4);
        runstate.OnRun();
        runstate.OnBlock();
        runstate.OnPreempt();
        Wait(8);
        _pv.Vcpu.IsBlocked = true;
        EventChannels.Wake(_pv.Vcpu);
        Wait(16);
        runstate.OnRun();
        Assert.Equal(0u, _pv.Guest.UInt32(64));
        Assert.Equal(2 * Second, Time(0), 1.0);
        Assert.Equal(21 * Second, Time(1), 1.0);
        Assert.Equal(8 * Second, Time(2), 1.0);
        Assert.Equal(0 * Second, Time(3), 1.0);
        Assert.Equal(_pv.Time.Now, _pv.Guest.UInt64(72));
    }

    [Fact]
    public void Marked_updates_end_unmarked()
    {
        _pv.Domain.MarksRunstateUpdates = true;
        _pv.Vcpu.Runstate.Area = 64;
        _pv.Vcpu.Runstate.OnRun();
        Assert.Equal(3, _pv.Guest.Copies);
        Assert.Equal(0UL, _pv.Guest.UInt64(72) >> 63);
        _pv.Vcpu.Runstate.Area = 1 << 20; // no longer mapped: nothing happens
        _pv.Vcpu.Runstate.OnBlock();
    }

    private void Wait(ulong seconds) => _pv.Clock.Ticks += seconds * _pv.Clock.TicksPerSecond;

    private double Time(int state) => _pv.Guest.UInt64((ulong)(80 + (8 * state)));

    private uint BindTimer()
    {
        Assert.Equal(0, _pv.Event(1, 0, 0));
        return _pv.Guest.UInt32(8);
    }
}
