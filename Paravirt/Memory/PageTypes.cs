using System.Runtime.CompilerServices;
using System.Threading;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;

namespace Multicosm.Paravirt.Memory;

/// <summary>
/// One domain's frames: what each is used for, and the rule that a page table or a page of descriptors is never writable to the guest.
/// Every method takes the domain's page lock. Work on whole tables is cut into pieces: a call that has spent its budget says
/// <see cref="XenError.Unfinished"/> and is made again, or leaves what is to be undone to the next <see cref="Begin"/>.
/// No TLB holds a translation of the guest's while this runs: each exit and each entry loads CR3 and no entry is global.
/// </summary>
internal sealed unsafe partial class PageTypes(FrameTable table, int slot, int budget = PageTypes.Budget)
{
    /// <summary>Work that one hypercall may do, in units of about a hundred instructions: a page-table entry checked or undone.</summary>
    public const int Budget = 1024;

    private readonly HostWindow _window = table.Window;
    private readonly ulong[] _pending = new ulong[32]; // frames whose undoing ran out of budget: a chain of tables for each level
    private int _pendingCount;
    private int _budget;

    /// <summary>The level-4 entries that are the hypervisor's (slots 256..271), as every level-4 table of this domain shows them.</summary>
    public ulong[] HypervisorSlots { get; } = new ulong[PageEntry.HypervisorSlots];

    /// <summary>Hide the machine-to-physical table from level-4 tables until one is the kernel's (the guest asked for it by vm_assist).</summary>
    public bool IsPhysicalTableHidden { get; set; }

    /// <summary>Work done since the slot was made, in the unit of <see cref="Budget"/>: a caller of many hypercalls may watch it.</summary>
    public ulong Work { get; private set; }

    /// <summary>Frames that the guest has given back and that nobody uses.</summary>
    public ulong FreeCount { get; private set; }

    /// <summary>Nothing is left to be undone.</summary>
    public bool IsSettled => _pendingCount == 0;

    /// <summary>True once this hypercall has done its share of work.</summary>
    public bool IsSpent => _budget <= 0;

    /// <summary>Forgets the last domain.</summary>
    public void Reset()
    {
        _pendingCount = 0;
        _budget = budget;
        FreeCount = 0;
        IsPhysicalTableHidden = false;
        for (int i = 0; i < PageEntry.HypervisorSlots; i++)
        {
            HypervisorSlots[i] = 0;
        }
    }

    /// <summary>Begins a hypercall: a new budget, and first what an earlier one left to be undone. None or Unfinished.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public XenError Begin()
    {
        _budget = budget;
        return Finish();
    }

    /// <summary>Undoes what is left to be undone, as far as the budget goes. None or Unfinished.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public XenError Finish() => _pendingCount == 0 ? XenError.None : UndoPending();

    /// <summary>Charges the hypercall for <paramref name="units"/> of work.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Spend(int units)
    {
        _budget -= units;
        Work += (ulong)units;
    }

    /// <summary>What is known of a frame that a guest names; false if it is not this domain's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRecord(ClaimedFrame claim, out FrameRecord record)
    {
        ulong* found = table.Find(claim, slot);
        record = new FrameRecord(found == null ? 0 : *found);
        return found != null;
    }

    /// <summary>
    /// Takes a use of a frame as <paramref name="type"/>; its content is checked when it becomes a page table or a page of descriptors.
    /// None; NotPermitted if it is not this domain's; Invalid if it is used as something else or its content is not allowed; Unfinished.
    /// </summary>
    public XenError TryGet(ClaimedFrame claim, FrameType type, out HostFrame frame)
    {
        ulong* record = table.Find(claim, slot);
        frame = new HostFrame(claim.Number);
        return record == null ? XenError.NotPermitted : Get(record, frame, type);
    }

    /// <summary>Ends a use as the frame's type. The last one undoes a page table; what the budget does not allow now is done by <see cref="Finish"/>.</summary>
    public void Put(HostFrame frame) => Put(table.Record(frame), frame);

