using System.Runtime.CompilerServices;

namespace Multicosm.Paravirt.Memory;

/// <content>
/// Level-1 entries that refer to plain memory of the domain's own: nearly all that a guest ever writes. One step on one record is all that
/// they take. Whatever is not so simple changes nothing here and goes the way of all entries.
/// </content>
internal sealed unsafe partial class PageTypes
{
    private const int LineEntries = 8; // entries in a line of the processor's cache

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void DropPlain(PageEntry entry)
    {
        ulong* record = table.Find(entry.Claim, slot);
        if (record != null)
        {
            FrameRecord old = new(*record);
            if (entry.IsWritable ? old.IsWritableAgain && TryChange(record, old, old.RemoveType()) : !old.IsLeaving && TryChange(record, old, old.RemoveReference()))
            {
                return;
            }
        }

        Drop(null, default, FrameType.Level1, entry);
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
            if (entry.IsPresent)
            {
                DropPlain(entry);
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
        while (index < PageEntry.PerTable && entries[index] == 0)
        {
            index++;
            while (index % LineEntries == 0 && index < PageEntry.PerTable && IsEmptyLine(entries + index))
            {
                index += LineEntries;
            }
        }

        return index;
    }

    private static int SkipEmptyBack(ulong* entries, int index)
    {
        while (index > 0 && entries[index - 1] == 0)
        {
            index--;
            while (index % LineEntries == 0 && index > 0 && IsEmptyLine(entries + index - LineEntries))
            {
                index -= LineEntries;
            }
        }

        return index;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsEmptyLine(ulong* line) =>
        (line[0] | line[1] | line[2] | line[3] | line[4] | line[5] | line[6] | line[7]) == 0;
}
