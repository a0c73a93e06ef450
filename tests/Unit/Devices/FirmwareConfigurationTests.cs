using System.Linq;
using Multicosm.Devices.Bus;
using Multicosm.Devices.Legacy;
using Xunit;

namespace Multicosm.Unit.Devices;

public sealed class FirmwareConfigurationTests
{
    private readonly PortBus _ports = new();
    private readonly FirmwareConfiguration _device = new();

    public FirmwareConfigurationTests()
    {
        Assert.True(_ports.TryAdd(FirmwareConfiguration.SelectorPort, FirmwareConfiguration.PortCount, _device));
        _device.Reset(isOn: true, 0x1_2345_6000);
    }

    [Theory]
    [InlineData(0, new byte[] { 0x51, 0x45, 0x4D, 0x55, 0, 0, 0, 0, 0 })]
    [InlineData(1, new byte[] { 1, 0, 0, 0, 0 })]
    [InlineData(3, new byte[] { 0x00, 0x60, 0x45, 0x23, 0x01, 0, 0, 0, 0, 0 })]
    [InlineData(5, new byte[] { 1, 0 })]
    [InlineData(15, new byte[] { 1, 0 })]
    [InlineData(0x19, new byte[] { 0, 0, 0, 0 })]
    [InlineData(0xFFFF, new byte[] { 0, 0 })]
    public void An_item_is_read_byte_by_byte(int key, byte[] expected)
    {
        _ports.Write(0x510, 2, (uint)key);
        Assert.Equal(expected, expected.Select(_ => (byte)_ports.Read(0x511, 1)).ToArray());
        _ports.Write(0x510, 2, (uint)key); // from its beginning again
        Assert.Equal(expected[0], _ports.Read(0x511, 1));
    }

    [Fact]
    public void Only_two_bytes_select_and_only_single_ones_are_read()
    {
        _ports.Write(0x510, 2, 3);
        _ports.Write(0x510, 1, 5);
        _ports.Write(0x511, 1, 5);
        Assert.Equal(0xFFFFu, _ports.Read(0x510, 2));
        Assert.Equal(0x00u, _ports.Read(0x511, 1));
        Assert.Equal(0x60u, _ports.Read(0x511, 1));
    }

    [Fact]
    public void Switched_off_it_is_not_there()
    {
        _device.Reset(isOn: false, 0);
        _ports.Write(0x510, 2, 5);
        Assert.Equal(0xFFu, _ports.Read(0x511, 1));
        Assert.False(_device.IsOn);
    }
}
