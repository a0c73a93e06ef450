using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Threading;

namespace Multicosm.Paravirt.Memory;

/// <content>
/// Level-1 entries that refer to plain memory of the domain's own: nearly all that a guest ever writes. One step on one record is all that
/// they take. Whatever is not so simple changes nothing here and goes the way of all entries.
/// </content>
internal sealed unsafe partial class PageTypes
{
    private const int LineEntries = 16; // entries that are looked at together: two lines of the processor's cache

    /// <summary>
    /// As <see cref="TryWriteEntry"/> for the entry at a machine address, if that is in a live table of level 1 and neither the entry nor its
    /// value needs more than one step; false, with nothing done, if not.
    /// </summary>
    public bool TryWritePlain(ulong address, ulong value, bool preserve)
    {
        ulong* record = table.Find(new ClaimedFrame(address >> 12), slot);
        if (record == null || !new FrameRecord(*record).IsLiveLevel1)
        {
            return false;
        }

        ulong* entry = (ulong*)_window.At(address & ~7UL);
        PageEntry old = new(*entry);
        PageEntry next = new(value);
        if (!TryPreparePlain(old, ref next))
        {
            return false;
        }

        Store(entry, next.Raw, preserve);
        EndPlain(old, next);
        return true;
    }

    /// <summary>As <see cref="TryWritePlain"/>, with <paramref name="old"/> what was there in the same moment.</summary>
    public bool TryExchangePlain(ulong address, ulong value, out ulong old)
    {
        ulong* record = table.Find(new ClaimedFrame(address >> 12), slot);
        ulong* entry = (ulong*)_window.At(address & ~7UL);
        old = 0;
        if (record == null || !new FrameRecord(*record).IsLiveLevel1)
        {
            return false;
        }

        ulong seen = Volatile.Read(ref *entry);
        PageEntry next = new(value);
        if (!TryPreparePlain(new PageEntry(seen), ref next))
        {
            return false;
        }

        // If another processor has set accessed or dirty meanwhile, what was taken for the new entry is let go.
        bool isDone = Interlocked.CompareExchange(ref *entry, next.Raw, seen) == seen;
        EndPlain(new PageEntry(isDone ? seen : next.Raw), new PageEntry(isDone ? next.Raw : seen));
        old = seen;
        return isDone;
    }

    // Counts what an entry is to refer to and makes it what is stored; false, with nothing done, if it is not plain.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryPreparePlain(PageEntry old, ref PageEntry next)
    {
        if (!next.IsPresent)
        {
            return next.Raw == 0 || !table.LeaksThroughNotPresent;
        }

        if (!next.IsPlain || (((old.Raw ^ next.Raw) & PageEntry.CountedBits) != 0 && !TryTakePlain(next)))
        {
            return false;
        }

        next = next.NormalisePlain();
        return true;
    }

    // What refers to the same frame in the same way goes on to be counted.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void EndPlain(PageEntry old, PageEntry next)
    {
        if (old.IsPresent && ((old.Raw ^ next.Raw) & PageEntry.CountedBits) != 0)
        {
            DropPlain(old);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTakePlain(PageEntry entry)
    {
        ulong* record = table.Find(entry.Claim, slot);
        if (record == null)
        {
            return false;
        }

        FrameRecord old = new(*record);
        return entry.IsWritable
            ? old.TakesWritable && TryChange(record, old, old.AddType())
            : old.TakesReference && TryChange(record, old, old.AddReference());
    }

    private void DropPlain(PageEntry entry)
    {
        if (!TryDropPlain(entry))
        {
            Drop(null, default, FrameType.Level1, entry);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryDropPlain(PageEntry entry)
    {
        ulong* record = table.Find(entry.Claim, slot);
        if (record == null)
        {
            return false;
        }

        FrameRecord old = new(*record);
        return entry.IsWritable
            ? old.IsWritableAgain && TryChange(record, old, old.RemoveType())
            : !old.IsLeaving && TryChange(record, old, old.RemoveReference());
    }

    // Counts entries of a table of level 1 from index on, as far as they are plain and the budget goes; returns where it stopped.
    private int TakeAllPlain(ulong* entries, int index)
    {
        int left = _budget;
        for (; left > 0 && (index = NextUsed(entries, index)) < PageEntry.PerTable; index++)
        {
            PageEntry entry = new(entries[index]);
            if (!entry.IsPlain || !TryTakePlain(entry))
            {
                break;
            }

            left--;
            ulong stored = entry.NormalisePlain().Raw;
            if (stored != entry.Raw)
            {
                entries[index] = stored;
            }
        }

        Spend(_budget - left);
        return index;
    }

    // Lets go of what the entries of a table of level 1 below index hold, as far as the budget goes; returns where it stopped.
    private int DropAllPlain(ulong* entries, int index)
    {
        int left = _budget;
        for (; left > 0 && (index = PreviousUsed(entries, index)) > 0; index--)
        {
            left--;
            PageEntry entry = new(entries[index - 1]);
            if (entry.IsPresent && !TryDropPlain(entry))
            {
                Drop(null, default, FrameType.Level1, entry);
            }
        }

        Spend(_budget - left);
        return index;
    }

    // The first entry from index on that is not empty, or the end. Most entries of most tables are empty.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int NextUsed(ulong* entries, int index) =>
        index < PageEntry.PerTable && entries[index] == 0 ? SkipEmpty(entries, index) : index;

    // One more than the last entry below index that is not empty; 0 if there is none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PreviousUsed(ulong* entries, int index) =>
        index > 0 && entries[index - 1] == 0 ? SkipEmptyBack(entries, index) : index;

    private static int SkipEmpty(ulong* entries, int index)
    {
        while ((index & (LineEntries - 1)) != 0 && entries[index] == 0)
        {
            index++;
        }

        if ((index & (LineEntries - 1)) == 0)
        {
            while (index < PageEntry.PerTable && IsEmptyLine(entries + index))
            {
                index += LineEntries;
            }
        }

        while (index < PageEntry.PerTable && entries[index] == 0)
        {
            index++;
        }

        return index;
    }

    private static int SkipEmptyBack(ulong* entries, int index)
    {
        while ((index & (LineEntries - 1)) != 0 && entries[index - 1] == 0)
        {
            index--;
        }

        if ((index & (LineEntries - 1)) == 0)
        {
            while (index > 0 && IsEmptyLine(entries + index - LineEntries))
            {
                index -= LineEntries;
            }
        }

        while (index > 0 && entries[index - 1] == 0)
        {
            index--;
        }

        return index;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsEmptyLine(ulong* line) =>
        (Vector128.Load(line) | Vector128.Load(line + 2) | Vector128.Load(line + 4) | Vector128.Load(line + 6)
            | Vector128.Load(line + 8) | Vector128.Load(line + 10) | Vector128.Load(line + 12) | Vector128.Load(line + 14)) == Vector128<ulong>.Zero;
}
