using System;
using Multicosm.Machine;

namespace Multicosm.Paravirt.Memory;

/// <summary>A PV domain's RAM by the pseudo-physical addresses that it was built with, for loaders and devices.</summary>
internal sealed unsafe class PseudoPhysicalMemory(DomainMemory memory) : GuestMemory
{
    /// <inheritdoc/>
    public override bool TryCopyIn(GuestPhysicalAddress address, Span<byte> destination)
    {
        while (destination.Length != 0)
        {
            byte* source = Find(address, destination.Length, out int length);
            if (source == null)
            {
                return false;
            }

            new ReadOnlySpan<byte>(source, length).CopyTo(destination);
            destination = destination[length..];
            address = address.Add((ulong)length);
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool TryCopyOut(GuestPhysicalAddress address, ReadOnlySpan<byte> source)
    {
        while (source.Length != 0)
        {
            byte* destination = Find(address, source.Length, out int length);
            if (destination == null)
            {
                return false;
            }

            source[..length].CopyTo(new Span<byte>(destination, length));
            source = source[length..];
            address = address.Add((ulong)length);
        }

        return true;
    }

    // A region is contiguous: a copy goes on to its end.
    private byte* Find(GuestPhysicalAddress address, int wanted, out int length)
    {
        ulong number = address.Value >> 12;
        ulong end = memory.PageCount << 12;
        ulong regionEnd = (address.Value | 0x1FFFFF) + 1;
        ulong available = address.Value < end ? Math.Min(end, regionEnd) - address.Value : 0;
        length = (int)Math.Min(available, (ulong)wanted);
        return length == 0 ? null : memory.Window.Page(memory.FrameAt(number)) + (address.Value & 0xFFF);
    }
}
