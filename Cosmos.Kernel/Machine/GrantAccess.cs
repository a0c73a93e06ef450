using System;

namespace Multicosm.Machine;

/// <summary>How a device in the hypervisor reaches pages that a paravirtual guest has granted it: by the number of the grant, in copies inside one page.</summary>
public abstract class GrantAccess
{
    /// <summary>Copies from byte <paramref name="offset"/> of the page that is granted by <paramref name="reference"/>; false, with the destination undefined, if that is not granted.</summary>
    public abstract bool TryCopyIn(uint reference, int offset, Span<byte> destination);

    /// <summary>Copies to the page that is granted by <paramref name="reference"/>; false, with nothing written, if it is not granted for writing.</summary>
    public abstract bool TryCopyOut(uint reference, int offset, ReadOnlySpan<byte> source);
}
