using System;
using FsCheck;
using FsCheck.Xunit;
using Multicosm.Devices.Apic;
using Multicosm.Devices.Bus;
using Multicosm.Devices.Legacy;
using Multicosm.Devices.Pci;
using Multicosm.Machine;
using Xunit;

namespace Multicosm.Unit.Devices;

/// <summary>A whole board under random accesses: nothing a guest does may throw, overflow, or keep us busy.</summary>
public class HammerTests
{
    private static readonly ushort[] s_ports =
    [
        0x1F, 0x20, 0x21, 0x22, 0x3F, 0x40, 0x41, 0x42, 0x43, 0x44, 0x60, 0x61, 0x63, 0x64, 0x6F, 0x70, 0x71, 0x72, 0x91, 0x92, 0xA0, 0xA1,
        0x3F7, 0x3F8, 0x3F9, 0x3FA, 0x3FB, 0x3FC, 0x3FD, 0x3FE, 0x3FF, 0x4D0, 0x4D1, 0x600, 0x601, 0x602, 0x604, 0x605, 0x608, 0x60A, 0x63D,
        0xCF7, 0xCF8, 0xCF9, 0xCFA, 0xCFB, 0xCFC, 0xCFD, 0xCFE, 0xCFF, 0xAFE0, 0xAFE1, 0xAFE3, 0xFFFD, 0xFFFF,
    ];

    private readonly FakeClock _clock = new();
    private readonly FakeTimers _timers;
    private readonly FakeTerminal _terminal = new();
    private readonly PortBus _ports = new();
    private readonly MmioBus _memory = new();
    private readonly LocalApic _apic;
    private readonly LocalApic _second;
    private readonly Uart16550A _uart;

    public HammerTests()
    {
        _timers = new FakeTimers(_clock);
        ApicBus bus = new();
        _apic = new LocalApic(0, new ArrayApicRegisters(), _clock, _timers);
        _second = new LocalApic(1, new ArrayApicRegisters(), _clock, _timers);
        Assert.True(bus.TryAdd(_apic) && bus.TryAdd(_second));
        IoApic ioApic = new(bus);
        Pic8259Pair pic = new(_apic.ExternalInput);
        _apic.ConnectPic(pic);
        InterruptLine Line(int irq) => new IsaInterruptLine(pic, ioApic, irq);
        FakePower power = new();
        Pit8254 pit = new(_clock, _timers, Line(0));
        SystemControlPortB portB = new(pit, _clock);
        RtcCmos rtc = new(_clock, new FakeWallClock(1_700_000_000), _timers, Line(8));
        _uart = new Uart16550A(Line(4), _terminal.Screen, _terminal.Keyboard, _clock, _timers);
        AcpiPm acpi = new(_clock, _timers, Line(9), power);
        ResetPorts reset = new(power);
        PciHostBridge pci = new(reset);
        _apic.SetVirtualWire();
        rtc.Reset();
        acpi.Reset();
        pci.Reset();
        Assert.True(_ports.TryAdd(0x20, 2, pic) && _ports.TryAdd(0xA0, 2, pic) && _ports.TryAdd(0x4D0, 2, pic)
            && _ports.TryAdd(0x40, 4, pit) && _ports.TryAdd(0x61, 1, portB) && _ports.TryAdd(0x70, 2, rtc) && _ports.TryAdd(0x3F8, 8, _uart)
            && _ports.TryAdd(0x64, 1, reset) && _ports.TryAdd(0x92, 1, reset) && _ports.TryAdd(0xCF8, 8, pci)
            && _ports.TryAdd(0x600, 0x40, acpi) && _ports.TryAdd(0xAFE0, 4, acpi));
        Assert.True(_memory.TryAdd(0xFEC00000, 0x1000, ioApic) && _memory.TryAdd(0xFEE00000, 0x1000, _apic.Page));
    }

