using System;
using System.Linq;
using System.Text;
using Multicosm.Devices.Bus;
using Multicosm.Devices.Test;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Devices;

public sealed class TestDeviceTests
{
    private readonly FakeLine[] _lines = [.. Enumerable.Range(0, TestDevice.Lines).Select(_ => new FakeLine())];
    private readonly FakeTerminal _terminal = new();
    private readonly FakePower _power = new();
    private readonly PortBus _ports = new();
    private readonly TestDevice _device;

    public TestDeviceTests()
    {
        _device = new TestDevice([.. _lines.Cast<InterruptLine>()], _terminal.Screen, _power);
        Assert.True(_ports.TryAdd(TestDevice.DataPort, 4, _device) && _ports.TryAdd(TestDevice.DataPort + 4, 4, _device));
        Assert.True(_ports.TryAdd(TestDevice.FlushPort, 1, _device) && _ports.TryAdd(TestDevice.TextPort, 1, _device));
        Assert.True(_ports.TryAdd(TestDevice.ExitPort, TestDevice.ExitPorts, _device) && _ports.TryAdd(TestDevice.LinePort, TestDevice.Lines, _device));
        _device.Reset(isOn: true);
    }

    [Fact]
    public void The_register_keeps_what_is_written_in_parts()
    {
        _ports.Write(0xE0, 4, 0x44332211);
        Assert.Equal(0x44332211u, _ports.Read(0xE0, 4));
        Assert.Equal(0x33u, _ports.Read(0xE2, 1));
        _ports.Write(0xE1, 1, 0xAA);
        Assert.Equal(0x4433AA11u, _ports.Read(0xE0, 4));
        _ports.Write(0xE2, 2, 0xCCBB);
        Assert.Equal(0xCCBBAA11u, _ports.Read(0xE4, 4));
        _ports.Write(0xE7, 1, 0x77);
        Assert.Equal(0x77BBu, _ports.Read(0xE2, 2));
    }

    [Fact]
    public void A_line_follows_its_port()
    {
        _ports.Write(0x2000 + 14, 1, 1);
        Assert.True(_lines[14].IsHigh);
        Assert.Equal(1, _lines.Count(line => line.IsHigh));
        _ports.Write(0x2000 + 14, 1, 0);
        Assert.False(_lines[14].IsHigh);
        _ports.Write(0x2000 + 20, 4, 0x100);
        Assert.True(_lines[20].IsHigh);
        _device.Reset(isOn: true);
        Assert.DoesNotContain(_lines, line => line.IsHigh);
    }

    [Fact]
    public void Text_goes_to_the_console_and_the_exit_to_the_power_supply()
    {
        foreach (byte letter in "hello"u8)
        {
            _ports.Write(0xE9, 1, letter);
        }

        Assert.Equal("hello", Encoding.ASCII.GetString([.. _terminal.Shown]));
        Assert.Equal(0xE9u, _ports.Read(0xE9, 1));
        Assert.Null(_power.ExitValue);
        _ports.Write(0xE8, 4, 0x1000); // a page to flush: nothing
        _ports.Write(0xF4, 4, 3);
        Assert.Equal(3u, _power.ExitValue);
    }

    [Fact]
    public void Without_it_its_ports_are_nobody_s()
    {
        _device.Reset(isOn: false);
        _ports.Write(0xE0, 4, 1);
        _ports.Write(0xE9, 1, (byte)'x');
        _ports.Write(0xF4, 1, 1);
        _ports.Write(0x2001, 1, 1);
        foreach (int port in (int[])[0xE0, 0xE4, 0xE8, 0xE9, 0xF4, 0x2001])
        {
            Assert.Equal(0xFFu, _ports.Read((ushort)port, 1));
        }

        Assert.Empty(_terminal.Shown);
        Assert.Null(_power.ExitValue);
        Assert.False(_lines[1].IsHigh);
    }
}
