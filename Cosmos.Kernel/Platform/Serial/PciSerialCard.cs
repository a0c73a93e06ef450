using Multicosm.Platform.Cpu;

namespace Multicosm.Platform.Serial;

/// <summary>Finds a serial card on the PCI bus and lets it answer. Its registers must lie in I/O space.</summary>
/// <source>PCI Local Bus Specification, "Software Generation of Configuration Transactions", "Configuration Space Organization", "Base Addresses"</source>
internal static class PciSerialCard
{
    private const ushort AddressPort = 0xCF8;
    private const ushort DataPort = 0xCFC;
    private const uint CommandRegister = 0x04;
    private const uint ClassRegister = 0x08;
    private const uint HeaderRegister = 0x0C;
    private const uint BaseAddress0 = 0x10;
    private const uint SerialClass = 0x0700;
    private const uint MultipleFunctions = 1 << 23;
    private const uint Nothing = 0xFFFFFFFF;

    /// <summary>The I/O port of the card that <paramref name="setting"/> means; 0 if there is none, or if it has no registers in I/O space.</summary>
    public static ushort FindPort(in SerialSetting setting)
    {
        if (setting.HasLocation)
        {
            return PortOf(FunctionAt(setting.Bus, setting.Device, setting.Function));
        }

        for (uint device = 0; device < 256 * 32; device++)
        {
            uint first = FunctionAt(device / 32, device % 32, 0);
            ushort port = Read(first) == Nothing ? (ushort)0 : FindPortOfDevice(first);
            if (port != 0)
            {
                return port;
            }
        }

        return 0;
    }

    private static ushort FindPortOfDevice(uint first)
    {
        uint functions = (Read(first + HeaderRegister) & MultipleFunctions) != 0 ? 8u : 1;
        for (uint function = 0; function < functions; function++)
        {
            uint at = first + (function << 8);
            ushort port = Read(at + ClassRegister) >> 16 == SerialClass ? PortOf(at) : (ushort)0;
            if (port != 0)
            {
                return port;
            }
        }

        return 0;
    }

    private static ushort PortOf(uint function)
    {
        uint address = Read(function + BaseAddress0);
        if (Read(function) == Nothing || (address & 1) == 0 || (address & 0xFFF8) == 0)
        {
            return 0;
        }

        uint command = Read(function + CommandRegister) & 0xFFFF; // writing zeros leaves the status bits above alone
        Write(function + CommandRegister, command | 1);
        return (ushort)(address & 0xFFF8);
    }

    private static uint FunctionAt(uint bus, uint device, uint function) => 0x80000000 | (bus << 16) | (device << 11) | (function << 8);

    private static uint Read(uint register)
    {
        CpuInstructions.Out32(AddressPort, register);
        return CpuInstructions.In32(DataPort);
    }

    private static void Write(uint register, uint value)
    {
        CpuInstructions.Out32(AddressPort, register);
        CpuInstructions.Out32(DataPort, value);
    }
}
