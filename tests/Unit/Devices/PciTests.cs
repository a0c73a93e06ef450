using Multicosm.Devices.Legacy;
using Multicosm.Devices.Pci;
using Xunit;

namespace Multicosm.Unit.Devices;

public class PciTests
{
    private readonly FakePower _power = new();
    private readonly PciHostBridge _bridge;

    public PciTests()
    {
        _bridge = new PciHostBridge(new ResetPorts(_power));
        _bridge.Reset();
    }

    [Theory]
    [InlineData(0, 0, 0x12378086u, 0x06000002u)]
    [InlineData(1, 0, 0x70008086u, 0x06010000u)]
    [InlineData(1, 3, 0x71138086u, 0x06800003u)]
    public void The_bridges_of_a_PC_are_there(int device, int function, uint identity, uint classAndRevision)
    {
        Assert.Equal(identity, Config(device, function, 0x00));
        Assert.Equal(classAndRevision, Config(device, function, 0x08));
        Write(device, function, 0x00, 4, 0);
        Assert.Equal(identity, Config(device, function, 0x00));
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(1, 1)]
    [InlineData(31, 7)]
    public void Where_there_is_nothing_all_ones_are_read(int device, int function) => Assert.Equal(0xFFFFFFFFu, Config(device, function, 0));

    [Fact]
    public void Other_buses_and_a_disabled_address_read_all_ones()
    {
        _bridge.Write(0xCF8, 4, 0x80010000);
        Assert.Equal(0xFFFFFFFFu, _bridge.Read(0xCFC, 4));
        _bridge.Write(0xCF8, 4, 0x00000000);
        Assert.Equal(0xFFFFFFFFu, _bridge.Read(0xCFC, 4));
        _bridge.Write(0xCFC, 4, 0);
    }

    [Fact]
    public void The_address_register_takes_dwords_only_and_drops_reserved_bits()
    {
        _bridge.Write(0xCF8, 4, 0xFFFFFFFF);
        Assert.Equal(0x80FFFFFCu, _bridge.Read(0xCF8, 4));
        _bridge.Write(0xCF8, 1, 0);
        _bridge.Write(0xCFA, 2, 0);
        Assert.Equal(0x80FFFFFCu, _bridge.Read(0xCF8, 4));
        Assert.Equal(0xFFu, _bridge.Read(0xCF8, 1) & 0xFF);
    }

    [Fact]
    public void Bytes_and_words_of_configuration_space()
    {
        _bridge.Write(0xCF8, 4, 0x80000800);
        Assert.Equal(0x8086u, _bridge.Read(0xCFC, 2) & 0xFFFF);
        Assert.Equal(0x7000u, _bridge.Read(0xCFE, 2) & 0xFFFF);
        _bridge.Write(0xCF8, 4, 0x8000080C);
        Assert.Equal(0x80u, _bridge.Read(0xCFE, 1) & 0xFF); // multi-function
        _bridge.Write(0xCF8, 4, 0x80000860);
        _bridge.Write(0xCFD, 1, 0x0B);
        Assert.Equal(0x80800B80u, _bridge.Read(0xCFC, 4));
        _bridge.Reset();
        Assert.Equal(0x80808080u, Config(1, 0, 0x60));
    }

    [Fact]
    public void Power_management_shows_where_its_ports_are_and_cannot_be_moved()
    {
        Assert.Equal(0x00000601u, Config(1, 3, 0x40));
        Write(1, 3, 0x40, 4, 0xB001);
        Assert.Equal(0x00000601u, Config(1, 3, 0x40));
        Assert.Equal(1u, Config(1, 3, 0x80) & 1);
        Assert.Equal(0x0109u, Config(1, 3, 0x3C));
    }

    [Fact]
    public void A_base_address_tells_its_size_and_moves()
    {
        TestFunction function = new();
        Assert.True(_bridge.TryAdd(3, 0, function));
        Assert.False(_bridge.TryAdd(3, 0, function));
        Assert.False(_bridge.TryAdd(32, 0, function));
        Assert.False(_bridge.TryAdd(0, 8, function));
        Write(3, 0, 0x10, 4, 0xFFFFFFFF);
        Assert.Equal(0xFFFFF000u, Config(3, 0, 0x10));
        Write(3, 0, 0x14, 4, 0xFFFFFFFF);
        Assert.Equal(0xFFFFFFE1u, Config(3, 0, 0x14));
        Write(3, 0, 0x18, 4, 0xFFFFFFFF);
        Assert.Equal(0u, Config(3, 0, 0x18));
        Write(3, 0, 0x10, 4, 0xE0001000);
        Write(3, 0, 0x14, 4, 0xC020);
        Assert.False(function.TryGetBase(0, out _)); // not enabled
        Write(3, 0, 0x04, 2, 0x0003);
        Assert.True(function.TryGetBase(0, out ulong memory));
        Assert.Equal(0xE0001000UL, memory);
        Assert.True(function.TryGetBase(1, out ulong ports));
        Assert.Equal(0xC020UL, ports);
        Assert.False(function.TryGetBase(2, out _));
        Assert.False(function.TryGetBase(-1, out _));
        Assert.False(function.TryGetBase(6, out _));
    }

    [Fact]
    public void Reset_control_among_the_configuration_ports_resets()
    {
        _bridge.Write(0xCF9, 1, 0x02);
        Assert.Equal(0x02u, _bridge.Read(0xCF9, 1) & 0xFF);
        Assert.Equal(0, _power.Resets);
        _bridge.Write(0xCF9, 1, 0x06);
        Assert.Equal(1, _power.Resets);
    }

    private uint Config(int device, int function, int offset)
    {
        _bridge.Write(0xCF8, 4, Address(device, function, offset));
        return _bridge.Read(0xCFC, 4);
    }

    private void Write(int device, int function, int offset, int size, uint value)
    {
        _bridge.Write(0xCF8, 4, Address(device, function, offset));
        _bridge.Write((ushort)(0xCFC + (offset & 3)), size, value);
    }

    private static uint Address(int device, int function, int offset) => 0x80000000u | (uint)(device << 11) | (uint)(function << 8) | (uint)(offset & 0xFC);

    private sealed class TestFunction : PciFunction
    {
        internal TestFunction()
            : base(0x1234, 0x5678, 0x020000, 1)
        {
            DescribeBase(0, 0x1000, isIo: false);
            DescribeBase(1, 0x20, isIo: true);
        }
    }
}
