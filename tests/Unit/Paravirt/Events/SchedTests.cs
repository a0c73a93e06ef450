using System;
using Multicosm.Machine;
using Multicosm.Paravirt;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Hypercalls;
using Xunit;

namespace Multicosm.Unit.Paravirt.Events;

public sealed unsafe class SchedTests : IDisposable
{
    private const uint Yield = 0, Block = 1, Shutdown = 2, Poll = 3, ShutdownCode = 5, Watchdog = 6;
    private const ulong Ports = 256;

    private readonly PvFixture _pv = new();

    public void Dispose() => _pv.Dispose();

    [Fact]
    public void Block_unmasks_and_waits_unless_an_event_waits_already()
    {
        Assert.Equal(0, Sched(Block));
        Assert.True(_pv.Vcpu.IsBlocked);
        Assert.Equal(VcpuExitKind.Halt, _pv.Vcpu.Exit.Kind);
        Assert.Equal(0, _pv.Vcpu.Info[SharedLayout.UpcallMask]);
        Assert.Equal(RunstateKind.Blocked, _pv.Vcpu.Runstate.State);
        _pv.Vcpu.Runstate.OnPreempt();
        EventChannels.Notify(_pv.Vcpu);
        Assert.False(_pv.Vcpu.IsBlocked);
        Assert.Equal(RunstateKind.Runnable, _pv.Vcpu.Runstate.State);
        _pv.Vcpu.Info[SharedLayout.UpcallMask] = 1;
        Assert.Equal(0, Sched(Block));
        Assert.False(_pv.Vcpu.IsBlocked);
        Assert.Equal(VcpuExitKind.None, _pv.Vcpu.Exit.Kind);
        Assert.Equal(0, _pv.Vcpu.Info[SharedLayout.UpcallMask]);
    }

    [Fact]
    public void Yield_is_told()
    {
        Assert.Equal(0, Sched(Yield));
        Assert.Equal(VcpuExitKind.Yield, _pv.Vcpu.Exit.Kind);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(2u)]
    [InlineData(3u)]
    public void Shutdown_hands_up_its_reason(uint reason)
    {
        _pv.Guest.UInt32(0) = reason;
        Assert.Equal(0, Sched(Shutdown));
        Assert.Equal(VcpuExitKind.Power, _pv.Vcpu.Exit.Kind);
        Assert.Equal(reason, _pv.Vcpu.Exit.Value);
    }

    [Fact]
    public void A_reason_that_was_given_before_counts()
    {
        _pv.Guest.UInt32(0) = 3;
        Assert.Equal(0, Sched(ShutdownCode));
        Assert.Equal(VcpuExitKind.None, _pv.Vcpu.Exit.Kind);
        _pv.Guest.UInt32(0) = 0;
        Assert.Equal(0, Sched(Shutdown));
        Assert.Equal(3UL, _pv.Vcpu.Exit.Value);
        _pv.Guest.UInt32(0) = 6;
        Assert.Equal(-(long)XenError.Invalid, Sched(Shutdown));
    }

    [Fact]
    public void A_poll_ends_at_an_event_of_its_port_even_if_masked()
    {
        uint port = Ipi(0);
        uint other = Ipi(1);
        _pv.Mask(0) = ulong.MaxValue;
        Assert.Equal(0, StartPoll(0, port));
        Assert.True(_pv.Vcpu.IsBlocked);
        Assert.Equal(0, _pv.Event(4, other));
        Assert.True(_pv.Vcpu.IsBlocked);
        Assert.Equal(0, _pv.Event(4, port));
        Assert.False(_pv.Vcpu.IsBlocked);
        Assert.Equal(0, StartPoll(0, port)); // it is pending already
        Assert.False(_pv.Vcpu.IsBlocked);
    }

    [Fact]
    public void A_poll_of_several_ports_ends_at_each_of_them()
    {
        uint first = Ipi(0);
        uint second = Ipi(0);
        _pv.Mask(0) = ulong.MaxValue;
        Assert.Equal(0, StartPoll(0, first, second));
        Assert.True(_pv.Vcpu.IsBlocked);
        Assert.Equal(0, _pv.Event(4, second));
        Assert.False(_pv.Vcpu.IsBlocked);
    }

