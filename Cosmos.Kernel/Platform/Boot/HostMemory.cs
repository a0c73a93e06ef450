using System;
using Multicosm.Machine;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Interrupts;
using Multicosm.Platform.Memory;
using Multicosm.Platform.Panic;

namespace Multicosm.Platform.Boot;

/// <summary>Builds the frame allocator and the final page tables from the memory map. W^X everywhere, page 0 unmapped, no page over a change of type.</summary>
internal static unsafe class HostMemory
{
    private const uint AcpiTables = 3;
    private const uint AcpiNvs = 4;
    private const ulong FourGiB = 1UL << 32;
    private const ulong OneMiB = 1UL << 20;
    private const ulong TablesReserve = 16UL << 20; // below 4 GiB the page tables need room too

    /// <summary>Where the RAM begins that is not used, for want of room for the frame table; 0 if all is used.</summary>
    public static ulong UnusedRamStart { get; private set; }

    /// <summary>The allocator over RAM below 4 GiB, which the start-up tables show; <see cref="AddHighRam"/> adds the rest.</summary>
    public static FrameAllocator BuildAllocator()
    {
        ulong endFrame = EndOfUsedRam() / 4096;
        ulong tableBytes = (FrameAllocator.TableBytes(endFrame) + 4095) & ~4095UL;
        FrameAllocator frames = new(DirectMap.Pointer(EarlyMemory.Take(tableBytes, 4096)), endFrame);
        AddRam(frames, OneMiB, FourGiB);
        Claim(frames, KernelImage.LoadAddress, KernelImage.LoadEnd, FrameOwner.Host);
        Claim(frames, BootInformation.Location.Start, BootInformation.Location.End, FrameOwner.Host);
        for (int i = 0; i < BootInformation.ModuleCount; i++)
        {
            Claim(frames, BootInformation.Module(i).Start, BootInformation.Module(i).End, FrameOwner.BootModules);
        }

        for (int i = 0; i < EarlyMemory.TakenCount; i++)
        {
            Claim(frames, EarlyMemory.Taken(i).Start, EarlyMemory.Taken(i).End, FrameOwner.Host);
        }

        return frames;
    }

    /// <summary>Adds RAM from 4 GiB on, once the final tables show it.</summary>
    public static void AddHighRam(FrameAllocator frames) => AddRam(frames, FourGiB, ulong.MaxValue);

    /// <summary>The final tables, complete but for device windows.</summary>
    public static PageTables BuildTables(FrameAllocator frames, ulong arenaPhysical, int arenaPages)
    {
        PageTables tables = new(frames);
        Require(tables.IsValid);
        MapImage(tables, KernelImage.TextStart, KernelImage.TextEnd, PageFlags.Execute);
        MapImage(tables, KernelImage.RodataStart, KernelImage.RodataEnd, PageFlags.None);
        MapImage(tables, KernelImage.DataStart, KernelImage.ImageEnd, PageFlags.Write);
        Require(tables.TryMap(Runtime.Arena.WindowStart, new HostPhysicalAddress(arenaPhysical), (ulong)arenaPages << 21, PageFlags.Write));
        for (int i = 0; i < BootInformation.RangeCount; i++)
        {
            MapDirect(tables, BootInformation.Range(i));
        }

        EntryArea.Map(frames, tables);
        KernelStacks.Map(frames, tables);
        return tables;
    }

    /// <summary>
    /// Makes entry 1 of the page attribute table write-combining, which nothing uses before: a screen's memory is many times slower without.
    /// </summary>
    /// <source>SDM 3A, "Page Attribute Table (PAT)"</source>
    public static void AllowWriteCombining()
    {
        const uint AttributeTable = 0x277;
        const ulong Entry1 = 0xFF00;
        const ulong WriteCombining = 0x0100;
        CpuInstructions.WriteMsr(AttributeTable, (CpuInstructions.ReadMsr(AttributeTable) & ~Entry1) | WriteCombining);
    }

