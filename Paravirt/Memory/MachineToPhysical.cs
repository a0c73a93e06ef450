using Multicosm.Machine;
using Multicosm.Platform.Memory;

namespace Multicosm.Paravirt.Memory;

/// <summary>
/// One domain's view of the machine-to-physical table: at level-4 slot 256 it reads the pseudo-physical number of each of its own frames;
/// for any other frame of RAM it reads <see cref="NoFrame"/>, and beyond RAM nothing is present. The tables are frames of the domain.
/// </summary>
/// <source>Xen headers "arch-x86/xen-x86_64.h"</source>
internal sealed unsafe class MachineToPhysical(FrameTable table, SharedMachineMap shared, FrameAllocator frames, FrameOwner owner)
{
    /// <summary>What the table says of a frame that is not the domain's.</summary>
    public const ulong NoFrame = ulong.MaxValue;

    /// <summary>Where the guest sees the table, and where room for it ends.</summary>
    public const ulong Start = 0xFFFF_8000_0000_0000, End = 0xFFFF_8040_0000_0000;

    private readonly HostWindow _window = table.Window;
    private HostFrame _root;

    /// <summary>The level-4 entry that shows the table.</summary>
    public ulong RootEntry => PageEntry.ReadableTable(_root.Number).Raw;

    /// <summary>Makes a view without any frame of the domain's own; false if there is no memory for it.</summary>
    public bool TryStart()
    {
        if (!TryNewTable(out _root))
        {
            return false;
        }

        for (ulong index = 0; index < shared.Tables; index++)
        {
            ulong* entry = _window.Table(_root) + (index / PageEntry.PerTable);
            if (*entry == 0)
            {
                if (!TryNewTable(out HostFrame middle))
                {
                    return false;
                }

                *entry = PageEntry.ReadableTable(middle.Number).Raw;
            }

            *Middle(index) = PageEntry.ReadableTable(shared.For(index).Number).Raw;
        }

        return true;
    }

    /// <summary>Shows the page that describes the region of <paramref name="first"/>; false if there is no memory for a table.</summary>
    public bool TryShow(HostFrame first, HostFrame page)
    {
        ulong region = first.Number / FrameTable.FramesPerRegion;
        ulong* entry = Middle(region / SharedMachineMap.RegionsPerTable);
        HostFrame leaf = new(new PageEntry(*entry).Claim.Number);
        if (shared.IsShared(leaf))
        {
            if (!TryNewTable(out HostFrame own))
            {
                return false;
            }

            for (int i = 0; i < PageEntry.PerTable; i++)
            {
                _window.Table(own)[i] = _window.Table(leaf)[i];
            }

            *entry = PageEntry.ReadableTable(own.Number).Raw;
            leaf = own;
        }

        _window.Table(leaf)[region % SharedMachineMap.RegionsPerTable] = PageEntry.ReadablePage(page.Number).Raw;
        return true;
    }

    private ulong* Middle(ulong index)
    {
        PageEntry root = new(_window.Table(_root)[index / PageEntry.PerTable]);
        return _window.Table(new HostFrame(root.Claim.Number)) + (index % PageEntry.PerTable);
    }

    private bool TryNewTable(out HostFrame frame)
    {
        bool found = frames.TryAllocate(owner, PageSize.Size4K, out frame);
        for (int i = 0; found && i < PageEntry.PerTable; i++)
        {
            _window.Table(frame)[i] = 0;
        }

        return found;
    }
}
