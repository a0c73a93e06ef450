namespace Multicosm.Machine;

/// <summary>A device that answers guest physical memory. The bus has checked that offset and size lie in the range it registered.</summary>
public abstract class MmioDevice
{
    /// <summary>Read of 1, 2, 4 or 8 bytes at <paramref name="offset"/> into the device's range; the bus truncates the answer.</summary>
    public abstract ulong Read(ulong offset, int sizeBytes);

    /// <summary>Write of 1, 2, 4 or 8 bytes, zero-extended.</summary>
    public abstract void Write(ulong offset, int sizeBytes, ulong value);
}
