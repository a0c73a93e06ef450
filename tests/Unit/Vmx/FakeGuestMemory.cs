using System;
using System.Buffers.Binary;
using Multicosm.Machine;

namespace Multicosm.Unit.Vmx;

/// <summary>A guest's memory from address 0 on.</summary>
internal sealed class FakeGuestMemory(int bytes) : GuestMemory
{
    public byte[] Content { get; } = new byte[bytes];

    public void Put64(ulong address, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Content.AsSpan((int)address), value);

    public void Put32(ulong address, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Content.AsSpan((int)address), value);

    public override bool TryCopyIn(GuestPhysicalAddress address, Span<byte> destination)
    {
        bool inside = address.Value < (ulong)Content.Length && (ulong)destination.Length <= (ulong)Content.Length - address.Value;
        if (inside)
        {
            Content.AsSpan((int)address.Value, destination.Length).CopyTo(destination);
        }

        return inside;
    }

    public override bool TryCopyOut(GuestPhysicalAddress address, ReadOnlySpan<byte> source) => false; // a walk never writes
}