    [Fact]
    public void A_poll_ends_at_its_time_limit()
    {
        Assert.Equal(0, StartPoll(1_000_000_000, Ipi(0)));
        Assert.True(_pv.Vcpu.IsBlocked);
        Assert.Equal(1, _pv.Timers.ArmedCount);
        _pv.Timers.Advance(100_001_000);
        Assert.False(_pv.Vcpu.IsBlocked);
        Assert.Equal(0, StartPoll(2_000_000_000, Ipi(0)));
        EventChannels.Notify(_pv.Vcpu);
        Assert.Equal(0, _pv.Timers.ArmedCount); // it was woken before
    }

    [Fact]
    public void Odd_polls_are_refused()
    {
        Assert.Equal(-(long)XenError.Invalid, StartPoll(0, 0));
        Assert.Equal(-(long)XenError.Invalid, StartPoll(0, 4096));
        Assert.Equal(0, StartPoll(1, 4095)); // nobody's, but one that there may be
        _pv.Timers.Advance(1);
        Assert.Equal(-(long)XenError.Invalid, StartPoll(0, new uint[129]));
        Assert.Equal(-(long)XenError.Fault, SchedHypercalls.Invoke(_pv.Vcpu, Poll, 1 << 20));
        _pv.Guest.UInt64(0) = ulong.MaxValue;
        _pv.Guest.UInt32(8) = 1;
        Assert.Equal(-(long)XenError.Fault, Sched(Poll));
        Assert.False(_pv.Vcpu.IsBlocked);
    }

    [Fact]
    public void A_watchdog_that_is_not_set_again_ends_the_domain()
    {
        Assert.Equal(1, SetWatchdog(0, 2));
        Assert.Equal(2, SetWatchdog(0, 10));
        Assert.Equal(-(long)XenError.NoSpace, SetWatchdog(0, 2));
        _pv.Timers.Advance(150_000_000);
        Assert.Equal(0, SetWatchdog(1, 2));
        _pv.Timers.Advance(150_000_000);
        Assert.False(_pv.Domain.Watchdogs.HasExpired);
        _pv.Vcpu.IsBlocked = true;
        _pv.Timers.Advance(60_000_000);
        Assert.True(_pv.Domain.Watchdogs.HasExpired);
        Assert.False(_pv.Vcpu.IsBlocked); // the run loop is to see it
        _pv.Domain.Watchdogs.Reset();
        Assert.False(_pv.Domain.Watchdogs.HasExpired);
        Assert.Equal(0, _pv.Timers.ArmedCount);
    }

    [Fact]
    public void Odd_watchdogs_are_refused()
    {
        Assert.Equal(-(long)XenError.Invalid, SetWatchdog(0, 0));
        Assert.Equal(-(long)XenError.Invalid, SetWatchdog(1, 5));
        Assert.Equal(-(long)XenError.Invalid, SetWatchdog(3, 5));
        Assert.Equal(1, SetWatchdog(0, uint.MaxValue));
        Assert.Equal(0, SetWatchdog(1, 0));
        Assert.Equal(-(long)XenError.Invalid, SetWatchdog(1, 0));
    }

    [Theory]
    [InlineData(4u, (int)XenError.NotPermitted)]
    [InlineData(7u, (int)XenError.NotPermitted)]
    [InlineData(8u, (int)XenError.NoSystemCall)]
    public void Other_commands_are_refused(uint command, int error) => Assert.Equal(-(long)error, Sched(command));

    private long Sched(uint command)
    {
        _pv.Vcpu.Exit = default;
        return SchedHypercalls.Invoke(_pv.Vcpu, command, 0);
    }

    private long SetWatchdog(uint number, uint seconds)
    {
        _pv.Guest.UInt32(0) = number;
        _pv.Guest.UInt32(4) = seconds;
        return Sched(Watchdog);
    }

    private uint Ipi(uint vcpu)
    {
        Assert.Equal(0, _pv.Event(7, vcpu));
        return _pv.Guest.UInt32(4);
    }

    private long StartPoll(ulong timeout, params uint[] ports)
    {
        for (int i = 0; i < ports.Length; i++)
        {
            _pv.Guest.UInt32(Ports + (ulong)(4 * i)) = ports[i];
        }

        _pv.Guest.UInt64(0) = Ports;
        _pv.Guest.UInt64(8) = (uint)ports.Length;
        _pv.Guest.UInt64(16) = timeout;
        return Sched(Poll);
    }
}
