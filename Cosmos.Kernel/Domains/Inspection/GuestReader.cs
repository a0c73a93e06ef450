using System;
using Multicosm.Machine;

namespace Multicosm.Domains.Inspection;

/// <summary>Copies guest memory by linear addresses.</summary>
public static class GuestReader
{
    private const ulong PageOffset = 4095;

    /// <summary>Copies from <paramref name="linear"/> on; gives the number of bytes before the first one that is not mapped to RAM.</summary>
    public static int CopyIn(GuestMemory memory, in VcpuState state, in VcpuSystemState system, ulong linear, Span<byte> destination)
    {
        int copied = 0;
        while (copied < destination.Length)
        {
            ulong at = unchecked(linear + (ulong)copied);
            int length = (int)Math.Min(4096 - (at & PageOffset), (ulong)(destination.Length - copied));
            PageWalk walk = PageWalker.Walk(memory, in state, in system, at);
            if (!walk.IsMapped || !memory.TryCopyIn(new GuestPhysicalAddress(walk.Physical), destination.Slice(copied, length)))
            {
                break;
            }

            copied += length;
        }

        return copied;
    }
}
