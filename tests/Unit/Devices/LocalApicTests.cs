using Multicosm.Devices.Apic;
using Multicosm.Devices.Legacy;
using Xunit;

namespace Multicosm.Unit.Devices;

public class LocalApicTests
{
    private const int Tpr = 0x80;
    private const int Ppr = 0xA0;
    private const int Eoi = 0xB0;
    private const int Ldr = 0xD0;
    private const int Dfr = 0xE0;
    private const int Svr = 0xF0;
    private const int Isr = 0x100;
    private const int Tmr = 0x180;
    private const int Irr = 0x200;
    private const int Esr = 0x280;
    private const int IcrLow = 0x300;
    private const int IcrHigh = 0x310;
    private const int LvtTimer = 0x320;
    private const int LvtLint0 = 0x350;
    private const int LvtLint1 = 0x360;
    private const int LvtError = 0x370;
    private const int InitialCount = 0x380;
    private const int CurrentCount = 0x390;
    private const int Divide = 0x3E0;
    private const uint SelfIpi = 0x40000;

    private readonly FakeClock _clock = new() { Ticks = 5_000 };
    private readonly FakeTimers _timers;
    private readonly ApicBus _bus = new();
    private readonly LocalApic _apic;

    public LocalApicTests()
    {
        _timers = new FakeTimers(_clock);
        _apic = new LocalApic(0, new ArrayApicRegisters(), _clock, _timers);
        Assert.True(_bus.TryAdd(_apic));
    }

    [Fact]
    public void Power_on_state_is_the_manuals()
    {
        Assert.Equal(0xFEE00900UL, Msr(0x1B));
        Assert.Equal(0xFFu, Get(Svr));
        Assert.Equal(0xFFFFFFFFu, Get(Dfr));
        Assert.Equal(0x01050014u, Get(0x30));
        for (int lvt = LvtTimer; lvt <= LvtError; lvt += 0x10)
        {
            Assert.Equal(0x10000u, Get(lvt));
        }

        Assert.False(_apic.IsPending);
    }

    [Fact]
    public void Virtual_wire_takes_the_8259s_interrupt()
    {
        Pic8259Pair pic = new(_apic.ExternalInput);
        _apic.ConnectPic(pic);
        pic.Reset();
        pic.Write(0x20, 1, 0x11);
        pic.Write(0x21, 1, 0x30);
        pic.Write(0x21, 1, 0x04);
        pic.Write(0x21, 1, 0x01);
        pic.SetInput(0, true);
        Assert.False(_apic.IsPending); // power-on: LINT0 is masked
        _apic.SetVirtualWire();
        Assert.True(_apic.IsPending);
        Assert.True(_apic.TryAcknowledge(out byte vector));
        Assert.Equal(0x30, vector);
        Assert.False(_apic.IsPending);
        Assert.Equal(0u, Get(Isr + 0x10)); // ExtINT does not come into the APIC's service
    }

    [Fact]
    public void Task_priority_does_not_hold_back_ExtINT_but_masking_LINT0_does()
    {
        _apic.SetVirtualWire();
        _apic.TaskPriority = 0xF0;
        _apic.SetExternalInterrupt(true);
        Assert.True(_apic.IsPending);
        Set(LvtLint0, 0x10700);
        Assert.False(_apic.IsPending);
    }

    [Fact]
    public void Higher_vectors_come_first_and_need_a_higher_class_than_what_is_in_service()
    {
        Enable();
        SendSelf(0x31);
        SendSelf(0x45);
        Assert.Equal(0x45, Acknowledge());
        Assert.Equal(0x40u, Get(Ppr));
        Assert.False(_apic.IsPending);
        SendSelf(0x4F);
        Assert.False(_apic.IsPending); // the same class
        SendSelf(0x50);
        Assert.True(_apic.IsPending);
        Assert.Equal(0x50, Acknowledge());
        Set(Eoi, 0);
        Assert.False(_apic.IsPending);
        Set(Eoi, 0);
        Assert.Equal(0x4F, Acknowledge());
        Set(Eoi, 0);
        Assert.Equal(0x31, Acknowledge());
        Set(Eoi, 0);
        Set(Eoi, 0); // nothing in service: ignored
        Assert.False(_apic.TryAcknowledge(out _));
    }

