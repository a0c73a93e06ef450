using Multicosm.Machine;

namespace Multicosm.Platform.Memory;

/// <summary>The uncached window for device registers of the PC (L4 slot 270, behind the direct map's).</summary>
public sealed unsafe class MmioWindow(PageTables tables)
{
    private const ulong WindowStart = 0xFFFF870000000000;
    private ulong _next = WindowStart;

    /// <summary>Maps the pages that hold [physical, +bytes); null if there is no memory for tables.</summary>
    public byte* Map(ulong physical, ulong bytes)
    {
        ulong first = physical & ~4095UL;
        ulong length = ((physical + bytes + 4095) & ~4095UL) - first;
        ulong address = _next;
        if (!tables.TryMap(address, new HostPhysicalAddress(first), length, PageFlags.Write | PageFlags.Uncached))
        {
            return null;
        }

        _next += length;
        return (byte*)(address + (physical - first));
    }
}
