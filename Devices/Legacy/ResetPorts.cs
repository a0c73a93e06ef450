using Multicosm.Devices.Bus;
using Multicosm.Machine;

namespace Multicosm.Devices.Legacy;

/// <summary>
/// The ports that reset a PC: 0xCF9 (reset control), 0x92 (system control port A) and command 0xFE at 0x64. There is no keyboard controller:
/// port 0x64 reads all ones, and the ACPI FADT says so.
/// </summary>
/// <source>82371AB (PIIX4), "RC - Reset Control Register" and "Port 92 Register"</source>
public sealed class ResetPorts : BytePortDevice
{
    /// <summary>The reset control register; the ACPI FADT's RESET_REG. It lies among the PCI configuration ports, whose bridge passes it on.</summary>
    public const ushort ResetControlPort = 0xCF9;

    /// <summary>What a guest writes to <see cref="ResetControlPort"/> for a reset; the ACPI FADT's RESET_VALUE.</summary>
    public const byte ResetValue = 0x06;

    /// <summary>System control port A.</summary>
    public const ushort SystemControlPort = 0x92;

    /// <summary>Where a keyboard controller would take commands.</summary>
    public const ushort KeyboardCommandPort = 0x64;

    private const byte ResetCpu = 0x04;
    private const byte FastReset = 0x01;
    private const byte PulseReset = 0xFE;

    private readonly GuestPower _power;
    private byte _resetControl;
    private byte _systemControl;

    /// <summary>The ports, in power-on state, that report to <paramref name="power"/>.</summary>
    public ResetPorts(GuestPower power)
    {
        _power = power;
        Reset();
    }

    /// <summary>Power-on state; address line 20 is never masked.</summary>
    public void Reset()
    {
        _resetControl = 0;
        _systemControl = 0x02;
    }

    /// <inheritdoc/>
    public override byte ReadByte(ushort port) => port switch
    {
        ResetControlPort => _resetControl,
        SystemControlPort => _systemControl,
        _ => 0xFF,
    };

    /// <inheritdoc/>
    public override void WriteByte(ushort port, byte value)
    {
        bool reset;
        switch (port)
        {
            case ResetControlPort:
                reset = (value & ~_resetControl & ResetCpu) != 0; // the rising edge of the bit
                _resetControl = (byte)(value & 0x0A);
                break;
            case SystemControlPort:
                reset = (value & FastReset) != 0 && (_systemControl & FastReset) == 0;
                _systemControl = (byte)(value & 0x03);
                break;
            default:
                reset = port == KeyboardCommandPort && value == PulseReset;
                break;
        }

        if (reset)
        {
            _power.Reset();
        }
    }
}