    [Fact]
    public void Request_and_service_registers_show_the_vectors()
    {
        Enable();
        SendSelf(0x83);
        Assert.Equal(1u << 3, Get(Irr + 0x40));
        Acknowledge();
        Assert.Equal(0u, Get(Irr + 0x40));
        Assert.Equal(1u << 3, Get(Isr + 0x40));
        Assert.Equal(0u, Get(Tmr + 0x40));
    }

    [Fact]
    public void Task_priority_holds_back_its_class_and_below()
    {
        Enable();
        Set(Tpr, 0x50);
        SendSelf(0x5F);
        Assert.False(_apic.IsPending);
        Assert.Equal(0x50, _apic.TaskPriority);
        _apic.TaskPriority = 0x40;
        Assert.True(_apic.IsPending);
        Assert.Equal(0x40u, Get(Tpr));
        Assert.Equal(0x40u, Get(Ppr));
    }

    [Fact]
    public void A_software_disabled_APIC_takes_no_interrupts_and_masks_its_vectors()
    {
        SendSelf(0x40);
        Assert.False(_apic.IsPending);
        Enable();
        Set(LvtTimer, 0x40);
        Set(Svr, 0x0FF);
        Assert.Equal(0x10040u, Get(LvtTimer));
        Set(LvtTimer, 0x41);
        Assert.Equal(0x10041u, Get(LvtTimer));
    }

    [Fact]
    public void One_shot_timer_counts_down_and_fires_once()
    {
        Enable();
        Set(LvtTimer, 0x40);
        Set(Divide, 0x3); // by 16
        Set(InitialCount, 1000);
        _timers.Advance(8000);
        Assert.Equal(500u, Get(CurrentCount));
        Assert.False(_apic.IsPending);
        _timers.Advance(8000);
        Assert.Equal(0x40, Acknowledge());
        Assert.Equal(0u, Get(CurrentCount));
        Set(Eoi, 0);
        _timers.Advance(1_000_000);
        Assert.False(_apic.IsPending);
    }

    [Theory]
    [InlineData(0x0u, 2)]
    [InlineData(0x1u, 4)]
    [InlineData(0x2u, 8)]
    [InlineData(0x3u, 16)]
    [InlineData(0x8u, 32)]
    [InlineData(0x9u, 64)]
    [InlineData(0xAu, 128)]
    [InlineData(0xBu, 1)]
    public void Divide_configurations(uint configuration, int divisor)
    {
        Enable();
        Set(Divide, configuration);
        Set(InitialCount, 1000);
        _clock.Ticks += (ulong)(100 * divisor);
        Assert.Equal(900u, Get(CurrentCount));
    }

    [Fact]
    public void Periodic_timer_fires_each_period_and_late_ones_are_one()
    {
        Enable();
        Set(LvtTimer, 0x20040);
        Set(Divide, 0xB);
        Set(InitialCount, 100_000);
        int fired = 0;
        for (int i = 0; i < 50; i++)
        {
            _timers.Advance(20_000);
            while (_apic.IsPending)
            {
                Acknowledge();
                Set(Eoi, 0);
                fired++;
            }
        }

        Assert.Equal(10, fired);
        Assert.Equal(1, _timers.JumpTo(_clock.Ticks + 1_050_000));
        Assert.Equal(50_000u, Get(CurrentCount));
        _timers.Advance(49_999);
        Acknowledge();
        Set(Eoi, 0);
        Assert.False(_apic.IsPending);
        _timers.Advance(1);
        Assert.True(_apic.IsPending);
        Set(InitialCount, 0);
        Assert.Equal(0, _timers.ArmedCount);
    }

    [Fact]
    public void The_shortest_period_does_not_flood_the_host()
    {
        Enable();
        Set(LvtTimer, 0x20040);
        Set(Divide, 0xB);
        Set(InitialCount, 1);
        Assert.True(_timers.NextDeadline - _clock.Ticks >= 1000);
        Assert.Equal(1, _timers.JumpTo(_clock.Ticks + 100_000_000));
    }

    [Fact]
    public void A_fast_clock_is_divided_by_a_power_of_two()
    {
        LocalApic apic = new(0, new ArrayApicRegisters(), new FakeClock(3_200_000_000), _timers);
        Assert.Equal(800_000_000UL, apic.TimerHertz);
        Assert.Equal(100_000_000UL, _apic.TimerHertz);
    }

