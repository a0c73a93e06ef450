using System.Runtime;
using System.Runtime.CompilerServices;
using Multicosm.Machine;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Memory;
using Multicosm.Platform.Panic;

namespace Multicosm.Platform.Interrupts;

/// <summary>
/// L4 slot 260, the only part of the hypervisor that is mapped, for ring 0 alone, while a PV guest runs: the code between the two page
/// tables, descriptor tables, the CPU's state, and the stacks that the CPU switches to.
/// </summary>
public static unsafe class EntryArea
{
    /// <summary>First address of the slot: the code of section .entry, a second time.</summary>
    public const ulong Base = 0xFFFF820000000000;

    /// <summary>The slot's number in a level-4 table.</summary>
    public const int Slot = 260;

    /// <summary>Where this CPU's global descriptor table begins: 14 pages are a PV guest's, two are ours.</summary>
    public const ulong GdtBase = Base + (2UL << 20);

    /// <summary>Pages of the global descriptor table that a PV guest may fill.</summary>
    public const int GuestGdtPages = 14;

    /// <summary>Where a PV guest's local descriptor table appears.</summary>
    public const ulong LdtBase = GdtBase + (GdtPages * PageBytes);

    /// <summary>Pages of a local descriptor table.</summary>
    public const int LdtPages = 16;

    internal const ulong DataBase = Base + (1UL << 20);
    internal const ulong StackWindow = Base + (4UL << 20);
    internal const int GdtPages = 16;

    private const int DataPages = 2;
    private const ulong PageBytes = 4096;
    private const ulong EntryFlags = 0x8000000000000063; // present, writable, accessed, dirty, not executable
    private const ulong ReadOnlyFlags = 0x8000000000000021;

#pragma warning disable CS0649 // set in Map, read through properties
    private static ulong* s_descriptorTables; // the page table for GDT and LDT
    private static ulong s_emptyPage;
#pragma warning restore CS0649

    /// <summary>How far the code of section .entry lies from where the kernel is linked.</summary>
    public static ulong CodeDistance => Base - CodeStart();

    /// <summary>Bytes of that code: whole pages.</summary>
    public static ulong CodeBytes => CodeEnd() - CodeStart();

    /// <summary>Maps the slot into the host's tables.</summary>
    public static void Map(FrameAllocator frames, PageTables tables)
    {
        ulong code = CodeStart();
        Require(tables.TryMap(Base, new HostPhysicalAddress(Boot.KernelImage.ToPhysical(code)), CodeEnd() - code, PageFlags.Execute));
        MapNew(frames, tables, DataBase, DataPages);
        s_emptyPage = NewPage(frames).Value;
        for (ulong page = GdtBase; page < LdtBase + (LdtPages * PageBytes); page += PageBytes)
        {
            Require(tables.TryMap(page, new HostPhysicalAddress(s_emptyPage), PageBytes, PageFlags.None));
        }

        MapNew(frames, tables, GdtBase + (GuestGdtPages * PageBytes), GdtPages - GuestGdtPages);
        Require(tables.TryFindTable(GdtBase, out s_descriptorTables));
        for (int page = 0; page < GuestGdtPages; page++)
        {
            SetGdtPage(page, 0); // without the Global flag that the mapping above has
        }

        for (int page = 0; page < LdtPages; page++)
        {
            SetLdtPage(page, 0);
        }
    }

    /// <summary>Shows the frame at <paramref name="physical"/> as page <paramref name="page"/> (0..13) of the GDT, or an empty one for 0.</summary>
    public static void SetGdtPage(int page, ulong physical) => Set(page, physical);

    /// <summary>Shows a frame as page <paramref name="page"/> (0..15) of the local descriptor table, or an empty one for 0.</summary>
    public static void SetLdtPage(int page, ulong physical) => Set(GdtPages + page, physical);

    private static void Set(int index, ulong physical)
    {
        // The CPU sets accessed bits in what it loads, so a guest's pages must be writable here.
        s_descriptorTables[index] = physical == 0 ? s_emptyPage | ReadOnlyFlags : physical | EntryFlags;
        CpuInstructions.InvalidatePage(GdtBase + ((ulong)index * PageBytes));
    }

    private static void MapNew(FrameAllocator frames, PageTables tables, ulong address, int pages)
    {
        for (int i = 0; i < pages; i++)
        {
            Require(tables.TryMap(address + ((ulong)i * PageBytes), NewPage(frames), PageBytes, PageFlags.Write));
        }
    }

    private static HostPhysicalAddress NewPage(FrameAllocator frames)
    {
        Require(frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out HostFrame frame));
        DirectMap.Clear(frame.Address, PageBytes);
        return frame.Address;
    }

    private static void Require(bool success)
    {
        if (!success)
        {
            PanicScreen.Halt("no frame for the entry area"u8, 0);
        }
    }

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "entry_code_start")]
    private static extern ulong CodeStart();

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "entry_code_end")]
    private static extern ulong CodeEnd();
}
