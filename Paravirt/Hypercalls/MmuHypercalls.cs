using System.Threading;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>Hypercalls that write page-table entries. They take the domain's page lock.</summary>
/// <source>Xen headers "xen.h"</source>
internal static unsafe class MmuHypercalls
{
    /// <summary>Bit of a count that says: the call goes on, and what is done already is in the caller's counter.</summary>
    internal const ulong Continued = 1UL << 31;

    private const int RequestBytes = 16;
    private const ulong CommandMask = 7;
    private const ulong Preserve = 2; // the command that keeps accessed and dirty
    private const int RequestUnits = 4;

    /// <summary>
    /// mmu_update: an array of {where, value}. Stops at the first that fails, and tells in <paramref name="done"/> how many were done. When
    /// the result is Unfinished, <paramref name="requests"/> and <paramref name="count"/> have become the arguments to go on with.
    /// </summary>
    public static long MmuUpdate(PvVcpu caller, ref ulong requests, ref ulong count, ulong done, ulong foreign)
    {
        PageTypes types = caller.Domain.Ram.Types;
        XenError error = types.Begin();
        if (error != XenError.None)
        {
            return -(long)error;
        }

        ulong finished = 0;
        ulong wanted = (uint)count & ~Continued;
        error = foreign == DomainNumbers.Self ? XenError.None : CheckOwners(caller, foreign);
        while (error == XenError.None && finished < wanted)
        {
            error = types.IsSpent ? XenError.Unfinished : Request(caller, types, requests + (finished * (ulong)RequestBytes));
            if (error == XenError.None)
            {
                finished++;
                error = types.Finish();
            }
        }

        return error == XenError.None && done == 0 ? 0 : Continuation.End(caller, error, ref requests, ref count, finished, RequestBytes, done);
    }

    /// <summary>update_va_mapping: one level-1 entry, found by the address that it maps.</summary>
    public static long UpdateMapping(PvVcpu caller, ulong linear, ulong value, ulong flags)
    {
        PageTypes types = caller.Domain.Ram.Types;
        XenError error = types.Begin();
        if (error != XenError.None)
        {
            return -(long)error;
        }

        if (!GuestSpace.TryWalk(caller, linear, out PageWalk walk))
        {
            return -(long)XenError.Invalid;
        }

        if (!types.TryWritePlain(walk.EntryAddress, value, preserve: false))
        {
            bool isLevel1 = types.TryRecord(new ClaimedFrame(walk.Table.Number), out FrameRecord record) && record.Type == FrameType.Level1;
            error = isLevel1 ? types.TryWriteEntry(walk.Table, FrameType.Level1, walk.Index, value, preserve: false) : XenError.Invalid;
        }

        return -(long)(error == XenError.None ? FlushArguments.CheckMapping(caller, flags) : error);
    }

    // Low half: owner of the frames that entries refer to; high half: owner of the tables, plus 1. Only the caller's own are allowed.
    private static XenError CheckOwners(PvVcpu caller, ulong foreign)
    {
        ushort tables = (ushort)(foreign >> 16);
        bool areOwn = DomainNumbers.IsSelf(caller, (ushort)foreign) && (tables == 0 || DomainNumbers.IsSelf(caller, (ushort)(tables - 1)));
        return areOwn ? XenError.None : XenError.NotPermitted;
    }

    private static XenError Request(PvVcpu caller, PageTypes types, ulong request)
    {
        types.Spend(RequestUnits);
        byte* at = GuestSpace.FindArgument(caller, request, RequestBytes);
        if (at == null)
        {
            return GuestSpace.TryReadPair(caller, request, out ulong split, out ulong rest) ? Update(caller, types, split, rest) : XenError.Fault;
        }

        // Each is read once: another vCPU may change them.
        ulong where = Volatile.Read(ref *(ulong*)at);
        ulong value = Volatile.Read(ref *(ulong*)(at + sizeof(ulong)));
        bool isDone = (where & ~Preserve & CommandMask) == 0 && types.TryWritePlain(where, value, (where & Preserve) != 0);
        return isDone ? XenError.None : Update(caller, types, where, value);
    }

    private static XenError Update(PvVcpu caller, PageTypes types, ulong where, ulong value)
    {
        ClaimedFrame claim = new(where >> 12);
        return (where & CommandMask) switch
        {
            0 or 3 => Write(caller, types, claim, where, value, preserve: false), // 3: without translation of the frame number, which there is none of
            1 => SetPhysicalNumber(caller, types, claim, value),
            Preserve => Write(caller, types, claim, where, value, preserve: true),
            _ => XenError.NoSystemCall,
        };
    }

    private static XenError Write(PvVcpu caller, PageTypes types, ClaimedFrame claim, ulong where, ulong value, bool preserve)
    {
        if (!types.TryRecord(claim, out FrameRecord record))
        {
            return XenError.NotPermitted;
        }

        int index = (int)(where >> 3) & 0x1FF;
        if (record.Type is >= FrameType.Level1 and <= FrameType.Level4 && record.IsValidated)
        {
            return types.TryWriteEntry(new HostFrame(claim.Number), record.Type, index, value, preserve);
        }

        if (record.TakesWritable)
        {
            caller.Domain.Ram.Window.Table(new HostFrame(claim.Number))[index] = value; // it stays what it is as long as the lock is held
            return XenError.None;
        }

        XenError error = types.TryGet(claim, FrameType.Writable, out HostFrame frame);
        if (error == XenError.None)
        {
            caller.Domain.Ram.Window.Table(frame)[index] = value;
            types.Put(frame);
        }

        return error;
    }

    private static XenError SetPhysicalNumber(PvVcpu caller, PageTypes types, ClaimedFrame claim, ulong value)
    {
        if (!types.TryRecord(claim, out FrameRecord record))
        {
            return XenError.NotPermitted;
        }

        if (record.Type == FrameType.Free)
        {
            return XenError.Invalid;
        }

        caller.Domain.Ram.PhysicalNumber(new HostFrame(claim.Number)) = value;
        return XenError.None;
    }
}