    /// <summary>Takes a reference that lets the frame be read only. None; NotPermitted if it is not this domain's; Invalid if it was given back; Busy if there are too many.</summary>
    public XenError TryGetReference(ClaimedFrame claim, out HostFrame frame)
    {
        ulong* record = table.Find(claim, slot);
        frame = new HostFrame(claim.Number);
        while (record != null)
        {
            FrameRecord old = new(*record);
            if (old.IsLeaving || old.Type == FrameType.Free)
            {
                return XenError.Invalid;
            }

            if (old.References == FrameRecord.MaximumReferences)
            {
                return XenError.Busy;
            }

            if (TryChange(record, old, old.AddReference()))
            {
                return XenError.None;
            }
        }

        return XenError.NotPermitted;
    }

    /// <summary>Ends a reference.</summary>
    public void PutReference(HostFrame frame)
    {
        ulong* record = table.Record(frame);
        FrameRecord old;
        do
        {
            old = new FrameRecord(*record);
        }
        while (!TryChange(record, old, old.RemoveReference()));
        if (old.IsLeaving)
        {
            FreeIfIdle(record, frame);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryChange(ulong* record, FrameRecord old, FrameRecord next) =>
        Interlocked.CompareExchange(ref *record, next.Raw, old.Raw) == old.Raw;

    private XenError UndoPending()
    {
        while (_pendingCount != 0)
        {
            // What it leaves in turn lies above it, and comes first the next time: so the list stays as short as tables are nested.
            int at = _pendingCount - 1;
            HostFrame frame = new(_pending[at]);
            ulong* record = table.Record(frame);
            if (new FrameRecord(*record).IsPartial && !TryUndo(record, frame))
            {
                return XenError.Unfinished;
            }

            _pendingCount--;
            for (int i = at; i < _pendingCount; i++)
            {
                _pending[i] = _pending[i + 1];
            }
        }

        return XenError.None;
    }

    private XenError Get(ulong* record, HostFrame frame, FrameType type)
    {
        while (true)
        {
            FrameRecord old = new(*record);
            if (old.IsLeaving)
            {
                return XenError.Invalid;
            }

            if (old.Type == type && old.IsValidated)
            {
                if (old.TypeCount == FrameRecord.MaximumTypeCount)
                {
                    return XenError.Busy;
                }

                if (TryChange(record, old, old.AddType()))
                {
                    return XenError.None;
                }
            }
            else if (old.Type == FrameType.None && type == FrameType.Writable)
            {
                if (TryChange(record, old, old.WithType(type)))
                {
                    return XenError.None;
                }
            }
            else if (old.Type == FrameType.None || (old.IsPartial && old.Type == type))
            {
                return type == FrameType.Descriptors ? ValidateDescriptors(record, frame) : Validate(record, frame, type);
            }
            else if (!old.IsPartial)
            {
                return XenError.Invalid;
            }
            else if (!TryUndo(record, frame))
            {
                return XenError.Unfinished; // somebody began to make it a page table and never came back
            }
        }
    }

    private void Put(ulong* record, HostFrame frame)
    {
        FrameRecord old;
        bool isTable;
        do
        {
            old = new FrameRecord(*record);
            isTable = old.Type is >= FrameType.Level1 and <= FrameType.Level4;
        }
        while (!(old.TypeCount == 1 && isTable) && !TryChange(record, old, old.TypeCount > 1 ? old.RemoveType() : old.WithoutType()));

        if (old.TypeCount > 1)
        {
            return;
        }

        if (isTable)
        {
            Invalidate(record, frame, old);
        }
        else if (old.IsLeaving)
        {
            FreeIfIdle(record, frame);
        }
    }

    // A frame that was mapped by a grant is its owner's.
    private void FreeIfIdle(ulong* record, HostFrame frame) => table.TypesOf(frame).FreeOwnIfIdle(record, frame);

    private void FreeOwnIfIdle(ulong* record, HostFrame frame)
    {
        FrameRecord old = new(*record);
        if (old.IsIdle && TryChange(record, old, FrameRecord.Free()))
        {
            table.CountFree(frame, 1);
            FreeCount++;
        }
    }
}
