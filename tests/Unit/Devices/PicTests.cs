using Multicosm.Devices.Legacy;
using Xunit;

namespace Multicosm.Unit.Devices;

public class PicTests
{
    private readonly FakeIntr _intr = new();
    private readonly Pic8259Pair _pic;

    public PicTests()
    {
        _pic = new Pic8259Pair(_intr);
        _pic.Reset();
    }

    [Fact]
    public void After_initialization_an_edge_raises_INTR_and_gives_the_vector_once()
    {
        Initialize();
        _pic.SetInput(4, true);
        Assert.True(_intr.IsHigh);
        Assert.Equal(0x24, _pic.Acknowledge());
        Assert.False(_intr.IsHigh);
        Assert.Equal(0x10, InService(master: true));
        Out(0x20, 0x20);
        Assert.False(_intr.IsHigh); // the wire is still high: no new edge
        _pic.SetInput(4, false);
        _pic.SetInput(4, true);
        Assert.True(_intr.IsHigh);
    }

    [Fact]
    public void A_pulse_is_latched() // OUT of the timer is low again when the guest looks
    {
        Initialize();
        _pic.SetInput(0, true);
        _pic.SetInput(0, false);
        Assert.Equal(0x20, _pic.Acknowledge());
    }

    [Fact]
    public void The_slave_goes_through_input_2_and_each_needs_its_own_EOI()
    {
        Initialize();
        _pic.SetInput(8, true);
        Assert.True(_intr.IsHigh);
        Assert.Equal(0x28, _pic.Acknowledge());
        Assert.Equal(0x04, InService(master: true));
        Assert.Equal(0x01, InService(master: false));
        _pic.SetInput(12, true);
        Assert.False(_intr.IsHigh);
        Out(0xA0, 0x20);
        Assert.False(_intr.IsHigh);
        Out(0x20, 0x20);
        Assert.True(_intr.IsHigh);
        Assert.Equal(0x2C, _pic.Acknowledge());
    }

    [Fact]
    public void A_higher_priority_interrupts_a_lower_one_but_not_the_other_way_round()
    {
        Initialize();
        _pic.SetInput(4, true);
        _ = _pic.Acknowledge();
        _pic.SetInput(5, true);
        Assert.False(_intr.IsHigh);
        _pic.SetInput(1, true);
        Assert.True(_intr.IsHigh);
        Assert.Equal(0x21, _pic.Acknowledge());
        Out(0x20, 0x20); // ends 1
        Assert.Equal(0x10, InService(master: true));
        Assert.False(_intr.IsHigh);
        Out(0x20, 0x20);
        Assert.Equal(0x25, _pic.Acknowledge());
    }

    [Fact]
    public void Masks_hold_back_and_let_go()
    {
        Initialize();
        Out(0x21, 0x10);
        _pic.SetInput(4, true);
        Assert.False(_intr.IsHigh);
        Assert.Equal(0x10, Requests(master: true));
        Assert.Equal(0x10, In(0x21));
        Out(0x21, 0x00);
        Assert.True(_intr.IsHigh);
    }

    [Fact]
    public void An_acknowledge_without_a_request_is_spurious_and_nothing_comes_into_service()
    {
        Initialize();
        Out(0x4D0, 0x20); // level: a request can go away
        _pic.SetInput(5, true);
        _pic.SetInput(5, false);
        Assert.False(_intr.IsHigh);
        Assert.Equal(0x27, _pic.Acknowledge());
        Assert.Equal(0, InService(master: true));
    }

    [Fact]
    public void A_level_input_asks_again_after_its_EOI_while_the_wire_is_high()
    {
        Initialize();
        Out(0x4D1, 0x02); // IRQ 9
        _pic.SetInput(9, true);
        Assert.Equal(0x29, _pic.Acknowledge());
        Out(0xA0, 0x20);
        Out(0x20, 0x20);
        Assert.True(_intr.IsHigh);
        _pic.SetInput(9, false);
        Assert.False(_intr.IsHigh);
    }

    [Fact]
    public void Inputs_0_1_2_8_and_13_are_always_edge_triggered()
    {
        Out(0x4D0, 0xFF);
        Out(0x4D1, 0xFF);
        Assert.Equal(0xF8, In(0x4D0));
        Assert.Equal(0xDE, In(0x4D1));
    }

    [Fact]
    public void Automatic_EOI_leaves_nothing_in_service_and_can_rotate()
    {
        Out(0x20, 0x11);
        Out(0x21, 0x20);
        Out(0x21, 0x04);
        Out(0x21, 0x03);
        Out(0x20, 0x80); // rotate in automatic EOI mode
        _pic.SetInput(0, true);
        Assert.Equal(0x20, _pic.Acknowledge());
        Assert.Equal(0, InService(master: true));
        _pic.SetInput(0, false);
        _pic.SetInput(0, true);
        _pic.SetInput(1, true);
        Assert.Equal(0x21, _pic.Acknowledge()); // 0 is the lowest now
        Assert.Equal(0x20, _pic.Acknowledge());
    }

