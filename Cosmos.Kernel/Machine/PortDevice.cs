namespace Multicosm.Machine;

/// <summary>A device that answers I/O ports. The bus has checked that port and size lie in the range it registered.</summary>
public abstract class PortDevice
{
    /// <summary>IN of 1, 2 or 4 bytes; the bus truncates the answer.</summary>
    public abstract uint Read(ushort port, int sizeBytes);

    /// <summary>OUT of 1, 2 or 4 bytes, zero-extended.</summary>
    public abstract void Write(ushort port, int sizeBytes, uint value);

    /// <summary>IN of 1 byte.</summary>
    public virtual byte ReadByte(ushort port) => (byte)Read(port, 1);

    /// <summary>OUT of 1 byte.</summary>
    public virtual void WriteByte(ushort port, byte value) => Write(port, 1, value);
}