    [Fact]
    public void Deadline_timer_uses_the_guests_time_stamp_counter()
    {
        Enable();
        _apic.TscOffset = unchecked((ulong)-5_000L); // the guest's counter began at 0 when ours was at 5000
        Assert.True(_apic.TryWriteMsr(0x6E0, 1_000));
        Assert.Equal(0UL, Msr(0x6E0)); // not in deadline mode: ignored
        Set(LvtTimer, 0x40041);
        Assert.True(_apic.TryWriteMsr(0x6E0, 1_000));
        Assert.Equal(1_000UL, Msr(0x6E0));
        _timers.AdvanceTo(5_999);
        Assert.False(_apic.IsPending);
        _timers.AdvanceTo(6_000);
        Assert.Equal(0x41, Acknowledge());
        Assert.Equal(0UL, Msr(0x6E0));
        Set(Eoi, 0);
        Assert.True(_apic.TryWriteMsr(0x6E0, 10)); // past: at once
        Assert.Equal(0x41, Acknowledge());
        Set(Eoi, 0);
        Assert.True(_apic.TryWriteMsr(0x6E0, ulong.MaxValue)); // far future, not past
        _timers.Advance(1_000_000_000);
        Assert.False(_apic.IsPending);
        Assert.True(_apic.TryWriteMsr(0x6E0, 0));
        Assert.Equal(0, _timers.ArmedCount);
        Set(InitialCount, 1000); // ignored in deadline mode
        Assert.Equal(0u, Get(CurrentCount));
    }

    [Fact]
    public void Leaving_deadline_mode_disarms()
    {
        Enable();
        Set(LvtTimer, 0x40041);
        Assert.True(_apic.TryWriteMsr(0x6E0, 1_000_000));
        Set(LvtTimer, 0x00041);
        Assert.Equal(0, _timers.ArmedCount);
    }

    [Fact]
    public void LINT1_gives_an_NMI_at_its_edge()
    {
        _apic.SetVirtualWire();
        _apic.SetLint1(true);
        Assert.True(_apic.IsNmiPending);
        _apic.IsNmiPending = false;
        _apic.SetLint1(true);
        Assert.False(_apic.IsNmiPending);
    }

    [Fact]
    public void A_level_triggered_local_interrupt_comes_again_while_the_wire_is_high()
    {
        Enable();
        Set(LvtLint0, 0x8041);
        _apic.SetExternalInterrupt(true);
        Assert.Equal(0xC041u, Get(LvtLint0));
        Assert.Equal(0x41, Acknowledge());
        Set(Eoi, 0);
        Assert.True(_apic.IsPending);
        Assert.Equal(0x41, Acknowledge());
        _apic.SetExternalInterrupt(false);
        Set(Eoi, 0);
        Assert.False(_apic.IsPending);
        Assert.Equal(0x8041u, Get(LvtLint0));
    }

    [Fact]
    public void Illegal_vectors_and_registers_are_errors()
    {
        Enable();
        Set(LvtError, 0xFE);
        SendSelf(0x0F);
        Assert.Equal(0xFE, Acknowledge());
        Set(Eoi, 0);
        Get(0x3A0);
        Set(Esr, 0);
        Assert.Equal(0xA0u, Get(Esr)); // send illegal vector, illegal register
        Set(Esr, 0);
        Assert.Equal(0u, Get(Esr));
        Set(LvtError, 0x00); // an error vector that is itself illegal
        SendSelf(0x01);
        Set(Esr, 0);
        Assert.Equal(0x60u, Get(Esr));
    }

    [Fact]
    public void Destinations_physical_logical_flat_and_cluster()
    {
        LocalApic other = new(1, new ArrayApicRegisters(), _clock, _timers);
        Assert.True(_bus.TryAdd(other));
        Enable();
        other.Page.Write(Svr, 4, 0x1FF);
        Send(0x40, 1u << 24);
        AssertPending(false, other, true);
        Send(0x41, 0xFFu << 24);
        AssertPending(true, other, true);
        Set(Ldr, 0x01000000);
        other.Page.Write(Ldr, 4, 0x02000000);
        Send(0x0800 | 0x42, 2u << 24);
        AssertPending(false, other, true);
        Send(0x0800 | 0x43, 3u << 24);
        AssertPending(true, other, true);
        Set(Dfr, 0x0FFFFFFF);
        other.Page.Write(Dfr, 4, 0x0FFFFFFF);
        other.Page.Write(Ldr, 4, 0x11000000);
        Send(0x0800 | 0x44, 0x11u << 24);
        AssertPending(false, other, true);
        Send(0xC0000 | 0x45, 0); // all but self
        AssertPending(false, other, true);
        Send(0x80000 | 0x46, 0); // all
        AssertPending(true, other, true);
        other.Page.Write(Tpr, 4, 0x20);
        Set(Dfr, 0xFFFFFFFF);
        other.Page.Write(Dfr, 4, 0xFFFFFFFF);
        other.Page.Write(Ldr, 4, 0x02000000);
        Send(0x0900 | 0x47, 3u << 24); // lowest priority
        AssertPending(true, other, false);
    }

