using System;
using System.Threading;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>mmuext_op: whole page tables, base tables, flushes, the LDT. Takes the domain's page lock.</summary>
/// <source>Xen headers "xen.h"</source>
internal static unsafe class MmuExtendedHypercalls
{
    private const int OperationBytes = 24;
    private const int FirstOffset = 8;
    private const int SecondOffset = 16;
    private const int OperationUnits = 4;
    private const int PageUnits = 8;

    /// <summary>An array of {command, first argument, second argument}; the rest is as of <see cref="MmuHypercalls.MmuUpdate"/>.</summary>
    public static long MmuExtended(PvVcpu caller, ref ulong operations, ref ulong count, ulong done, ulong foreign)
    {
        PageTypes types = caller.Domain.Ram.Types;
        XenError error = types.Begin();
        if (error != XenError.None)
        {
            return -(long)error;
        }

        ulong finished = 0;
        ulong wanted = (uint)count & ~MmuHypercalls.Continued;
        error = DomainNumbers.IsSelf(caller, (ushort)foreign) ? XenError.None : XenError.NotPermitted;
        while (error == XenError.None && finished < wanted)
        {
            types.Spend(OperationUnits);
            bool isRead = TryRead(caller, operations + (finished * OperationBytes), out MmuCommand command, out ulong first, out ulong second);
            error = !isRead ? XenError.Fault : types.IsSpent ? XenError.Unfinished : Operate(caller, command, first, second);
            if (error == XenError.None)
            {
                finished++;
                error = types.Finish();
            }
        }

        return error == XenError.None && done == 0 ? 0 : Continuation.End(caller, error, ref operations, ref count, finished, OperationBytes, done);
    }

    private static bool TryRead(PvVcpu caller, ulong operation, out MmuCommand command, out ulong first, out ulong second)
    {
        byte* at = GuestSpace.FindArgument(caller, operation, OperationBytes);
        if (at != null)
        {
            command = (MmuCommand)Volatile.Read(ref *(uint*)at);
            first = Volatile.Read(ref *(ulong*)(at + FirstOffset));
            second = Volatile.Read(ref *(ulong*)(at + SecondOffset));
            return true;
        }

        // It crosses a page, or cannot be read.
        first = second = 0;
        bool isRead = GuestSpace.TryReadUInt32(caller, operation, out uint number)
            && GuestSpace.TryReadPair(caller, operation + FirstOffset, out first, out second);
        command = (MmuCommand)number;
        return isRead;
    }

    private static XenError Operate(PvVcpu caller, MmuCommand command, ulong first, ulong second)
    {
        PageTypes types = caller.Domain.Ram.Types;
        return command switch
        {
            MmuCommand.PinLevel1 => types.TryPin(new ClaimedFrame(first), FrameType.Level1),
            MmuCommand.PinLevel2 => types.TryPin(new ClaimedFrame(first), FrameType.Level2),
            MmuCommand.PinLevel3 => types.TryPin(new ClaimedFrame(first), FrameType.Level3),
            MmuCommand.PinLevel4 => types.TryPin(new ClaimedFrame(first), FrameType.Level4),
            MmuCommand.Unpin => types.TryUnpin(new ClaimedFrame(first)),
            MmuCommand.NewKernelTable => BaseTables.TrySetKernel(caller, new ClaimedFrame(first)),
            MmuCommand.NewUserTable => BaseTables.TrySetUser(caller, new ClaimedFrame(first)),
            MmuCommand.FlushLocal or MmuCommand.InvalidateLocal or MmuCommand.FlushAll or MmuCommand.InvalidateAll => XenError.None,
            MmuCommand.FlushMulti or MmuCommand.InvalidateMulti => FlushArguments.CheckSet(caller, second),
            MmuCommand.FlushCache or MmuCommand.FlushCacheGlobal => XenError.None, // no device reads memory behind the cache
            MmuCommand.SetLdt => DescriptorPages.TrySetLdt(caller, first, (uint)second), // the ABI's argument is an unsigned int
            MmuCommand.ClearPage => Clear(caller, new ClaimedFrame(first)),
            MmuCommand.CopyPage => Copy(caller, new ClaimedFrame(first), new ClaimedFrame(second)),
            _ => XenError.NoSystemCall,
        };
    }

    private static XenError Clear(PvVcpu caller, ClaimedFrame claim)
    {
        PageTypes types = caller.Domain.Ram.Types;
        XenError error = types.TryGet(claim, FrameType.Writable, out HostFrame frame);
        if (error == XenError.None)
        {
            types.Spend(PageUnits);
            new Span<ulong>(caller.Domain.Ram.Window.Page(frame), PageEntry.PerTable).Clear();
            types.Put(frame);
        }

        return error;
    }

    private static XenError Copy(PvVcpu caller, ClaimedFrame destination, ClaimedFrame source)
    {
        PageTypes types = caller.Domain.Ram.Types;
        HostWindow window = caller.Domain.Ram.Window;
        XenError error = types.TryGetReference(source, out HostFrame from);
        if (error != XenError.None)
        {
            return error;
        }

        error = types.TryGet(destination, FrameType.Writable, out HostFrame to);
        if (error == XenError.None)
        {
            types.Spend(PageUnits);
            new ReadOnlySpan<ulong>(window.Page(from), PageEntry.PerTable).CopyTo(new Span<ulong>(window.Page(to), PageEntry.PerTable));
            types.Put(to);
        }

        types.PutReference(from);
        return error;
    }
}
