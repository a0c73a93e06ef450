using Multicosm.Machine;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Building;

/// <summary>Where everything lies that a PV kernel finds when it starts, by pseudo-physical frames: image, ramdisk, frame list, start_info, rings, page tables, stack.</summary>
/// <source>Xen headers "xen.h"</source>
internal struct BootLayout
{
    private const ulong PageBytes = 4096;
    private const ulong EntriesPerPage = 512;
    private const ulong FreeBytes = 512 * 1024;
    private const ulong EndAlignment = 4 << 20;

    /// <summary>Frame 0's linear address.</summary>
    public ulong VirtualBase;

    /// <summary>The frame list and how many pages it has.</summary>
    public ulong ListFrame, ListPages;

    /// <summary>Its linear address.</summary>
    public ulong ListAddress;

    /// <summary>Single pages.</summary>
    public ulong StartInfoFrame, StoreFrame, ConsoleFrame, StackFrame;

    /// <summary>The first page table (level 4), and how many there are of each level for the image.</summary>
    public ulong TableFrame, Tables3, Tables2, Tables1;

    /// <summary>Tables for a frame list at an address of its own: a level-3 table, then levels 2 and 1.</summary>
    public ulong ListTables3, ListTables2, ListTables1;

    /// <summary>The first frame that is not mapped with the image.</summary>
    public ulong MappedEnd;

    /// <summary>The first frame behind all of it.</summary>
    public ulong End;

    /// <summary>Tables for the image's mapping.</summary>
    public readonly ulong TableCount => 1 + Tables3 + Tables2 + Tables1;

    /// <summary>True if the frame list has an address of its own.</summary>
    public readonly bool HasOwnList => ListTables1 != 0;

    /// <summary>Frames that the list of its own and its tables take.</summary>
    public readonly ulong OwnListFrames => ListPages + ListTables3 + ListTables2 + ListTables1;

    /// <summary>Lays it out; false if <paramref name="pages"/> have no room, or a ramdisk at their end is in the way.</summary>
    public static bool TryMake(in ParavirtImage image, ulong pages, out BootLayout layout)
    {
        layout = new BootLayout { VirtualBase = image.VirtualBase, ListPages = (pages + EntriesPerPage - 1) / EntriesPerPage };
        ulong next = image.EndFrame;
        bool ownList = image.FrameListBase != 0;
        if (!ownList)
        {
            layout.ListFrame = next;
            layout.ListAddress = image.VirtualBase + (next * PageBytes);
            next += layout.ListPages;
        }

        layout.StartInfoFrame = next++;
        layout.StoreFrame = next++;
        layout.ConsoleFrame = next++;
        layout.TableFrame = next;
        layout.CountTables();
        layout.StackFrame = next + layout.TableCount;
        layout.End = layout.MappedEnd;
        if (ownList)
        {
            layout.ListAddress = image.FrameListBase;
            layout.ListFrame = layout.MappedEnd;
            ulong end = image.FrameListBase + (layout.ListPages * PageBytes);
            layout.ListTables1 = Spans(image.FrameListBase, end, 21);
            layout.ListTables2 = Spans(image.FrameListBase, end, 30);
            layout.ListTables3 = Spans(image.FrameListBase, end, 39);
            layout.End += layout.OwnListFrames;
        }

        ulong limit = image.IsRamdiskByFrame ? image.RamdiskFrame : pages;
        return layout.MappedEnd <= pages && layout.End <= limit && !layout.Collides(in image);
    }

    // The tables map themselves, so their number is found by trying.
    private void CountTables()
    {
        ulong count = 0;
        do
        {
            count = TableCount;
            ulong used = (TableFrame + count + 1) * PageBytes;
            ulong end = (VirtualBase + used + FreeBytes + EndAlignment - 1) & ~(EndAlignment - 1);
            MappedEnd = (end - VirtualBase) / PageBytes;
            Tables1 = Spans(VirtualBase, end, 21);
            Tables2 = Spans(VirtualBase, end, 30);
            Tables3 = Spans(VirtualBase, end, 39);
        }
        while (count != TableCount);
    }

    // Both mappings have tables of their own below level 4, so they may not share an entry of it; nor may they reach into the hole.
    private readonly bool Collides(in ParavirtImage image)
    {
        ulong imageEnd = VirtualBase + (MappedEnd * PageBytes) - 1;
        bool shares = HasOwnList && Slot(image.FrameListBase) <= Slot(imageEnd) && Slot(image.FrameListBase + (ListPages * PageBytes) - 1) >= Slot(VirtualBase);
        return shares || ReachesHole(VirtualBase, imageEnd) || (HasOwnList && ReachesHole(image.FrameListBase, image.FrameListBase + (ListPages * PageBytes) - 1));
    }

    private static bool ReachesHole(ulong first, ulong last) =>
        last < first || (Slot(first) < PageEntry.FirstHypervisorSlot + PageEntry.HypervisorSlots && Slot(last) >= PageEntry.FirstHypervisorSlot);

    private static ulong Slot(ulong address) => (address >> 39) & 511;

    private static ulong Spans(ulong start, ulong end, int shift) => ((end - 1) >> shift) - (start >> shift) + 1;
}
