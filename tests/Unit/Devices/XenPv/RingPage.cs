using System;
using System.Buffers.Binary;
using Multicosm.Machine;

namespace Multicosm.Unit.Devices.XenPv;

/// <summary>A guest of one page at <see cref="Address"/>, in which a ring lies.</summary>
internal sealed class RingPage : GuestMemory
{
    internal const ulong Address = 0x5000;

    internal byte[] Bytes { get; } = new byte[4096];

    internal uint this[int offset]
    {
        get => BinaryPrimitives.ReadUInt32LittleEndian(Bytes.AsSpan(offset));
        set => BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(offset), value);
    }

    public override bool TryCopyIn(GuestPhysicalAddress address, Span<byte> destination)
    {
        Bytes.AsSpan((int)(address.Value - Address), destination.Length).CopyTo(destination);
        return true;
    }

    public override bool TryCopyOut(GuestPhysicalAddress address, ReadOnlySpan<byte> source)
    {
        source.CopyTo(Bytes.AsSpan((int)(address.Value - Address), source.Length));
        return true;
    }
}