    [Fact]
    public void Rotation_on_EOI_and_set_priority_move_the_lowest_priority()
    {
        Initialize();
        _pic.SetInput(3, true);
        _ = _pic.Acknowledge();
        Out(0x20, 0xA0); // rotate on non-specific EOI: 3 becomes the lowest, 4 the highest
        _pic.SetInput(4, true);
        _pic.SetInput(1, true);
        Assert.Equal(0x24, _pic.Acknowledge());
        Out(0x20, 0x64); // specific EOI of 4
        Assert.Equal(0x21, _pic.Acknowledge());
        Out(0x20, 0xE1); // rotate on specific EOI of 1
        Assert.Equal(0, InService(master: true));
        Out(0x20, 0xC7); // set priority: 7 is the lowest again
        _pic.SetInput(6, true);
        _pic.SetInput(0, true);
        Assert.Equal(0x20, _pic.Acknowledge());
    }

    [Fact]
    public void Special_mask_mode_lets_lower_priorities_through_a_masked_service()
    {
        Initialize();
        _pic.SetInput(1, true);
        _ = _pic.Acknowledge();
        _pic.SetInput(6, true);
        Assert.False(_intr.IsHigh);
        Out(0x21, 0x02);
        Out(0x20, 0x68);
        Assert.True(_intr.IsHigh);
        Assert.Equal(0x26, _pic.Acknowledge());
        Out(0x20, 0x20); // non-specific EOI passes over the masked input 1
        Assert.Equal(0x02, InService(master: true));
    }

    [Fact]
    public void Special_fully_nested_mode_lets_a_higher_slave_request_through()
    {
        Out(0x20, 0x11);
        Out(0x21, 0x20);
        Out(0x21, 0x04);
        Out(0x21, 0x11);
        InitializeSlave();
        _pic.SetInput(12, true);
        Assert.Equal(0x2C, _pic.Acknowledge());
        _pic.SetInput(3, true);
        Assert.False(_intr.IsHigh); // lower than the cascade in service
        _pic.SetInput(8, true);
        Assert.True(_intr.IsHigh);
        Assert.Equal(0x28, _pic.Acknowledge());
    }

    [Fact]
    public void A_poll_acknowledges()
    {
        Initialize();
        _pic.SetInput(3, true);
        Out(0x20, 0x0C);
        Assert.Equal(0x83, In(0x20));
        Assert.Equal(0x08, InService(master: true));
        Assert.False(_intr.IsHigh);
        Out(0x20, 0x0C);
        Assert.Equal(0, In(0x20) & 0x80);
    }

    [Fact]
    public void ICW1_clears_masks_service_and_edges_and_ICW4_can_be_left_out()
    {
        Initialize();
        _pic.SetInput(4, true);
        _ = _pic.Acknowledge();
        _pic.SetInput(5, true);
        Out(0x20, 0x10); // no ICW4
        Out(0x21, 0x40);
        Out(0x21, 0x04);
        Assert.Equal(0, In(0x21));
        Assert.Equal(0, InService(master: true));
        Assert.False(_intr.IsHigh);
        _pic.SetInput(5, false);
        _pic.SetInput(5, true);
        Assert.Equal(0x45, _pic.Acknowledge());
    }

    [Fact]
    public void Linux_finds_it()
    {
        // probe_8259A: a mask written to the first controller must read back.
        Out(0xA1, 0xFF);
        Out(0x21, 0xFB);
        Assert.Equal(0xFB, In(0x21));
    }

    [Fact]
    public void Reset_lowers_INTR_and_masks_everything()
    {
        Initialize();
        _pic.SetInput(4, true);
        _pic.Reset();
        Assert.False(_intr.IsHigh);
        Assert.Equal(0xFF, In(0x21));
        Assert.Equal(0xFF, In(0xA1));
    }

    private void Initialize()
    {
        Out(0x20, 0x11);
        Out(0x21, 0x20);
        Out(0x21, 0x04);
        Out(0x21, 0x01);
        InitializeSlave();
    }

    private void InitializeSlave()
    {
        Out(0xA0, 0x11);
        Out(0xA1, 0x28);
        Out(0xA1, 0x02);
        Out(0xA1, 0x01);
    }

    private int InService(bool master)
    {
        Out(master ? 0x20 : 0xA0, 0x0B);
        return In(master ? 0x20 : 0xA0);
    }

    private int Requests(bool master)
    {
        Out(master ? 0x20 : 0xA0, 0x0A);
        return In(master ? 0x20 : 0xA0);
    }

    private void Out(int port, byte value) => _pic.Write((ushort)port, 1, value);

    private int In(int port) => (int)_pic.Read((ushort)port, 1);

    private sealed class FakeIntr : PicOutput
    {
        internal bool IsHigh { get; private set; }

        public override void SetInterrupt(bool asserted) => IsHigh = asserted;
    }
}
