using System.Text;
using Multicosm.Devices.Legacy;
using Xunit;

namespace Multicosm.Unit.Devices;

public class UartTests
{
    private const int Data = 0;
    private const int Ier = 1;
    private const int Iir = 2;
    private const int Fcr = 2;
    private const int Lcr = 3;
    private const int Mcr = 4;
    private const int Lsr = 5;
    private const int Msr = 6;

    private readonly FakeClock _clock = new();
    private readonly FakeTimers _timers;
    private readonly FakeLine _irq = new();
    private readonly FakeTerminal _terminal = new();
    private readonly Uart16550A _uart;

    public UartTests()
    {
        _timers = new FakeTimers(_clock);
        _uart = new Uart16550A(_irq, _terminal.Screen, _terminal.Keyboard, _clock, _timers);
        _uart.Reset();
    }

    [Fact]
    public void Is_detected_as_a_16550A()
    {
        // The steps of Linux's 8250 autoconfig.
        Out(Ier, 0);
        Assert.Equal(0, In(Ier) & 0x0F);
        Out(Ier, 0x0F);
        Assert.Equal(0x0F, In(Ier) & 0x0F);
        Out(Ier, 0);
        Out(Mcr, 0x1A);
        Assert.Equal(0x90, In(Msr) & 0xF0);
        Out(Mcr, 0);
        Out(Lcr, 0xBF);
        Out(Fcr, 0);
        Out(Lcr, 0);
        Out(Fcr, 0x01);
        Assert.Equal(3, In(Iir) >> 6);
        Out(Fcr, 0x21);
        Assert.NotEqual(7, In(Iir) >> 5); // no 64-byte FIFO
        Out(Ier, 0x40);
        Assert.Equal(0, In(Ier) & 0x40); // no UUE: not an XScale
        Out(7, 0x5A);
        Assert.Equal(0x5A, In(7));
    }

    [Fact]
    public void Enabling_the_transmit_interrupt_requests_each_time()
    {
        // serial8250_do_startup: otherwise it would set UART_BUG_THRE or UART_BUG_TXEN.
        Out(Ier, 0x02);
        Assert.Equal(0x02, In(Iir) & 0x0F);
        Out(Ier, 0x00);
        Out(Ier, 0x02);
        Assert.Equal(0x02, In(Iir) & 0x0F);
        Assert.Equal(0x01, In(Iir) & 0x0F); // reading it has ended the request
        Out(Ier, 0x00);
        Out(Ier, 0x02);
        Assert.Equal(0x60, In(Lsr) & 0x60);
        Assert.Equal(0x02, In(Iir) & 0x0F);
    }

    [Fact]
    public void What_is_written_is_sent_at_once_and_requests_again()
    {
        Out(Mcr, 0x08);
        Out(Ier, 0x02);
        Assert.Equal(1, _irq.Rises);
        Out(Data, (byte)'a');
        Assert.Equal(2, _irq.Rises);
        Assert.Equal(0x02, In(Iir) & 0x0F);
        Assert.False(_irq.IsHigh);
        Out(Data, (byte)'b');
        Assert.True(_irq.IsHigh);
        Assert.Equal("ab", Shown());
    }

    [Fact]
    public void Nothing_is_lost_while_the_sink_is_full()
    {
        Out(Fcr, 0x01);
        Out(Mcr, 0x08);
        Out(Ier, 0x02);
        In(Iir);
        _terminal.Room = 3;
        for (char c = 'a'; c < 'a' + 16; c++)
        {
            Out(Data, (byte)c);
        }

        Assert.Equal("abc", Shown());
        Assert.Equal(0, In(Lsr) & 0x60);
        Assert.False(_irq.IsHigh);
        _terminal.Room = 5;
        _uart.Service();
        Assert.Equal("abcdefgh", Shown());
        Assert.Equal(0, In(Lsr) & 0x60);
        _terminal.Room = 100;
        _uart.Service();
        Assert.Equal("abcdefghijklmnop", Shown());
        Assert.Equal(0x60, In(Lsr) & 0x60);
        Assert.True(_irq.IsHigh);
        Assert.Equal(0x02, In(Iir) & 0x0F);
    }

    [Fact]
    public void A_guest_that_polls_goes_on_as_soon_as_there_is_room()
    {
        _terminal.Room = 0;
        Out(Data, (byte)'x');
        Assert.Equal(0, In(Lsr) & 0x20);
        _terminal.Room = 1;
        Assert.Equal(0x60, In(Lsr) & 0x60);
        Assert.Equal("x", Shown());
    }

    [Fact]
    public void Without_FIFOs_each_byte_is_reported_and_the_rest_waits_outside()
    {
        Out(Mcr, 0x08);
        Out(Ier, 0x01);
        Type("hi");
        Assert.True(_irq.IsHigh);
        Assert.Equal(0x04, In(Iir) & 0x0F);
        Assert.Equal(0x01, In(Lsr) & 0x01);
        Assert.Equal('h', In(Data));
        Assert.Equal(2, _irq.Rises); // a new edge for the next byte
        Assert.Equal('i', In(Data));
        Assert.False(_irq.IsHigh);
        Assert.Equal(0, In(Lsr) & 0x03);
    }