    [Fact]
    public void INIT_and_start_up_are_recorded()
    {
        LocalApic other = new(1, new ArrayApicRegisters(), _clock, _timers);
        Assert.True(_bus.TryAdd(other));
        Send(0xC500, 1u << 24);
        Assert.True(other.IsInitPending);
        Send(0x8500, 1u << 24); // de-assert
        Send(0x0699, 1u << 24);
        Assert.True(other.IsStartupPending);
        Assert.Equal(0x99, other.StartupPage);
        Assert.False(_apic.IsInitPending);
        other.ClearStartup();
        Assert.False(other.IsInitPending || other.IsStartupPending);
        Send(0x0400, 1u << 24);
        Assert.True(other.IsNmiPending);
    }

    [Fact]
    public void Mode_transitions_follow_the_manual()
    {
        Assert.False(_apic.TryWriteMsr(0x1B, 0xFEE00500)); // EXTD without EN
        Assert.False(_apic.TryWriteMsr(0x1B, 0xFEE00901)); // reserved bit
        Assert.False(_apic.TryWriteMsr(0x1B, 0xFED00900)); // other address
        Assert.True(_apic.TryWriteMsr(0x1B, 0xFEE00D00));
        Assert.Equal(0xFEE00D00UL, Msr(0x1B));
        Assert.False(_apic.TryWriteMsr(0x1B, 0xFEE00900)); // x2APIC to xAPIC
        Assert.Equal(0xFFFFFFFFUL, _apic.Page.Read(Svr, 4) & 0xFFFFFFFF);
        Assert.True(_apic.TryWriteMsr(0x1B, 0xFEE00100));
        Assert.False(_apic.TryWriteMsr(0x1B, 0xFEE00D00)); // disabled to x2APIC
        Assert.True(_apic.TryWriteMsr(0x1B, 0xFEE00900));
        Assert.Equal(0xFFu, Get(Svr));
    }

    [Fact]
    public void Switched_off_it_is_as_if_LINT0_were_INTR()
    {
        Assert.True(_apic.TryWriteMsr(0x1B, 0xFEE00100));
        _apic.SetExternalInterrupt(true);
        Assert.True(_apic.IsPending);
        Assert.Equal(ulong.MaxValue, _apic.Page.Read(0x20, 8));
    }

    [Fact]
    public void X2APIC_registers()
    {
        LocalApic apic = new(0x25, new ArrayApicRegisters(), _clock, _timers);
        Assert.False(apic.TryReadMsr(0x802, out _)); // not in x2APIC mode
        Assert.False(apic.TryWriteMsr(0x80B, 0));
        Assert.True(apic.TryWriteMsr(0x1B, 0xFEE00C00));
        Assert.True(apic.TryReadMsr(0x802, out ulong value));
        Assert.Equal(0x25UL, value);
        Assert.True(apic.TryReadMsr(0x80D, out value));
        Assert.Equal(0x00020020UL, value);
        Assert.True(apic.TryWriteMsr(0x80F, 0x1FF));
        Assert.True(apic.TryWriteMsr(0x83F, 0x61));
        Assert.True(apic.IsPending);
        Assert.True(apic.TryAcknowledge(out byte vector));
        Assert.Equal(0x61, vector);
        Assert.True(apic.TryReadMsr(0x813, out value));
        Assert.Equal(2UL, value);
        Assert.True(apic.TryWriteMsr(0x80B, 0));
        Assert.True(apic.TryReadMsr(0x813, out value));
        Assert.Equal(0UL, value);
    }