    [Property(MaxTest = 300)]
    public void Nothing_that_a_guest_does_throws(int seed)
    {
        Random random = new(seed);
        HammerTests board = new();
        for (int i = 0; i < 1000; i++)
        {
            board.Step(random);
        }
    }

    [Property(MaxTest = 100)]
    public void Each_byte_of_a_split_access_is_the_device_s_own(ushort first, byte length, ushort at, bool wide)
    {
        PortBus bus = new();
        int count = Math.Max((int)length, 1);
        bool added = bus.TryAdd(first, count, new RecordingPort(0));
        Assert.Equal(first + count <= 0x10000, added);
        int size = wide ? 4 : 2;
        uint value = bus.Read(at, size);
        for (int i = 0; i < size; i++)
        {
            bool inside = added && at + i >= first && at + i < first + count;
            Assert.Equal(inside ? 0u : 0xFFu, (value >> (8 * i)) & 0xFF);
        }
    }

    private void Step(Random random)
    {
        ushort port = s_ports[random.Next(s_ports.Length)];
        int size = 1 << random.Next(3);
        uint value = random.Next(4) switch
        {
            0 => 0,
            1 => uint.MaxValue,
            2 => (uint)random.Next(256),
            _ => (uint)random.NextInt64(1L << 32),
        };
        ulong register = (ulong)(random.Next(0x40) << 4) + (random.Next(8) == 0 ? (ulong)random.Next(16) : 0);
        switch (random.Next(12))
        {
            case 0 or 1 or 2:
                _ports.Write(port, size, value);
                break;
            case 3 or 4:
                _ = _ports.Read(port, size);
                break;
            case 5:
                _memory.Write(new GuestPhysicalAddress(0xFEE00000 + register), 1 << random.Next(4), value);
                break;
            case 6:
                _ = _memory.Read(new GuestPhysicalAddress((random.Next(2) == 0 ? 0xFEE00000 : 0xFEC00000) + register), 1 << random.Next(4));
                break;
            case 7:
                _memory.Write(new GuestPhysicalAddress(0xFEC00000), 4, (uint)random.Next(0x48));
                _memory.Write(new GuestPhysicalAddress(0xFEC00010), 4, value);
                break;
            case 8:
                UseMsr(random, value);
                break;
            case 9:
                Serve(random);
                break;
            case 10:
                UseConsole(random);
                break;
            default:
                PassTime(random);
                break;
        }
    }

    private void UseMsr(Random random, uint value)
    {
        uint index = random.Next(5) switch
        {
            0 => 0x1Bu,
            1 => 0x6E0u,
            _ => 0x800u + (uint)random.Next(0x50),
        };
        ulong wide = index == 0x1B ? 0xFEE00000UL | (value & 0xD00) : value | ((ulong)random.Next(3) << 32);
        _ = random.Next(2) == 0 ? _apic.TryWriteMsr(index, wide) : _apic.TryReadMsr(index, out _);
    }

    private void Serve(Random random)
    {
        bool pending = _apic.IsPending;
        Assert.Equal(pending, _apic.TryAcknowledge(out _));
        if (random.Next(2) == 0)
        {
            _ = _apic.TryWriteMsr(0x80B, 0);
            _apic.Page.Write(0xB0, 4, 0);
            _ports.Write(0x20, 1, 0x20);
        }

        _ = _second.TryAcknowledge(out _);
        _apic.TaskPriority = (byte)random.Next(256);
    }

    private void UseConsole(Random random)
    {
        _terminal.Room = random.Next(20);
        for (int i = random.Next(20); i > 0; i--)
        {
            _terminal.Typed.Enqueue((byte)i);
        }

        _uart.Service();
    }

    private void PassTime(Random random)
    {
        ulong ticks = (ulong)(random.Next(4) switch
        {
            0 => random.Next(100),
            1 => random.Next(100_000),
            2 => random.NextInt64(10_000_000_000),
            _ => random.NextInt64(1L << 50),
        });
        Assert.True(_timers.JumpTo(_clock.Ticks + ticks) < 200);
    }
}
