using System.Runtime.CompilerServices;
using System.Threading;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;

namespace Multicosm.Paravirt.Memory;

/// <content>Single entries: what each may refer to, and how a live one is changed.</content>
internal sealed unsafe partial class PageTypes
{
    /// <summary>
    /// Counts what may lead an address to another table of level 1 than before: while it stays, and the entry there too, a translation
    /// that was found stays.
    /// </summary>
    public ulong Changes { get; private set; }

    /// <summary>
    /// Writes an entry of a live page table: the new one is checked and counted, then stored in one piece, then the old one is let go.
    /// With <paramref name="preserve"/> accessed and dirty are kept. None; Invalid, NotPermitted or Busy if the entry is not allowed; Unfinished.
    /// </summary>
    public XenError TryWriteEntry(HostFrame frame, FrameType level, int index, ulong value, bool preserve)
    {
        ulong* entry = _window.Table(frame) + index;
        PageEntry old = new(*entry);
        PageEntry next = new(value);
        XenError error = TryPrepare(frame, level, index, old, ref next, out bool isCounted);
        if (error == XenError.None)
        {
            NoteChange(level, old);
            Store(entry, next.Raw, preserve);
            EndOld(frame, level, old, isCounted);
        }

        return error;
    }

    /// <summary>As <see cref="TryWriteEntry"/>, if the entry still is <paramref name="expected"/> when it is stored; Again if it is not.</summary>
    public XenError TryExchangeEntry(HostFrame frame, FrameType level, int index, ulong value, ulong expected)
    {
        ulong* entry = _window.Table(frame) + index;
        PageEntry next = new(value);
        XenError error = *entry == expected ? XenError.None : XenError.Again;
        if (level == FrameType.Level1 && error == XenError.None && TryPreparePlain(new PageEntry(expected), ref next))
        {
            bool isDone = Interlocked.CompareExchange(ref *entry, next.Raw, expected) == expected;
            EndPlain(isDone ? new PageEntry(expected) : next, isDone ? next : new PageEntry(expected));
            return isDone ? XenError.None : XenError.Again;
        }

        bool isCounted = false;
        error = error == XenError.None ? TryPrepare(frame, level, index, new PageEntry(expected), ref next, out isCounted) : error;
        if (error != XenError.None)
        {
            return error;
        }

        NoteChange(level, new PageEntry(expected));
        bool isStored = Interlocked.CompareExchange(ref *entry, next.Raw, expected) == expected;
        EndOld(frame, level, isStored ? new PageEntry(expected) : next, isCounted);
        return isStored ? XenError.None : XenError.Again;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NoteChange(FrameType level, PageEntry old)
    {
        if (level != FrameType.Level1 && old.IsPresent)
        {
            Changes++;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ulong* entry, ulong value, bool preserve)
    {
        if (!preserve)
        {
            Volatile.Write(ref *entry, value);
            return;
        }

        // Another processor may set the bits at any time: none of them may be lost.
        ulong seen;
        do
        {
            seen = Volatile.Read(ref *entry);
        }
        while (Interlocked.CompareExchange(ref *entry, value | (seen & PageEntry.AccessedDirty), seen) != seen);
    }

    private XenError TryPrepare(HostFrame frame, FrameType level, int index, PageEntry old, ref PageEntry next, out bool isCounted)
    {
        isCounted = true;
        if (IsHypervisorSlot(level, index))
        {
            return XenError.Invalid;
        }

        // What refers to the same frame in the same way is counted already.
        if (next.IsPresent && ((old.Raw ^ next.Raw) & PageEntry.CountedBits) == 0)
        {
            isCounted = false;
            bool isForbidden = next.HasForbiddenFlags(level);
            next = next.Normalise(level);
            return isForbidden ? XenError.Invalid : XenError.None;
        }

        return TryTake(table.Record(frame), frame, level, ref next);
    }

    private void EndOld(HostFrame frame, FrameType level, PageEntry old, bool isCounted)
    {
        if (isCounted)
        {
            Drop(table.Record(frame), frame, level, old);
        }
    }

    // Counts what an entry refers to and makes it what is stored. record and frame are the table's.
    private XenError TryTake(ulong* record, HostFrame frame, FrameType level, ref PageEntry entry)
    {
        if (!entry.IsPresent)
        {
            return table.LeaksThroughNotPresent && entry.Claim.Number != 0 && entry.Claim.Number < table.EndFrame ? XenError.Invalid : XenError.None;
        }

        if (entry.HasForbiddenFlags(level))
        {
            return XenError.Invalid;
        }

        XenError error;
        if (level == FrameType.Level1)
        {
            error = entry.IsWritable ? TryGet(entry.Claim, FrameType.Writable, out _) : TryGetReference(entry.Claim, out _);
        }
        else
        {
            ulong* child = table.Find(entry.Claim, slot);
            error = child == null ? XenError.NotPermitted
                : new FrameRecord(*child).Type == level ? TryTakeLinear(record, child, entry)
                : Get(child, new HostFrame(entry.Claim.Number), level - 1);
        }

        entry = error == XenError.None ? entry.Normalise(level) : entry;
        return error;
    }

    // A table in the place of one of the level below: a window on the page tables themselves, read-only. One that shows another table may
    // not be shown itself, so that the chain ends after one step.
    private static XenError TryTakeLinear(ulong* record, ulong* target, PageEntry entry)
    {
        if (entry.IsWritable)
        {
            return XenError.Invalid;
        }

        if (target == record)
        {
            return XenError.None; // held by nothing but itself
        }

        FrameRecord container = new(*record);
        FrameRecord shown = new(*target);
        bool isAllowed = shown.IsValidated && !shown.IsLeaving && shown.TypeCount < FrameRecord.MaximumTypeCount
            && (shown.IsLinearTarget || shown.LinearCount == 0) && shown.LinearCount < FrameRecord.MaximumLinear
            && !container.IsLinearTarget && container.LinearCount < FrameRecord.MaximumLinear;
        if (!isAllowed)
        {
            return XenError.Invalid;
        }

        _ = TryChange(record, container, container.WithLinear(isTarget: false, container.LinearCount + 1));
        _ = TryChange(target, shown, shown.WithLinear(isTarget: true, shown.LinearCount + 1).AddType());
        return XenError.None;
    }

    private void Drop(ulong* record, HostFrame frame, FrameType level, PageEntry entry)
    {
        if (!entry.IsPresent)
        {
            return;
        }

        HostFrame target = new(entry.Claim.Number); // counted before: it is the domain's
        ulong* child = table.Record(target);
        if (level == FrameType.Level1 && !entry.IsWritable)
        {
            PutReference(target);
        }
        else if (level == FrameType.Level1 || new FrameRecord(*child).Type != level)
        {
            Put(child, target);
        }
        else if (target.Number != frame.Number)
        {
            FrameRecord container = new(*record);
            FrameRecord shown = new(*child);
            _ = TryChange(record, container, container.WithLinear(isTarget: false, container.LinearCount - 1));
            _ = TryChange(child, shown, shown.WithLinear(isTarget: true, shown.LinearCount - 1));
            Put(child, target);
        }
    }
}
