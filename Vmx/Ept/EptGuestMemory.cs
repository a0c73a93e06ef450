using System;
using Multicosm.Machine;

namespace Multicosm.Vmx.Ept;

/// <summary>A domain's RAM as its EPT maps it.</summary>
internal sealed unsafe class EptGuestMemory(EptTables tables) : GuestMemory
{
    /// <inheritdoc/>
    public override bool TryCopyIn(GuestPhysicalAddress address, Span<byte> destination)
    {
        while (destination.Length != 0)
        {
            byte* source = tables.Find(address, out ulong available);
            if (source == null)
            {
                return false;
            }

            int length = (int)Math.Min(available, (ulong)destination.Length);
            new ReadOnlySpan<byte>(source, length).CopyTo(destination);
            destination = destination[length..];
            address = address.Add((ulong)length);
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool TryReadUInt64(GuestPhysicalAddress address, out ulong value)
    {
        byte* source = tables.Find(address, out ulong available);
        if (source == null || available < sizeof(ulong))
        {
            return base.TryReadUInt64(address, out value);
        }

        value = *(ulong*)source;
        return true;
    }

    /// <inheritdoc/>
    public override bool TryCopyOut(GuestPhysicalAddress address, ReadOnlySpan<byte> source)
    {
        while (source.Length != 0)
        {
            byte* destination = tables.Find(address, out ulong available);
            if (destination == null)
            {
                return false;
            }

            int length = (int)Math.Min(available, (ulong)source.Length);
            source[..length].CopyTo(new Span<byte>(destination, length));
            source = source[length..];
            address = address.Add((ulong)length);
        }

        return true;
    }
}