    [Fact]
    public void X2APIC_interrupt_command_has_64_bits()
    {
        Assert.True(_apic.TryWriteMsr(0x1B, 0xFEE00D00));
        Assert.True(_apic.TryWriteMsr(0x80F, 0x1FF));
        Assert.True(_apic.TryWriteMsr(0x830, 0x0000000100000855)); // logical: cluster 0, member 0
        Assert.Equal(0x0000000100000855UL, Msr(0x830));
        Assert.Equal(0x55, Acknowledge());
        Assert.True(_apic.TryWriteMsr(0x830, 0xFFFFFFFF00000066));
        Assert.True(_apic.IsPending);
    }

    [Theory]
    [InlineData(0x802u, 0UL)] // read-only
    [InlineData(0x803u, 0UL)]
    [InlineData(0x80Au, 0UL)]
    [InlineData(0x80Du, 0UL)]
    [InlineData(0x80Eu, 0UL)] // no DFR
    [InlineData(0x810u, 0UL)]
    [InlineData(0x831u, 0UL)] // no high half
    [InlineData(0x839u, 0UL)]
    [InlineData(0x83Au, 0UL)]
    [InlineData(0x808u, 0x100UL)]
    [InlineData(0x80Bu, 1UL)]
    [InlineData(0x80Fu, 0x400UL)]
    [InlineData(0x80Fu, 0x2000UL)]
    [InlineData(0x828u, 1UL)]
    [InlineData(0x830u, 0x2000UL)]
    [InlineData(0x830u, 0x100000UL)]
    [InlineData(0x832u, 0x100UL)]
    [InlineData(0x835u, 0x20000UL)]
    [InlineData(0x837u, 0x100UL)]
    [InlineData(0x838u, 0x100000000UL)]
    [InlineData(0x83Eu, 4UL)]
    [InlineData(0x83Fu, 0x100UL)]
    [InlineData(0x840u, 0UL)]
    [InlineData(0x800u, 0UL)]
    [InlineData(0x1Cu, 0UL)]
    public void X2APIC_writes_that_fault(uint index, ulong value)
    {
        Assert.True(_apic.TryWriteMsr(0x1B, 0xFEE00D00));
        Assert.False(_apic.TryWriteMsr(index, value));
    }

    [Theory]
    [InlineData(0x800u)]
    [InlineData(0x80Bu)]
    [InlineData(0x80Eu)]
    [InlineData(0x831u)]
    [InlineData(0x82Fu)]
    [InlineData(0x83Fu)]
    [InlineData(0x840u)]
    [InlineData(0xFFFFFFFFu)]
    public void X2APIC_reads_that_fault(uint index)
    {
        Assert.True(_apic.TryWriteMsr(0x1B, 0xFEE00D00));
        Assert.False(_apic.TryReadMsr(index, out _));
    }

    [Fact]
    public void Reset_brings_back_power_on_state()
    {
        Enable();
        SendSelf(0x40);
        Set(LvtTimer, 0x20040);
        Set(InitialCount, 1000);
        Assert.True(_apic.TryWriteMsr(0x1B, 0xFEE00D00));
        _apic.Reset();
        Assert.False(_apic.IsPending);
        Assert.Equal(0, _timers.ArmedCount);
        Power_on_state_is_the_manuals();
    }

    private void Enable() => Set(Svr, 0x1FF);

    private void SendSelf(byte vector) => Set(IcrLow, SelfIpi | vector);

    private void Send(uint low, uint high)
    {
        Set(IcrHigh, high);
        Set(IcrLow, low);
    }

    private byte Acknowledge()
    {
        Assert.True(_apic.IsPending);
        Assert.True(_apic.TryAcknowledge(out byte vector));
        return vector;
    }

    private void AssertPending(bool expected, LocalApic other, bool otherExpected)
    {
        Assert.Equal(expected, _apic.IsPending);
        Assert.Equal(otherExpected, other.IsPending);
        Drain(_apic);
        Drain(other);
    }

    private static void Drain(LocalApic apic)
    {
        while (apic.TryAcknowledge(out _))
        {
            apic.Page.Write(Eoi, 4, 0);
        }
    }

    private ulong Msr(uint index)
    {
        Assert.True(_apic.TryReadMsr(index, out ulong value));
        return value;
    }

    private uint Get(int offset) => (uint)_apic.Page.Read((ulong)offset, 4);

    private void Set(int offset, uint value) => _apic.Page.Write((ulong)offset, 4, value);
}
