using System;

namespace Multicosm.Devices.Pci;

/// <summary>
/// A function on PCI bus 0: 256 bytes of configuration space with a mask of what a guest can write. A derived class describes itself in its
/// constructor; <see cref="Reset"/> brings back what it described.
/// </summary>
/// <source>PCI Local Bus Specification 3.0, "Configuration Space Organization" and "Base Addresses"</source>
public abstract class PciFunction
{
    /// <summary>Bytes of configuration space.</summary>
    public const int ConfigBytes = 256;

    private const int CommandOffset = 0x04;
    private const int FirstBarOffset = 0x10;
    private const int BarCount = 6;
    private const uint CommandIo = 1;
    private const uint CommandMemory = 2;

    private readonly byte[] _initial = new byte[ConfigBytes];
    private readonly byte[] _writable = new byte[ConfigBytes];
    private readonly byte[] _config = new byte[ConfigBytes];

    /// <summary>A function with its identity; the command register and the interrupt line can be written, all else is 0 and fixed.</summary>
    protected PciFunction(ushort vendor, ushort device, uint classCode, byte revision)
    {
        Describe(0x00, ((uint)device << 16) | vendor, 0);
        Describe(CommandOffset, 0, 0x0000_0547); // I/O, memory, master, parity, SERR, INTx disable
        Describe(0x08, (classCode << 8) | revision, 0);
        Describe(0x3C, 0, 0x0000_00FF);
    }

    /// <summary>Power-on state.</summary>
    public virtual void Reset() => _initial.AsSpan().CopyTo(_config);

    /// <summary>Reads 1, 2 or 4 bytes of configuration space; past its end there are ones.</summary>
    public uint ReadConfig(int offset, int sizeBytes)
    {
        uint value = 0;
        for (int i = 0; i < sizeBytes; i++)
        {
            uint part = offset + i is >= 0 and < ConfigBytes ? _config[offset + i] : 0xFFu;
            value |= part << (8 * i);
        }

        return value;
    }

    /// <summary>Writes 1, 2 or 4 bytes of configuration space, as far as they can be written.</summary>
    public void WriteConfig(int offset, int sizeBytes, uint value)
    {
        for (int i = 0; i < sizeBytes; i++)
        {
            if (offset + i is >= 0 and < ConfigBytes)
            {
                byte mask = _writable[offset + i];
                ref byte target = ref _config[offset + i];
                uint written = (value >> (8 * i)) & mask;
                target = (byte)((target & ~(uint)mask) | written);
            }
        }

        OnConfigWritten(offset, sizeBytes);
    }

    /// <summary>
    /// Where base address register <paramref name="index"/> (0..5) places its range; false while the command register does not enable it or the
    /// function has no such register. A guest chooses the address: it may be anywhere.
    /// </summary>
    public bool TryGetBase(int index, out ulong address)
    {
        address = 0;
        if (index is < 0 or >= BarCount)
        {
            return false;
        }

        int offset = FirstBarOffset + (index * 4);
        uint value = ReadConfig(offset, 4);
        bool isIo = (_initial[offset] & 1) != 0;
        bool exists = _writable[offset + 3] != 0 || _writable[offset + 1] != 0;
        address = isIo ? value & ~3u : value & ~15u;
        return exists && (ReadConfig(CommandOffset, 2) & (isIo ? CommandIo : CommandMemory)) != 0;
    }

    /// <summary>Sets a 32-bit register's initial value and the bits of it that a guest can write.</summary>
    protected void Describe(int offset, uint initial, uint writable)
    {
        for (int i = 0; i < 4; i++)
        {
            _initial[offset + i] = (byte)(initial >> (8 * i));
            _writable[offset + i] = (byte)(writable >> (8 * i));
            _config[offset + i] = _initial[offset + i];
        }
    }

    /// <summary>
    /// Gives the function a range of <paramref name="sizeBytes"/> (a power of two; at least 4 for I/O ports, 16 for memory). A guest learns the
    /// size by writing ones and reading back.
    /// </summary>
    protected void DescribeBase(int index, uint sizeBytes, bool isIo) => Describe(FirstBarOffset + (index * 4), isIo ? 1u : 0u, ~(sizeBytes - 1));

    /// <summary>Called after a guest wrote configuration space.</summary>
    protected virtual void OnConfigWritten(int offset, int sizeBytes)
    {
    }
}