    [Theory]
    [InlineData(0x01, 1)]
    [InlineData(0x41, 4)]
    [InlineData(0x81, 8)]
    [InlineData(0xC1, 14)]
    public void The_trigger_level_decides_when_received_data_is_reported(byte control, int trigger)
    {
        Out(Fcr, control);
        Out(Mcr, 0x08);
        Out(Ier, 0x01);
        for (int i = 1; i < trigger; i++)
        {
            Type("x");
            Assert.Equal(0x01, In(Iir) & 0x0F);
        }

        Type("x");
        Assert.Equal(0x04, In(Iir) & 0x0F);
        In(Data);
        Assert.Equal(0x01, In(Iir) & 0x0F);
    }

    [Fact]
    public void Fewer_bytes_are_reported_after_four_quiet_characters()
    {
        SetDivisor(1);
        Out(Fcr, 0xC1);
        Out(Mcr, 0x08);
        Out(Ier, 0x01);
        Type("ab");
        _timers.Advance(34_000); // four characters of ten bits at 115200 baud are 347 us
        Assert.False(_irq.IsHigh);
        _timers.Advance(1_000);
        Assert.True(_irq.IsHigh);
        Assert.Equal(0xCC, In(Iir));
        Assert.Equal('a', In(Data));
        Assert.False(_irq.IsHigh);
        _timers.Advance(40_000);
        Assert.Equal(0xCC, In(Iir));
        Assert.Equal('b', In(Data));
        Assert.Equal(0, _timers.ArmedCount);
        Assert.Equal(0xC1, In(Iir));
    }

    [Fact]
    public void Sixteen_bytes_are_taken_and_no_more_until_there_is_room()
    {
        Out(Fcr, 0x81);
        Out(Mcr, 0x02);
        Type("0123456789abcdefXYZ");
        Assert.Equal(3, _terminal.Typed.Count);
        StringBuilder read = new();
        while ((In(Lsr) & 1) != 0)
        {
            read.Append((char)In(Data));
        }

        Assert.Equal("0123456789abcdefXYZ", read.ToString());
    }

    [Fact]
    public void Interrupts_come_by_priority()
    {
        Out(Fcr, 0x01);
        Out(Ier, 0x0F);
        Type("x");
        Out(Mcr, 0x1D); // loopback: CTS falls
        for (int i = 0; i < 17; i++)
        {
            Out(Data, 1); // overrun
        }

        Assert.Equal(0x06, In(Iir) & 0x0F);
        Assert.Equal(0x02, In(Lsr) & 0x02);
        Assert.Equal(0x04, In(Iir) & 0x0F);
        Out(Fcr, 0x03);
        Assert.Equal(0x02, In(Iir) & 0x0F);
        Assert.Equal(0x00, In(Iir) & 0x0F);
        In(Msr);
        Assert.Equal(0x01, In(Iir) & 0x0F);
    }

    [Fact]
    public void Loopback_keeps_bytes_inside_and_the_wire_quiet()
    {
        Out(Ier, 0x01);
        Out(Mcr, 0x18);
        Out(Data, 0x42);
        Assert.False(_irq.IsHigh);
        Assert.Equal(0x42, In(Data));
        Assert.Empty(_terminal.Shown);
        Type("later");
        Assert.Equal(0, In(Lsr) & 1);
        Out(Mcr, 0x08);
        Assert.True(_irq.IsHigh);
    }

    [Fact]
    public void The_modem_lines_say_that_somebody_listens()
    {
        Assert.Equal(0xB0, In(Msr));
        Out(Mcr, 0x10);
        Assert.Equal(0x0B, In(Msr)); // three lines fell; RI did not
        Out(Mcr, 0x14);
        Assert.Equal(0x40, In(Msr));
        Out(Mcr, 0x10);
        Assert.Equal(0x04, In(Msr)); // trailing edge of RI
    }

    [Fact]
    public void The_wire_needs_OUT2()
    {
        Out(Ier, 0x02);
        Assert.False(_irq.IsHigh);
        Out(Mcr, 0x08);
        Assert.True(_irq.IsHigh);
    }

    [Fact]
    public void The_divisor_latch_hides_data_and_enable()
    {
        SetDivisor(0x0183);
        Out(Lcr, 0x83);
        Assert.Equal(0x83, In(0));
        Assert.Equal(0x01, In(1));
        Out(Lcr, 0x03);
        Assert.Equal(0, In(Ier));
        Assert.Empty(_terminal.Shown);
    }

