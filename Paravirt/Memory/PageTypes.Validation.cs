using Multicosm.Machine;
using Multicosm.Paravirt.Abi;

namespace Multicosm.Paravirt.Memory;

/// <content>Whole tables: checked and counted when they become one, undone when they stop.</content>
internal sealed unsafe partial class PageTypes
{
    private const int DescriptorPageUnits = 64;
    private const int TableUnits = 16; // what 512 empty entries cost

    // Counts the entries from where an earlier try stopped. Nobody can change them meanwhile: the type is set, so no writable mapping is
    // left or can come, and one of the entries below that asks for this frame is refused.
    private XenError Validate(ulong* record, HostFrame frame, FrameType level)
    {
        FrameRecord old = new(*record);
        int index = old.IsPartial ? old.Index : 0;
        _ = TryChange(record, old, old.WithCounting(level)); // the page lock is held: it does not fail
        ulong* entries = _window.Table(frame);
        for (; ; index++)
        {
            // One that is not plain stops the first, and is looked at by the second.
            index = level == FrameType.Level1 ? TakeAllPlain(entries, index) : index;
            index = NextUsed(entries, index);
            if (index == PageEntry.PerTable)
            {
                break;
            }

            if (IsHypervisorSlot(level, index))
            {
                continue;
            }

            XenError error = _budget <= 0 ? XenError.Unfinished : XenError.None;
            Spend(1);
            PageEntry entry = new(entries[index]);
            error = error == XenError.None ? TryTake(record, frame, level, ref entry) : error;
            if (error != XenError.None)
            {
                StopAt(record, frame, level, index, error);
                return error;
            }

            entries[index] = entry.Raw;
        }

        Spend(TableUnits);
        if (level == FrameType.Level4)
        {
            ShowHypervisor(entries);
        }

        old = new FrameRecord(*record);
        _ = TryChange(record, old, old.WithAllCounted());
        return XenError.None;
    }

    private void StopAt(ulong* record, HostFrame frame, FrameType level, int index, XenError error)
    {
        FrameRecord old = new(*record);
        _ = TryChange(record, old, old.WithPartial(level, index));
        if (error != XenError.Unfinished && !TryUndo(record, frame))
        {
            _pending[_pendingCount++] = frame.Number;
        }
    }

    private XenError ValidateDescriptors(ulong* record, HostFrame frame)
    {
        Spend(DescriptorPageUnits);
        ulong* descriptors = _window.Table(frame);
        for (int i = 0; i < PageEntry.PerTable; i++)
        {
            if (!SegmentDescriptor.TryMakeSafe(descriptors[i], out ulong safe))
            {
                return XenError.Invalid;
            }

            if (safe != descriptors[i])
            {
                descriptors[i] = safe;
            }
        }

        FrameRecord old = new(*record);
        _ = TryChange(record, old, old.WithType(FrameType.Descriptors));
        return XenError.None;
    }

    // The last use of a page table has ended. One entry at least is undone whatever the budget, since a record has no room for the index 512.
    private void Invalidate(ulong* record, HostFrame frame, FrameRecord old)
    {
        ulong* entries = _window.Table(frame);
        Changes++;
        if (old.Type == FrameType.Level4)
        {
            HideHypervisor(entries);
        }

        _ = TryChange(record, old, old.WithPartial(old.Type, PageEntry.PerTable - 1));
        Spend(1);
        Drop(record, frame, old.Type, new PageEntry(entries[PageEntry.PerTable - 1]));
        if (!TryUndo(record, frame))
        {
            _pending[_pendingCount++] = frame.Number;
        }
    }

    // Ends what the counted entries of a partial table hold; false if the budget did not suffice.
    private bool TryUndo(ulong* record, HostFrame frame)
    {
        FrameRecord old = new(*record);
        FrameType level = old.Type;
        ulong* entries = _window.Table(frame);
        int index = PreviousUsed(entries, old.Index);
        if (level == FrameType.Level1)
        {
            index = DropAllPlain(entries, index);
        }

        for (; index > 0 && _budget > 0; index = PreviousUsed(entries, index - 1))
        {
            Spend(1);
            if (!IsHypervisorSlot(level, index - 1))
            {
                Drop(record, frame, level, new PageEntry(entries[index - 1]));
            }
        }

        Spend(TableUnits); // afterwards: each try must come further
        old = new FrameRecord(*record);
        _ = TryChange(record, old, index > 0 ? old.WithPartial(level, index) : old.WithoutType());
        if (index == 0 && old.IsLeaving)
        {
            FreeIfIdle(record, frame);
        }

        return index == 0;
    }

    private static bool IsHypervisorSlot(FrameType level, int index) =>
        level == FrameType.Level4 && (uint)(index - PageEntry.FirstHypervisorSlot) < PageEntry.HypervisorSlots;

    private void ShowHypervisor(ulong* entries)
    {
        for (int i = 0; i < PageEntry.HypervisorSlots; i++)
        {
            entries[PageEntry.FirstHypervisorSlot + i] = HypervisorSlots[i];
        }

        ShowPhysicalTable(entries, !IsPhysicalTableHidden);
    }

    private static void HideHypervisor(ulong* entries)
    {
        for (int i = 0; i < PageEntry.HypervisorSlots; i++)
        {
            entries[PageEntry.FirstHypervisorSlot + i] = 0;
        }
    }

    private void ShowPhysicalTable(ulong* entries, bool isShown) => entries[PageEntry.FirstHypervisorSlot] = isShown ? HypervisorSlots[0] : 0;
}
