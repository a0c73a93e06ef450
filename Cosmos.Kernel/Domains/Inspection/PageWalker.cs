using Multicosm.Machine;

namespace Multicosm.Domains.Inspection;

/// <summary>
/// Walks a guest's page tables for people: keeps every entry, and asks for no permission. (What the backend walks for the guest stops where
/// the guest's own access would.)
/// </summary>
/// <source>SDM 3A, "Paging"</source>
public static class PageWalker
{
    private const ulong Present = 1;
    private const ulong LargePage = 1 << 7;
    private const ulong PagingBit = 1UL << 31;
    private const ulong PageSizeExtension = 1 << 4;
    private const ulong PhysicalAddressExtension = 1 << 5;
    private const ulong LinearAddress57 = 1 << 12;
    private const ulong LongModeActive = 1 << 10;
    private const ulong AddressMask = 0x000FFFFFFFFFF000;

    /// <summary>Walks for <paramref name="linear"/> with the registers of a vCPU.</summary>
    public static PageWalk Walk(GuestMemory memory, in VcpuState state, in VcpuSystemState system, ulong linear)
    {
        PageWalk walk = new() { Linear = linear, Mode = ModeOf(in state) };
        switch (walk.Mode)
        {
            case PagingMode.None:
                walk.Physical = linear;
                walk.End = PageWalkEnd.Mapped;
                break;
            case PagingMode.Bits32:
                Walk32(memory, in state, ref walk);
                break;
            case PagingMode.Pae:
                walk.Linear = (uint)linear;
                ulong top = system.Pdpte((uint)(linear >> 30 & 3));
                walk.Add(3, 0, top);
                WalkFrom(memory, top, 2, ref walk);
                break;
            case PagingMode.FourLevel:
                WalkLong(memory, in state, 4, ref walk);
                break;
            case PagingMode.FiveLevel:
                WalkLong(memory, in state, 5, ref walk);
                break;
        }

        return walk;
    }

    /// <summary>The paging mode that the registers say.</summary>
    public static PagingMode ModeOf(in VcpuState state)
    {
        if ((state.Cr0 & PagingBit) == 0)
        {
            return PagingMode.None;
        }

        if ((state.Cr4 & PhysicalAddressExtension) == 0)
        {
            return PagingMode.Bits32;
        }

        bool isLong = (state.Efer & LongModeActive) != 0;
        return !isLong ? PagingMode.Pae : (state.Cr4 & LinearAddress57) != 0 ? PagingMode.FiveLevel : PagingMode.FourLevel;
    }

    private static void WalkLong(GuestMemory memory, in VcpuState state, int levels, ref PageWalk walk)
    {
        int unused = 64 - (12 + (9 * levels));
        if ((ulong)((long)(walk.Linear << unused) >> unused) != walk.Linear)
        {
            walk.End = PageWalkEnd.NotCanonical;
            return;
        }

        WalkFrom(memory, (state.Cr3 & AddressMask) | Present, levels, ref walk);
    }

    // Entry is what names the table of the first level.
    private static void WalkFrom(GuestMemory memory, ulong entry, int firstLevel, ref PageWalk walk)
    {
        for (int level = firstLevel; ; level--)
        {
            if ((entry & Present) == 0)
            {
                walk.End = PageWalkEnd.NotPresent;
                return;
            }

            int shift = 12 + (9 * (level - 1));
            ulong address = (entry & AddressMask) + ((walk.Linear >> shift & 511) * 8);
            if (!memory.TryReadUInt64(new GuestPhysicalAddress(address), out entry))
            {
                walk.End = PageWalkEnd.NoRam;
                return;
            }

            walk.Add(level, address, entry);
            bool isLeaf = level == 1 || (level <= 3 && (entry & LargePage) != 0);
            if (isLeaf && (entry & Present) != 0)
            {
                ulong offset = (1UL << shift) - 1;
                Finish(ref walk, (entry & AddressMask & ~offset) | (walk.Linear & offset), offset + 1);
                return;
            }

            if (level == 1)
            {
                walk.End = PageWalkEnd.NotPresent;
                return;
            }
        }
    }

    private static void Walk32(GuestMemory memory, in VcpuState state, ref PageWalk walk)
    {
        uint linear = (uint)walk.Linear;
        walk.Linear = linear;
        if (!TryStep32(memory, (state.Cr3 & 0xFFFFF000) + ((linear >> 22) * 4), 2, ref walk, out uint entry))
        {
            return;
        }

        if ((entry & LargePage) != 0 && (state.Cr4 & PageSizeExtension) != 0)
        {
            // A 4 MiB page keeps address bits 39:32 in entry bits 20:13.
            Finish(ref walk, (entry & 0xFFC00000) | ((ulong)(entry >> 13 & 0xFF) << 32) | (linear & 0x3FFFFF), 4UL << 20);
        }
        else if (TryStep32(memory, (entry & 0xFFFFF000) + ((linear >> 12 & 1023) * 4), 1, ref walk, out entry))
        {
            Finish(ref walk, (entry & 0xFFFFF000) | (linear & 0xFFF), 4096);
        }
    }

    private static bool TryStep32(GuestMemory memory, ulong address, int level, ref PageWalk walk, out uint entry)
    {
        if (!memory.TryReadUInt32(new GuestPhysicalAddress(address), out entry))
        {
            walk.End = PageWalkEnd.NoRam;
            return false;
        }

        walk.Add(level, address, entry);
        walk.End = PageWalkEnd.NotPresent;
        return (entry & Present) != 0;
    }

    private static void Finish(ref PageWalk walk, ulong physical, ulong pageBytes)
    {
        walk.End = PageWalkEnd.Mapped;
        walk.Physical = physical;
        walk.PageBytes = pageBytes;
    }
}
