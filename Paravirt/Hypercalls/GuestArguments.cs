using System;
using System.Buffers.Binary;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>The guest's memory as its hypercalls name it: by linear addresses of its kernel. Each copy is checked and made once.</summary>
internal abstract class GuestArguments
{
    /// <summary>Copies from <paramref name="linear"/> in the kernel of <paramref name="vcpu"/>; false, with the destination undefined, if that may not be read.</summary>
    public abstract bool TryCopyIn(PvVcpu vcpu, ulong linear, Span<byte> destination);

    /// <summary>Reads 4 bytes at <paramref name="linear"/> in the kernel of <paramref name="vcpu"/>; false if they may not be read.</summary>
    public virtual bool TryReadUInt32(PvVcpu vcpu, ulong linear, out uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        bool isRead = TryCopyIn(vcpu, linear, bytes);
        value = isRead ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;
        return isRead;
    }

    /// <summary>Copies to <paramref name="linear"/> in the kernel of <paramref name="vcpu"/>; false if that may not be written: a part of it may have been.</summary>
    public abstract bool TryCopyOut(PvVcpu vcpu, ulong linear, ReadOnlySpan<byte> source);
}