    /// <summary>True if the direct map shows all of [start, +bytes).</summary>
    public static bool IsDirectMapped(ulong start, ulong bytes)
    {
        for (int i = 0; i < BootInformation.RangeCount; i++)
        {
            MemoryRange range = BootInformation.Range(i);
            if (TryDirectRange(range, out ulong first, out ulong end) && start >= first && start + bytes <= end)
            {
                return true;
            }
        }

        return false;
    }

    // The table of very much RAM may not fit below 4 GiB: then the uppermost RAM is not used.
    private static ulong EndOfUsedRam()
    {
        ulong end = 0;
        for (int i = 0; i < BootInformation.RangeCount; i++)
        {
            MemoryRange range = BootInformation.Range(i);
            end = range.Type == MemoryRange.Ram ? Math.Max(end, range.End) : end;
        }

        ulong used = end;
        while (used > FourGiB && !EarlyMemory.HasRoom(FrameAllocator.TableBytes(used / 4096) + TablesReserve))
        {
            used = (used - (used / 8)) & ~(FrameAllocator.RegionBytes - 1);
        }

        UnusedRamStart = used < end ? used : 0;
        return used;
    }

    private static void AddRam(FrameAllocator frames, ulong low, ulong high)
    {
        for (int i = 0; i < BootInformation.RangeCount; i++)
        {
            MemoryRange range = BootInformation.Range(i);
            ulong start = Math.Max(range.Start, low);
            ulong end = Math.Min(range.End, high);
            if (range.Type == MemoryRange.Ram && start < end)
            {
                frames.AddRam((start + 4095) / 4096, end / 4096);
            }
        }
    }

    private static void Claim(FrameAllocator frames, ulong start, ulong end, FrameOwner owner) =>
        frames.Claim(start / 4096, (end + 4095) / 4096, owner);

    private static void MapImage(PageTables tables, ulong start, ulong end, PageFlags flags)
    {
        ulong bytes = ((end + 4095) & ~4095UL) - start;
        Require(tables.TryMap(start, new HostPhysicalAddress(KernelImage.ToPhysical(start)), bytes, flags));
    }

    // RAM is rounded inwards, ACPI ranges outwards: their tables need not be aligned.
    private static bool TryDirectRange(MemoryRange range, out ulong start, out ulong end)
    {
        bool ram = range.Type == MemoryRange.Ram;
        start = ram ? (range.Start + 4095) & ~4095UL : range.Start & ~4095UL;
        end = ram ? range.End & ~4095UL : (range.End + 4095) & ~4095UL;
        start = Math.Max(start, 4096); // page 0 stays unmapped even here
        return (ram || range.Type is AcpiTables or AcpiNvs) && start < end;
    }

    private static void MapDirect(PageTables tables, MemoryRange range)
    {
        if (!TryDirectRange(range, out ulong start, out ulong end))
        {
            return;
        }

        ulong codeStart = KernelImage.ToPhysical(KernelImage.TextStart);
        ulong codeEnd = (KernelImage.ToPhysical(KernelImage.RodataEnd) + 4095) & ~4095UL;
        MapPiece(tables, start, Math.Min(end, codeStart), PageFlags.Write);
        MapPiece(tables, Math.Max(start, codeStart), Math.Min(end, codeEnd), PageFlags.None);
        MapPiece(tables, Math.Max(start, codeEnd), end, PageFlags.Write);
    }

    private static void MapPiece(PageTables tables, ulong start, ulong end, PageFlags flags)
    {
        if (start < end)
        {
            Require(tables.TryMap(DirectMap.Base + start, new HostPhysicalAddress(start), end - start, flags));
        }
    }

    private static void Require(bool success)
    {
        if (!success)
        {
            PanicScreen.Halt("no frame for the host's page tables"u8, 0);
        }
    }
}
