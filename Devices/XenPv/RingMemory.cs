using System;
using System.Buffers.Binary;
using Multicosm.Machine;

namespace Multicosm.Devices.XenPv;

/// <summary>A page of the guest's that holds a ring: numbers and bytes by their offset in it. What cannot be read is 0, what cannot be written is lost: the guest has given its page away.</summary>
internal sealed class RingMemory(GuestMemory memory)
{
    private GuestPhysicalAddress _page;

    /// <summary>Where the page lies.</summary>
    public void MoveTo(GuestPhysicalAddress page) => _page = page;

    /// <summary>The 32-bit number at <paramref name="offset"/>.</summary>
    public uint Read(uint offset)
    {
        _ = memory.TryReadUInt32(_page.Add(offset), out uint value); // 0 if it is not there
        return value;
    }

    /// <summary>Writes a 32-bit number.</summary>
    public void Write(uint offset, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _ = memory.TryCopyOut(_page.Add(offset), bytes);
    }

    /// <summary>
    /// Copies from the ring of <paramref name="size"/> bytes (a power of two) at <paramref name="offset"/>, from free-running position
    /// <paramref name="position"/> on; at most <paramref name="size"/> bytes.
    /// </summary>
    public void CopyIn(uint offset, uint size, uint position, Span<byte> destination)
    {
        uint start = position & (size - 1);
        int first = Math.Min(destination.Length, (int)(size - start));
        _ = memory.TryCopyIn(_page.Add(offset + start), destination[..first]);
        _ = memory.TryCopyIn(_page.Add(offset), destination[first..]);
    }

    /// <summary>Copies to a ring, as <see cref="CopyIn"/>.</summary>
    public void CopyOut(uint offset, uint size, uint position, ReadOnlySpan<byte> source)
    {
        uint start = position & (size - 1);
        int first = Math.Min(source.Length, (int)(size - start));
        _ = memory.TryCopyOut(_page.Add(offset + start), source[..first]);
        _ = memory.TryCopyOut(_page.Add(offset), source[first..]);
    }
}
