using System;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>The guest's memory as its hypercalls name it: by linear addresses of its kernel. Each copy is checked and made once.</summary>
internal abstract class GuestArguments
{
    /// <summary>Copies from <paramref name="linear"/> in the kernel of <paramref name="vcpu"/>; false, with the destination undefined, if that may not be read.</summary>
    public abstract bool TryCopyIn(PvVcpu vcpu, ulong linear, Span<byte> destination);

    /// <summary>Copies to <paramref name="linear"/> in the kernel of <paramref name="vcpu"/>; false if that may not be written: a part of it may have been.</summary>
    public abstract bool TryCopyOut(PvVcpu vcpu, ulong linear, ReadOnlySpan<byte> source);
}
