using Multicosm.Machine;

namespace Multicosm.Devices.Test;

/// <summary>
/// The devices by which test programs for virtual machines ask for interrupts, say how they ended, and try ports: the registers of QEMU's pc-testdev
/// and isa-debug-exit, and a port for text. Without <see cref="IsOn"/> nothing is at their ports.
/// </summary>
/// <source>QEMU, "hw/misc/pc-testdev.c"; QEMU, "hw/misc/debugexit.c"</source>
public sealed class TestDevice : PortDevice
{
    /// <summary>A register of 4 bytes that keeps what is written, whole or in parts; the next 4 ports are the same register, a byte at a time.</summary>
    public const ushort DataPort = 0xE0;

    /// <summary>Bytes of both ranges.</summary>
    public const int DataPorts = 8;

    /// <summary>Takes the address of a page that the host is to forget: nothing here needs that.</summary>
    public const ushort FlushPort = 0xE8;

    /// <summary>Takes text, and reads as its own number.</summary>
    public const ushort TextPort = 0xE9;

    /// <summary>Ends the guest.</summary>
    public const ushort ExitPort = 0xF4;

    /// <summary>Ports of <see cref="ExitPort"/>.</summary>
    public const int ExitPorts = 4;

    /// <summary>The first of the interrupt lines: 0 lowers one, all else raises it.</summary>
    public const ushort LinePort = 0x2000;

    /// <summary>Interrupt lines.</summary>
    public const int Lines = 24;

    /// <summary>Physical address of memory that no memory map names.</summary>
    public const ulong MemoryAddress = 0xFF000000;

    /// <summary>Bytes of it.</summary>
    public const int MemoryBytes = 0x10000;

    /// <summary>How many of them, from the first on, may be a device: the rest is RAM in any case, so that an access may reach into both.</summary>
    public const int EmulatedBytes = 0x4000;

    private readonly InterruptLine[] _lines;
    private readonly CharSink _text;
    private readonly GuestPower _power;
    private uint _data;

    /// <summary>Off, with all <paramref name="lines"/> (<see cref="Lines"/> of them) low.</summary>
    public TestDevice(InterruptLine[] lines, CharSink text, GuestPower power)
    {
        _lines = lines;
        _text = text;
        _power = power;
    }

    /// <summary>True if the guest has it.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Power-on state, for a guest that has it or not.</summary>
    public void Reset(bool isOn)
    {
        IsOn = isOn;
        _data = 0;
        foreach (InterruptLine line in _lines)
        {
            line.Set(false);
        }
    }

    /// <inheritdoc/>
    public override uint Read(ushort port, int sizeBytes)
    {
        if (!IsOn)
        {
            return uint.MaxValue;
        }

        return port switch
        {
            >= DataPort and < DataPort + DataPorts => _data >> ((port & 3) * 8),
            TextPort => TextPort,
            FlushPort or (>= LinePort and < LinePort + Lines) => 0,
            _ => uint.MaxValue,
        };
    }

    /// <inheritdoc/>
    public override void Write(ushort port, int sizeBytes, uint value)
    {
        if (!IsOn)
        {
            return;
        }

        switch (port)
        {
            case >= DataPort and < DataPort + DataPorts:
                int shift = (port & 3) * 8;
                uint mask = uint.MaxValue >> (32 - (sizeBytes * 8)) << shift;
                _data = (_data & ~mask) | ((value << shift) & mask);
                break;
            case TextPort:
                _ = _text.TryWrite((byte)value); // what finds no room is lost, as on a serial line without flow control
                break;
            case >= ExitPort and < ExitPort + ExitPorts:
                _power.Exit(value);
                break;
            case >= LinePort and < LinePort + Lines:
                _lines[port - LinePort].Set(value != 0);
                break;
            default:
                break; // the page to flush
        }
    }
}