    [Fact]
    public void Reset_forgets_all()
    {
        _terminal.Room = 0;
        Out(Mcr, 0x08);
        Out(Ier, 0x0F);
        Out(Data, 1);
        Type("x");
        _uart.Reset();
        Assert.False(_irq.IsHigh);
        Assert.Equal(0, _timers.ArmedCount);
        Assert.Equal(0x60, In(Lsr));
        Assert.Equal(0x01, In(Iir));
    }

    [Fact]
    public void What_is_typed_before_Linux_opens_the_port_is_all_there_afterwards()
    {
        Out(Mcr, 0x03); // early console: DTR and RTS
        Type("root\rsecret\r");
        Probe();
        Out(Mcr, 0x01); // a console that is only written to
        foreach (char c in "Linux version")
        {
            Assert.Equal(0x60, In(Lsr) & 0x60);
            Out(Data, (byte)c);
            _uart.Service();
        }

        Open();
        StringBuilder read = new();
        while ((In(Lsr) & 1) != 0)
        {
            read.Append((char)In(Data));
        }

        Assert.Equal("root\rsecret\r", read.ToString());
    }

    [Fact]
    public void Opening_raises_the_interrupt_for_what_waits()
    {
        Type("x");
        Out(Mcr, 0x08);
        Assert.False(_irq.IsHigh);
        Assert.Single(_terminal.Typed);
        Out(Ier, 0x01);
        Assert.True(_irq.IsHigh);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_guest_that_only_polls_gets_input_though_it_never_sets_RTS(bool looksAtStatus)
    {
        Type("hi");
        Assert.Equal(2, _terminal.Typed.Count);
        for (int i = 0; i < 20 && _terminal.Typed.Count == 2; i++)
        {
            _ = In(looksAtStatus ? Lsr : Data);
        }

        StringBuilder read = new();
        while ((In(Lsr) & 1) != 0)
        {
            byte value = (byte)In(Data);
            read.Append((char)value);
            Out(Data, value); // its echo does not make it deaf
        }

        Assert.Equal("hi", read.ToString());
        Type("!");
        Assert.Equal(1, In(Lsr) & 1);
    }

    [Fact]
    public void A_guest_that_clears_its_receiver_and_sleeps_is_woken_for_what_it_cleared_away()
    {
        Out(Fcr, 0x01);
        Out(Mcr, 0x0B);
        Out(Ier, 0x01);
        Type("ab");
        Out(Fcr, 0x03);
        Assert.False(_irq.IsHigh);
        _timers.Advance(10_000_000);
        Assert.True(_irq.IsHigh);
        Assert.Equal('a', In(Data));
        Assert.Equal('b', In(Data));
        Assert.Equal(0, In(Lsr) & 1);
    }

    [Fact]
    public void What_came_through_the_loop_is_cleared_away()
    {
        Out(Fcr, 0x01);
        Out(Mcr, 0x12);
        Out(Data, 1);
        Out(Data, 2);
        Out(Fcr, 0x03);
        Assert.Equal(0, In(Lsr) & 1);
        Out(Mcr, 0x02);
        Assert.Equal(0, In(Lsr) & 1);
    }

    // The accesses of Linux's 8250 driver when it finds a port, as far as they touch the receiver.
    private void Probe()
    {
        Out(Ier, 0x0F);
        Out(Ier, 0);
        Out(Mcr, 0x1A);
        Out(Mcr, 0x03);
        Out(Lcr, 0xBF);
        Out(Fcr, 0);
        Out(Lcr, 0);
        Out(Fcr, 0x01);
        Out(Mcr, 0x03);
        ClearFifos();
        _ = In(Data);
        Out(Ier, 0);
    }

    private void Open()
    {
        ClearFifos();
        for (int i = 0; i < 2; i++)
        {
            _ = In(Lsr);
            _ = In(Data);
            _ = In(Iir);
            _ = In(Msr);
            _uart.Service();
            Assert.NotEqual(0xFF, In(Lsr));
            Out(Lcr, 0x03);
            Out(Mcr, 0x09);
        }

        Out(Ier, 0x05);
        SetDivisor(1);
        Out(Fcr, 0x01);
        Out(Fcr, 0x81);
        Out(Mcr, 0x0B);
    }

    private void ClearFifos()
    {
        Out(Fcr, 0x01);
        Out(Fcr, 0x07);
        Out(Fcr, 0x00);
    }

    private void SetDivisor(int divisor)
    {
        Out(Lcr, 0x83);
        Out(0, (byte)divisor);
        Out(1, (byte)(divisor >> 8));
        Out(Lcr, 0x03);
    }

    private void Type(string text)
    {
        foreach (char c in text)
        {
            _terminal.Typed.Enqueue((byte)c);
        }

        _uart.Service();
    }

    private string Shown() => Encoding.ASCII.GetString([.. _terminal.Shown]);

    private void Out(int register, byte value) => _uart.Write((ushort)(0x3F8 + register), 1, value);

    private int In(int register) => (int)_uart.Read((ushort)(0x3F8 + register), 1);
}
