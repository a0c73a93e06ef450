using System.Threading;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;

namespace Multicosm.Paravirt.Memory;

/// <content>
/// Level-1 entries that map frames which another domain has granted. They are counted in the owner's records as others are in the domain's
/// own, and end like others; but only a grant makes one, so it is never anywhere but where the grant has put it.
/// </content>
internal sealed unsafe partial class PageTypes
{
    /// <summary>True if <paramref name="frame"/> is a page table of level 1 that is in use.</summary>
    public bool IsLevel1(ClaimedFrame frame) => TryRecord(frame, out FrameRecord record) && record.Type == FrameType.Level1 && record.IsValidated;

    /// <summary>
    /// Maps a frame of <paramref name="owner"/> by entry <paramref name="index"/> of a page table of level 1 that is in use, and lets go of
    /// what the entry was. None; Invalid, NotPermitted or Busy if the owner's frame cannot be used so; Unfinished.
    /// </summary>
    public XenError TryMapGranted(HostFrame frame, int index, PageTypes owner, PageEntry entry)
    {
        XenError error = entry.IsWritable ? owner.TryGet(entry.Claim, FrameType.Writable, out _) : owner.TryGetReference(entry.Claim, out _);
        if (error == XenError.None)
        {
            Replace(frame, index, entry.Normalise(FrameType.Level1));
        }

        return error;
    }

    /// <summary>True if the entry is in use and maps frame <paramref name="number"/>, of whatever domain, in the given way.</summary>
    public bool IsMapped(HostFrame frame, int index, ulong number, bool isWritable)
    {
        PageEntry entry = new(_window.Table(frame)[index]);
        return IsCounted(frame, index) && entry.IsPresent && entry.Claim.Number == number && entry.IsWritable == isWritable;
    }

    /// <summary>Clears an entry that is in use.</summary>
    public void Unmap(HostFrame frame, int index) => Replace(frame, index, default);

    /// <summary>Moves an entry of a page table of level 1 that is in use into another one, and lets go of what that was; the first becomes empty. False if it maps a frame of another domain: such an entry stays where it is.</summary>
    public bool TryMove(HostFrame frame, int index, HostFrame target, int targetIndex)
    {
        ulong* place = _window.Table(frame) + index;
        PageEntry moved = new(*place);
        if (moved.IsPresent && !TryRecord(moved.Claim, out _))
        {
            return false;
        }

        Volatile.Write(ref *place, 0);
        Replace(target, targetIndex, moved);
        return true;
    }

    // Of a table that is half counted or half undone, the entries below the index are.
    private bool IsCounted(HostFrame frame, int index)
    {
        FrameRecord record = new(*table.Record(frame));
        return record.Type == FrameType.Level1 && (record.IsValidated || (record.IsPartial && index < record.Index));
    }

    private void Replace(HostFrame frame, int index, PageEntry next)
    {
        ulong* place = _window.Table(frame) + index;
        PageEntry old = new(*place);
        Volatile.Write(ref *place, next.Raw);
        Drop(table.Record(frame), frame, FrameType.Level1, old);
    }
}
