using System;
using Multicosm.Platform.Memory;
using Multicosm.Platform.Panic;

namespace Multicosm.Platform.Boot;

/// <summary>Finds room in the memory map before there is an allocator: below 4 GiB, above the first MiB, away from the image and all that the loader brought.</summary>
internal static class EarlyMemory
{
    private const int MaximumTaken = 8;
    private const ulong FourGiB = 1UL << 32;
    private const ulong OneMiB = 1UL << 20;

    private static TakenStorage s_taken;

    /// <summary>Pieces taken so far.</summary>
    public static int TakenCount { get; private set; }

    /// <summary>Piece <paramref name="index"/>.</summary>
    public static MemoryRange Taken(int index) => s_taken[index];

    /// <summary>Takes <paramref name="bytes"/> aligned to <paramref name="alignment"/> (a power of two), as high as possible; panics if there is no room.</summary>
    public static ulong Take(ulong bytes, ulong alignment)
    {
        ulong best = Find(bytes, alignment);
        if (best == 0 || TakenCount == MaximumTaken)
        {
            PanicScreen.Halt("not enough memory below 4 GiB to start"u8, bytes);
        }

        s_taken[TakenCount++] = new MemoryRange { Start = best, End = best + bytes, Type = MemoryRange.Ram };
        return best;
    }

    /// <summary>True if there is room for <paramref name="bytes"/> in one piece.</summary>
    public static bool HasRoom(ulong bytes) => Find(bytes, 1) != 0;

    // The highest place for so many bytes, 0 if there is none.
    private static ulong Find(ulong bytes, ulong alignment)
    {
        ulong best = 0;
        for (int i = 0; i < BootInformation.RangeCount; i++)
        {
            MemoryRange range = BootInformation.Range(i);
            ulong found = range.Type == MemoryRange.Ram ? Search(Math.Max(range.Start, OneMiB), Math.Min(range.End, FourGiB), bytes, alignment) : 0;
            best = Math.Max(best, found);
        }

        return best;
    }

    private static ulong Search(ulong start, ulong end, ulong bytes, ulong alignment)
    {
        while (end >= start && end - start >= bytes)
        {
            ulong candidate = (end - bytes) & ~(alignment - 1);
            if (candidate < start)
            {
                return 0;
            }

            ulong obstacle = LowestObstacle(candidate, candidate + bytes);
            if (obstacle == ulong.MaxValue)
            {
                return candidate;
            }

            end = obstacle;
        }

        return 0;
    }

    // Start of what overlaps [start, end), or MaxValue. Which of several does not matter: the search goes on below it.
    private static ulong LowestObstacle(ulong start, ulong end)
    {
        if (Overlaps(KernelImage.LoadAddress, KernelImage.LoadEnd, start, end))
        {
            return KernelImage.LoadAddress;
        }

        MemoryRange information = BootInformation.Location;
        if (Overlaps(information.Start, information.End, start, end))
        {
            return information.Start;
        }

        for (int i = 0; i < BootInformation.ModuleCount; i++)
        {
            ref BootInformation.ModuleRecord module = ref BootInformation.Module(i);
            if (Overlaps(module.Start, module.End, start, end))
            {
                return module.Start;
            }
        }

        for (int i = 0; i < TakenCount; i++)
        {
            if (Overlaps(s_taken[i].Start, s_taken[i].End, start, end))
            {
                return s_taken[i].Start;
            }
        }

        return ulong.MaxValue;
    }

    private static bool Overlaps(ulong start, ulong end, ulong otherStart, ulong otherEnd) => start < otherEnd && otherStart < end;

    [System.Runtime.CompilerServices.InlineArray(MaximumTaken)]
    private struct TakenStorage
    {
        private MemoryRange _first;
    }
}
