using Multicosm.Devices.Legacy;
using Multicosm.Machine;

namespace Multicosm.Devices.Pci;

/// <summary>
/// PCI configuration mechanism #1, ports 0xCF8-0xCFF, and bus 0 with the bridges of a PC: 0:0.0 i440FX, 0:1.0 PIIX3, 0:1.3 PIIX4 power
/// management. The reset control register lies in the middle of these ports and is passed on.
/// </summary>
/// <source>PCI Local Bus Specification 3.0, "Software Generation of Configuration Transactions"</source>
public sealed class PciHostBridge : PortDevice
{
    /// <summary>CONFIG_ADDRESS, 32-bit accesses only.</summary>
    public const ushort AddressPort = 0xCF8;

    /// <summary>CONFIG_DATA, four ports.</summary>
    public const ushort DataPort = 0xCFC;

    /// <summary>Ports that it answers, from <see cref="AddressPort"/>.</summary>
    public const int PortCount = 8;

    private const int Devices = 32;
    private const int FunctionsPerDevice = 8;
    private const uint AddressEnable = 0x8000_0000;
    private const uint AddressWritable = 0x80FF_FFFC;

    private readonly ResetPorts _resetPorts;
    private readonly PciFunction?[] _functions = new PciFunction?[Devices * FunctionsPerDevice];
    private uint _address;

    /// <summary>A bus with the bridges only, that passes port 0xCF9 on to <paramref name="resetPorts"/>.</summary>
    public PciHostBridge(ResetPorts resetPorts)
    {
        _resetPorts = resetPorts;
        _functions[0] = new HostBridgeFunction();
        _functions[FunctionsPerDevice] = new IsaBridgeFunction();
        _functions[FunctionsPerDevice + 3] = new PowerManagementFunction();
    }

    /// <summary>Puts a function on the bus; false if the place does not exist or is taken.</summary>
    public bool TryAdd(int device, int function, PciFunction pciFunction)
    {
        if (device is < 0 or >= Devices || function is < 0 or >= FunctionsPerDevice)
        {
            return false;
        }

        ref PciFunction? place = ref _functions[(device * FunctionsPerDevice) + function];
        if (place is not null)
        {
            return false;
        }

        place = pciFunction;
        return true;
    }

    /// <summary>Power-on state of the mechanism and of all functions.</summary>
    public void Reset()
    {
        _address = 0;
        for (int i = 0; i < _functions.Length; i++)
        {
            _functions[i]?.Reset();
        }
    }

    /// <inheritdoc/>
    public override uint Read(ushort port, int sizeBytes)
    {
        if (port >= DataPort)
        {
            return Target(port, out int offset) is { } function ? function.ReadConfig(offset, sizeBytes) : uint.MaxValue;
        }

        if (port == AddressPort && sizeBytes == 4)
        {
            return _address;
        }

        return port == ResetPorts.ResetControlPort && sizeBytes == 1 ? _resetPorts.Read(port, 1) : uint.MaxValue;
    }

    /// <inheritdoc/>
    public override void Write(ushort port, int sizeBytes, uint value)
    {
        if (port >= DataPort)
        {
            Target(port, out int offset)?.WriteConfig(offset, sizeBytes, value);
        }
        else if (port == AddressPort && sizeBytes == 4)
        {
            _address = value & AddressWritable;
        }
        else if (port == ResetPorts.ResetControlPort && sizeBytes == 1)
        {
            _resetPorts.Write(port, 1, value);
        }
    }

    private PciFunction? Target(ushort port, out int offset)
    {
        offset = (int)(_address & 0xFC) | (port & 3);
        bool isBus0 = (_address & (AddressEnable | 0x00FF_0000)) == AddressEnable;
        return isBus0 ? _functions[(_address >> 8) & 0xFF] : null;
    }
}
