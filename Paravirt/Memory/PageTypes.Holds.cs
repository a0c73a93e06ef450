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

    /// <summary>Takes a frame back from the guest; while it is in use it stays as it is, but nothing can begin to use it. None; NotPermitted; Invalid if it was given back before; Unfinished.</summary>
    public XenError TryRelease(ClaimedFrame claim)
    {
        ulong* record = table.Find(claim, slot);
        if (record == null)
        {
            return XenError.NotPermitted;
        }

        FrameRecord old = new(*record);
        if (old.Type == FrameType.Free || old.IsLeaving)
        {
            return XenError.Invalid;
        }

        HostFrame frame = new(claim.Number);
        if (old.IsPartial && !TryUndo(record, frame))
        {
            return XenError.Unfinished;
        }

        old = new FrameRecord(*record);
        _ = TryChange(record, old, old.WithLeaving());
        FreeIfIdle(record, frame);
        return XenError.None;
    }

    /// <summary>Gives the guest a frame that it gave back before; false if there is none.</summary>
    public bool TryTakeFree(out HostFrame frame)
    {
        frame = new HostFrame(_freeHead);
        if (FreeCount == 0)
        {
            return false;
        }

        ulong* record = table.Record(frame);
        _freeHead = new FrameRecord(*record).NextFree;
        *record = 0;
        FreeCount--;
        return true;
    }
}
