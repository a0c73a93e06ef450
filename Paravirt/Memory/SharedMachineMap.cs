using Multicosm.Machine;
using Multicosm.Platform.Memory;

namespace Multicosm.Paravirt.Memory;

/// <summary>
/// What all domains' views of the machine-to-physical table share: a page that says "no such frame" 512 times and tables full of it. Each
/// page of that table describes a region of 2 MiB, each table of level 1 a GiB. Lives as long as the backend.
/// </summary>
internal sealed unsafe class SharedMachineMap(FrameTable table)
{
    /// <summary>Regions that a table of level 1 describes.</summary>
    public const int RegionsPerTable = 512;

    private HostFrame _full;
    private HostFrame _tail;

    /// <summary>Regions of RAM; beyond them nothing is present.</summary>
    public ulong Regions => table.EndFrame / FrameTable.FramesPerRegion;

    /// <summary>Tables of level 1 that describe all of RAM.</summary>
    public ulong Tables => (Regions + RegionsPerTable - 1) / RegionsPerTable;

    /// <summary>Makes the shared pages; false if there is no memory for them.</summary>
    public bool TryStart(FrameAllocator frames)
    {
        if (!frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out HostFrame nothing)
            || !frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out _full)
            || !frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out _tail))
        {
            return false;
        }

        ulong inTail = Regions % RegionsPerTable;
        for (int i = 0; i < PageEntry.PerTable; i++)
        {
            table.Window.Table(nothing)[i] = MachineToPhysical.NoFrame;
            table.Window.Table(_full)[i] = PageEntry.ReadablePage(nothing.Number).Raw;
            table.Window.Table(_tail)[i] = (ulong)i < inTail ? PageEntry.ReadablePage(nothing.Number).Raw : 0;
        }

        return true;
    }

    /// <summary>The shared table of level 1 for GiB <paramref name="index"/> of RAM.</summary>
    public HostFrame For(ulong index) => (index + 1) * RegionsPerTable <= Regions ? _full : _tail;

    /// <summary>True if <paramref name="frame"/> is one of the shared tables.</summary>
    public bool IsShared(HostFrame frame) => frame.Number == _full.Number || frame.Number == _tail.Number;
}
