using Multicosm.Devices.Bus;
using Multicosm.Devices.Test;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Devices;

public sealed class TestMemoryTests
{
    private readonly TestMemory _memory = new();
    private readonly MmioBus _bus = new();

    public TestMemoryTests() => Assert.True(_bus.TryAdd(TestDevice.MemoryAddress, TestDevice.EmulatedBytes, _memory));

    [Fact]
    public void It_keeps_what_is_written_and_forgets_it_at_power_on()
    {
        _memory.Reset(isOn: true);
        Write(0x10, 8, 0x8877665544332211);
        Write(0x13, 2, 0xAABB);
        Assert.Equal(0x887766AABB332211ul, Read(0x10, 8));
        Assert.Equal(0xBB332211ul, Read(0x10, 4));
        Assert.Equal(0xAAul, Read(0x14, 1));
        Assert.Equal(0x66AAul, Read(0x14, 2));
        Write(TestDevice.EmulatedBytes - 1, 4, 0x01020304); // the rest is nobody's
        Assert.Equal(0x04ul, Read(TestDevice.EmulatedBytes - 1, 1));
        _memory.Reset(isOn: true);
        Assert.Equal(0ul, Read(0x10, 8));
    }

    [Fact]
    public void Without_it_nothing_answers()
    {
        _memory.Reset(isOn: false);
        Write(0, 4, 1);
        Assert.Equal(0xFFFFFFFFul, Read(0, 4));
        _memory.Reset(isOn: true);
        Assert.Equal(0ul, Read(0, 4));
    }

    private void Write(ulong offset, int sizeBytes, ulong value) => _bus.Write(new GuestPhysicalAddress(TestDevice.MemoryAddress + offset), sizeBytes, value);

    private ulong Read(ulong offset, int sizeBytes) => _bus.Read(new GuestPhysicalAddress(TestDevice.MemoryAddress + offset), sizeBytes);
}
