using Multicosm.Machine;
using Multicosm.Paravirt.Abi;

namespace Multicosm.Paravirt.Memory;

/// <content>Uses that no page-table entry holds: pins; and frames that the guest gives back and gets again.</content>
internal sealed unsafe partial class PageTypes
{
    /// <summary>Pins a frame as a page table of <paramref name="level"/>. None; NotPermitted; Invalid if it cannot be one or is pinned already; Unfinished.</summary>
    public XenError TryPin(ClaimedFrame claim, FrameType level)
    {
        if (TryRecord(claim, out FrameRecord pinned) && pinned.IsPinned)
        {
            return XenError.Invalid;
        }

        XenError error = TryGet(claim, level, out HostFrame frame);
        if (error == XenError.None)
        {
            ulong* record = table.Record(frame);
            FrameRecord old = new(*record);
            _ = TryChange(record, old, old.WithPinned(true));
        }

        return error;
    }

    /// <summary>Ends a pin. None, perhaps with work left for <see cref="Finish"/>; Invalid if there is no pin; NotPermitted.</summary>
    public XenError TryUnpin(ClaimedFrame claim)
    {
        ulong* record = table.Find(claim, slot);
        if (record == null)
        {
            return XenError.NotPermitted;
        }

        FrameRecord old = new(*record);
        if (!old.IsPinned)
        {
            return XenError.Invalid;
        }

        _ = TryChange(record, old, old.WithPinned(false));
        Put(record, new HostFrame(claim.Number));
        return XenError.None;
    }

    /// <summary>Shows the machine-to-physical table in a level-4 table that is in use, or hides it.</summary>
    public void ShowPhysicalTable(HostFrame frame, bool isShown) => ShowPhysicalTable(_window.Table(frame), isShown);

    /// <summary>Makes a frame ready for <see cref="Release"/>. None; NotPermitted if it is not this domain's; Invalid if it was given back before; Unfinished.</summary>
    public XenError TryPrepareRelease(ClaimedFrame claim)
    {
        ulong* record = table.Find(claim, slot);
        if (record == null)
        {
            return XenError.NotPermitted;
        }

        FrameRecord old = new(*record);
        return old.Type == FrameType.Free || old.IsLeaving ? XenError.Invalid
            : old.IsPartial && !TryUndo(record, new HostFrame(claim.Number)) ? XenError.Unfinished
            : XenError.None;
    }

    /// <summary>Takes a frame back from the guest, which has not given it back before; while it is in use it stays as it is, but nothing can begin to use it.</summary>
    public void Release(HostFrame frame)
    {
        ulong* record = table.Record(frame);
        FrameRecord old = new(*record);
        _ = TryChange(record, old, old.WithLeaving());
        FreeIfIdle(record, frame);
    }

    /// <summary>Gives the guest a free frame.</summary>
    public void TakeFree(HostFrame frame)
    {
        *table.Record(frame) = 0;
        table.CountFree(frame, -1);
        FreeCount--;
    }
}
