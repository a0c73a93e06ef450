using System;
using Multicosm.Machine;

namespace Multicosm.Paravirt.Grants;

/// <summary>What a domain grants to domain 0: the hypervisor's devices.</summary>
internal sealed unsafe class DomainGrants(PvDomain domain, GrantPages pages) : GrantAccess
{
    private const int PageBytes = 4096;

    /// <inheritdoc/>
    public override bool TryCopyIn(uint reference, int offset, Span<byte> destination)
    {
        GrantedPage granted = default;
        if (!IsInside(offset, destination.Length) || granted.Open(pages, domain, 0, reference, false) != GrantStatus.Okay)
        {
            return false;
        }

        new ReadOnlySpan<byte>(granted.Page + offset, destination.Length).CopyTo(destination);
        granted.Close();
        return true;
    }

    /// <inheritdoc/>
    public override bool TryCopyOut(uint reference, int offset, ReadOnlySpan<byte> source)
    {
        GrantedPage granted = default;
        if (!IsInside(offset, source.Length) || granted.Open(pages, domain, 0, reference, true) != GrantStatus.Okay)
        {
            return false;
        }

        source.CopyTo(new Span<byte>(granted.Page + offset, source.Length));
        granted.Close();
        return true;
    }

    private static bool IsInside(int offset, int length) => (uint)offset <= PageBytes && length <= PageBytes - offset;
}
