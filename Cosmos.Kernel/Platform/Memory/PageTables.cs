using Multicosm.Machine;
using Multicosm.Platform.Cpu;

namespace Multicosm.Platform.Memory;

/// <summary>The host's own page tables (one L4 for every CPU).</summary>
/// <source>SDM 3A, "4-Level Paging"</source>
public sealed unsafe class PageTables
{
    private const ulong Present = 1;
    private const ulong Writable = 2;
    private const ulong WriteThrough = 1 << 3;
    private const ulong CacheDisable = 1 << 4;
    private const ulong Accessed = 1 << 5;
    private const ulong Dirty = 1 << 6;
    private const ulong Large = 1 << 7;
    private const ulong Global = 1 << 8;
    private const ulong NoExecute = 1UL << 63;
    private const ulong AddressMask = 0x000FFFFFFFFFF000;

    private readonly FrameAllocator _frames;
    private readonly ulong _root;
    private readonly bool _hasGiBPages;

    /// <summary>Empty tables; <see cref="IsValid"/> is false if there was no frame for the root.</summary>
    public PageTables(FrameAllocator frames)
    {
        _frames = frames;
        _hasGiBPages = (HostCpuid.Read(0x80000001, 0).Edx & (1 << 26)) != 0;
        IsValid = TryNewTable(out _root);
    }

    /// <summary>True if the root exists.</summary>
    public bool IsValid { get; }

    /// <summary>Physical address of the L4, for CR3.</summary>
    public ulong Root => _root;

    /// <summary>
    /// Maps [virtualAddress, +bytes) to [physical, +bytes), all multiples of 4 KiB, with the largest pages that fit.
    /// False if there is no frame for a table, or a larger page is in the way: what was mapped before stays.
    /// </summary>
    public bool TryMap(ulong virtualAddress, HostPhysicalAddress physical, ulong bytes, PageFlags flags)
    {
        ulong offset = 0;
        while (offset < bytes)
        {
            int level = LargestLevel(virtualAddress + offset, physical.Value + offset, bytes - offset);
            if (!TryEntry(virtualAddress + offset, level, out ulong* entry))
            {
                return false;
            }

            *entry = Leaf(physical.Value + offset, flags) | (level > 1 ? Large : 0);
            CpuInstructions.InvalidatePage(virtualAddress + offset);
            offset += 1UL << (12 + (9 * (level - 1)));
        }

        return true;
    }

    /// <summary>The entry of the level-4 table that covers <paramref name="slot"/>.</summary>
    public ulong RootEntry(int slot) => ((ulong*)DirectMap.Pointer(_root))[slot];

    /// <summary>Finds the page table whose first entry maps <paramref name="virtualAddress"/>, a multiple of 2 MiB; false if there is no frame for it.</summary>
    internal bool TryFindTable(ulong virtualAddress, out ulong* table) => TryEntry(virtualAddress, 1, out table);

    private static ulong Leaf(ulong physical, PageFlags flags) =>
        physical | Present | Accessed | Dirty | Global
        | ((flags & PageFlags.Write) != 0 ? Writable : 0)
        | ((flags & PageFlags.Execute) != 0 ? 0 : NoExecute)
        | ((flags & PageFlags.Uncached) != 0 ? CacheDisable | WriteThrough : 0)
        | ((flags & PageFlags.WriteCombining) != 0 ? WriteThrough : 0); // as HostMemory programmes the page attribute table

    private int LargestLevel(ulong virtualAddress, ulong physical, ulong bytes)
    {
        ulong alignment = virtualAddress | physical;
        if (_hasGiBPages && (alignment & ((1UL << 30) - 1)) == 0 && bytes >= 1UL << 30)
        {
            return 3;
        }

        return (alignment & ((1UL << 21) - 1)) == 0 && bytes >= 1UL << 21 ? 2 : 1;
    }

    // Walks down to the entry at a level (1 = page table), making tables on the way. A large page on the way is not a table: false.
    private bool TryEntry(ulong virtualAddress, int level, out ulong* entry)
    {
        ulong table = _root;
        for (int i = 4; ; i--)
        {
            entry = (ulong*)DirectMap.Pointer(table) + (virtualAddress >> (12 + (9 * (i - 1))) & 511);
            if (i == level)
            {
                return true;
            }

            if ((*entry & Present) == 0)
            {
                if (!TryNewTable(out ulong next))
                {
                    return false;
                }

                *entry = next | Present | Writable | Accessed;
            }
            else if ((*entry & Large) != 0)
            {
                return false;
            }

            table = *entry & AddressMask;
        }
    }

    private bool TryNewTable(out ulong physical)
    {
        bool found = _frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out HostFrame frame);
        physical = frame.Address.Value;
        if (found)
        {
            DirectMap.Clear(frame.Address, 4096);
        }

        return found;
    }
}
