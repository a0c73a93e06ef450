using Multicosm.Machine;

namespace Multicosm.Devices.Bus;

/// <summary>A device with 8-bit ports: the ISA bus splits wider accesses into bytes, lowest port first.</summary>
public abstract class BytePortDevice : PortDevice
{
    /// <inheritdoc/>
    public sealed override uint Read(ushort port, int sizeBytes)
    {
        uint value = ReadByte(port);
        return sizeBytes == 1 ? value : value | ReadRest(port, sizeBytes);
    }

    /// <inheritdoc/>
    public sealed override void Write(ushort port, int sizeBytes, uint value)
    {
        WriteByte(port, (byte)value);
        for (int i = 1; i < sizeBytes; i++)
        {
            WriteByte((ushort)(port + i), (byte)(value >> (8 * i)));
        }
    }

    private uint ReadRest(ushort port, int sizeBytes)
    {
        uint value = 0;
        for (int i = 1; i < sizeBytes; i++)
        {
            value |= (uint)ReadByte((ushort)(port + i)) << (8 * i);
        }

        return value;
    }

    /// <summary>IN of a byte; a port that the device does not know reads 0xFF.</summary>
    public abstract override byte ReadByte(ushort port);

    /// <summary>OUT of a byte; a port that the device does not know drops it.</summary>
    public abstract override void WriteByte(ushort port, byte value);
}
