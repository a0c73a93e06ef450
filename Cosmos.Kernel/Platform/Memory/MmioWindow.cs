using Multicosm.Machine;

namespace Multicosm.Platform.Memory;

/// <summary>The window for device registers of the PC (L4 slot 270, behind the direct map's).</summary>
public sealed unsafe class MmioWindow(PageTables tables)
{
    private const ulong WindowStart = 0xFFFF870000000000;
    private const ulong LargePage = 2UL << 20;
    private ulong _next = WindowStart;

    /// <summary>Maps the pages that hold [physical, +bytes), uncached; null if there is no memory for tables.</summary>
    public byte* Map(ulong physical, ulong bytes) => Map(physical, bytes, PageFlags.Uncached);

    /// <summary>Maps the pages that hold a screen's memory; null if there is no memory for tables.</summary>
    public byte* MapScreen(ulong physical, ulong bytes) => Map(physical, bytes, PageFlags.WriteCombining);

    private byte* Map(ulong physical, ulong bytes, PageFlags kind)
    {
        ulong first = physical & ~4095UL;
        ulong length = ((physical + bytes + 4095) & ~4095UL) - first;
        bool isLarge = (first & (LargePage - 1)) == 0 && length >= LargePage;
        ulong address = isLarge ? (_next + LargePage - 1) & ~(LargePage - 1) : _next;
        _next = address + length; // even if it fails: a part may be mapped then, and nothing else may come there
        return tables.TryMap(address, new HostPhysicalAddress(first), length, PageFlags.Write | kind) ? (byte*)(address + (physical - first)) : null;
    }
}
