using Multicosm.Devices.Apic;
using Multicosm.Devices.Legacy;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Devices;

/// <summary>A local APIC whose registers a processor shares (SDM 3C, "APIC Virtualization and Virtual Interrupts"): the tests play the processor.</summary>
public sealed class SharedApicTests
{
    private const int Id = 0x20;
    private const int Tpr = 0x80;
    private const int Isr = 0x100;
    private const int Tmr = 0x180;
    private const int Irr = 0x200;
    private const int LvtLint0 = 0x350;
    private const int LvtLint1 = 0x360;
    private const byte Low = 0x31;
    private const byte High = 0x91;

    private readonly SharedRegisters _registers = new();
    private readonly FakeClock _clock = new();
    private readonly ApicBus _bus = new();
    private readonly LocalApic _apic;

    public SharedApicTests()
    {
        _apic = new LocalApic(0, _registers, _clock, new FakeTimers(_clock));
        Assert.True(_bus.TryAdd(_apic));
        Write(0xF0, 0x1FF);
        _apic.HasChanged = false;
    }

    [Fact]
    public void A_request_is_the_processors_to_deliver()
    {
        Send(Low);
        Assert.True(_apic.IsShared);
        Assert.True(_apic.HasChanged);
        Assert.False(_apic.IsPending);
        Assert.Equal(Low, _apic.HighestRequest);
        Assert.Equal(-1, _apic.HighestInService);
        Assert.True(_apic.IsDeliverable);
    }

    [Fact]
    public void What_the_processor_took_is_no_longer_requested_and_holds_back_its_class()
    {
        Send(High);
        Send(Low);
        Move(Irr, Isr, High);
        Assert.Equal(Low, _apic.HighestRequest);
        Assert.Equal(High, _apic.HighestInService);
        Assert.False(_apic.IsDeliverable);
        Clear(Isr, High);
        Assert.True(_apic.IsDeliverable);
        _registers.Write(Tpr, 0x30);
        Assert.False(_apic.IsDeliverable);
    }

    [Fact]
    public void A_request_that_the_processor_made_itself_counts()
    {
        _registers.Write(Irr + ((Low >> 5) << 4), 1u << (Low & 31));
        Assert.Equal(Low, _apic.HighestRequest);
        Assert.True(_apic.IsDeliverable);
    }

    [Fact]
    public void A_disabled_APIC_requests_nothing()
    {
        Send(Low);
        _apic.HasChanged = false;
        Write(0xF0, 0xFF);
        Assert.True(_apic.HasChanged);
        Assert.False(_apic.IsShared);
        Assert.Equal(-1, _apic.HighestRequest);
        Assert.False(_apic.IsDeliverable);
        Assert.False(_apic.IsPending);
        Write(0xF0, 0x1FF);
        Assert.True(_apic.IsShared);
        Assert.Equal(Low, _apic.HighestRequest);
    }

    [Fact]
    public void In_x2APIC_mode_it_is_as_without_the_processor_and_keeps_its_requests()
    {
        Send(Low);
        _apic.HasChanged = false;
        Assert.True(_apic.TryWriteMsr(0x1B, 0xFEE00D00));
        Assert.False(_apic.IsShared);
        Assert.True(_apic.HasChanged);
        Assert.True(_apic.IsPending);
        Assert.True(_apic.TryAcknowledge(out byte vector));
        Assert.Equal(Low, vector);
        Assert.Equal(Low, _apic.HighestInService);
    }

    [Fact]
    public void Switched_off_and_on_it_is_shared_again()
    {
        Assert.True(_apic.TryWriteMsr(0x1B, 0xFEE00100));
        Assert.False(_apic.IsShared);
        _apic.HasChanged = false;
        Assert.True(_apic.TryWriteMsr(0x1B, 0xFEE00900));
        Assert.False(_apic.IsShared); // as after reset: still off by software
        Assert.True(_apic.HasChanged);
        Write(0xF0, 0x1FF);
        Assert.True(_apic.IsShared);
    }

    [Fact]
    public void The_8259s_interrupt_still_waits_for_injection()
    {
        Pic8259Pair pic = new(_apic.ExternalInput);
        _apic.ConnectPic(pic);
        Write(LvtLint0, 0x700);
        _apic.SetExternalInterrupt(true);
        Assert.True(_apic.IsPending);
        Assert.True(_apic.IsDeliverable);
        Send(High);
        Assert.True(_apic.TryAcknowledge(out _));
        _apic.SetExternalInterrupt(false);
        Assert.False(_apic.TryAcknowledge(out _)); // the processor's
        Assert.Equal(High, _apic.HighestRequest);
    }

    [Fact]
    public void What_the_guest_stored_over_read_only_bits_is_put_right()
    {
        _registers.Write(Id, 0x7000000);
        Write(Id, 0x7000000);
        Assert.Equal(0u, _registers.Read(Id));

        // LINT1 as a level: its remote IRR stays, whatever a guest's write says.
        Write(LvtLint1, 0x8000 | Low);
        _apic.SetLint1(true);
        Assert.Equal(0x4000u, _registers.Read(LvtLint1) & 0x4000);
        _registers.Write(LvtLint1, 0x8000 | Low);
        Write(LvtLint1, 0x8000 | Low);
        Assert.Equal(0x4000u, _registers.Read(LvtLint1) & 0x4000);
    }

    [Fact]
    public void The_end_of_a_level_interrupt_offers_a_line_that_still_stands_again()
    {
        Write(LvtLint1, 0x8000 | Low);
        _apic.SetLint1(true);
        Assert.Equal(1u << (Low & 31), _registers.Read(Tmr + ((Low >> 5) << 4)));
        Move(Irr, Isr, Low);
        Assert.Equal(-1, _apic.HighestRequest);
        Clear(Isr, Low);
        _apic.HasChanged = false;
        _apic.OnEndOfInterrupt(Low);
        Assert.Equal(Low, _apic.HighestRequest);
        Assert.True(_apic.HasChanged);
    }

    private void Send(byte vector) => Write(0x300, 0x40000u | vector);

    // As after an APIC-write exit: the processor has stored the value already.
    private void Write(int offset, uint value)
    {
        _registers.Write(offset, value);
        _apic.Page.Write((ulong)offset, 4, value);
    }

    private void Move(int from, int to, byte vector)
    {
        Clear(from, vector);
        int register = to + ((vector >> 5) << 4);
        _registers.Write(register, _registers.Read(register) | (1u << (vector & 31)));
    }

    private void Clear(int set, byte vector)
    {
        int register = set + ((vector >> 5) << 4);
        _registers.Write(register, _registers.Read(register) & ~(1u << (vector & 31)));
    }

    private sealed class SharedRegisters : ApicRegisters
    {
        private readonly uint[] _values = new uint[256];

        public override bool IsProcessorPage => true;

        public override uint Read(int offset) => _values[offset >> 4];

        public override void Write(int offset, uint value) => _values[offset >> 4] = value;

        public override void Clear() => System.Array.Clear(_values);
    }
}
