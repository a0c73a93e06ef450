using System;
using System.Buffers.Binary;

namespace Multicosm.Machine;

/// <summary>A domain's physical memory, the only way in for code that is not a backend. All copies are bounded and happen once.</summary>
public abstract class GuestMemory
{
    /// <summary>Copies guest memory at <paramref name="address"/> into <paramref name="destination"/>; false, with the destination undefined, if any byte is not RAM.</summary>
    public abstract bool TryCopyIn(GuestPhysicalAddress address, Span<byte> destination);

    /// <summary>Copies <paramref name="source"/> to guest memory; false if any byte is not RAM: bytes before it may have been written.</summary>
    public abstract bool TryCopyOut(GuestPhysicalAddress address, ReadOnlySpan<byte> source);

    /// <summary>Reads a little-endian 64-bit value; false if it is not RAM.</summary>
    public virtual bool TryReadUInt64(GuestPhysicalAddress address, out ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        bool present = TryCopyIn(address, bytes);
        value = present ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
        return present;
    }

    /// <summary>Reads a little-endian 32-bit value; false if it is not RAM.</summary>
    public bool TryReadUInt32(GuestPhysicalAddress address, out uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        bool present = TryCopyIn(address, bytes);
        value = present ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;
        return present;
    }
}
