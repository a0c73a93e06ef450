using System;
using System.Buffers.Binary;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Events;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>vcpu_op (24). Needs the domain's event lock, and for initialise and register_vcpu_info its page lock, which is taken first.</summary>
/// <source>Xen headers "vcpu.h"</source>
internal sealed unsafe class VcpuHypercalls(VcpuPages pages)
{
    private const uint Initialise = 0;
    private const uint UpCommand = 1;
    private const uint DownCommand = 2;
    private const uint IsUpCommand = 3;
    private const uint GetRunstate = 4;
    private const uint RegisterRunstate = 5;
    private const uint SetPeriodic = 6;
    private const uint StopPeriodic = 7;
    private const uint SetSingleShot = 8;
    private const uint StopSingleShot = 9;
    private const uint RegisterInfo = 10;
    private const uint SendNmi = 11;
    private const uint GetPhysicalId = 12;
    private const uint RegisterTime = 13;
    private const uint FutureOnly = 1; // flag of SetSingleShot: complain of a time that has passed
    private const ulong ShortestPeriod = 1_000_000;
    private const ulong LongestPeriod = 1UL << 56;

    /// <summary>vcpu_op on vCPU <paramref name="number"/>: 0, an answer, or minus a <see cref="XenError"/>.</summary>
    public long Invoke(PvVcpu caller, uint command, uint number, ulong argument)
    {
        if (number >= (uint)caller.Domain.VcpuCount)
        {
            return -(long)XenError.NoEntry;
        }

        PvVcpu target = caller.Domain.Vcpu((int)number);
        switch (command)
        {
            case IsUpCommand:
                return target.IsUp ? 1 : 0;
            case StopPeriodic:
                target.Timers.StopPeriodic();
                return 0;
            case GetPhysicalId:
                return -(long)XenError.Invalid;
            case UpCommand or DownCommand or StopSingleShot or SendNmi:
                return -(long)Act(caller, target, command);
            default:
                return -(long)WithArgument(caller, target, command, argument);
        }
    }

    private static XenError Act(PvVcpu caller, PvVcpu target, uint command)
    {
        switch (command)
        {
            case UpCommand:
                return Up(target);
            case DownCommand:
                Down(caller, target);
                return XenError.None;
            case StopSingleShot:
                if (target != caller)
                {
                    return XenError.Invalid;
                }

                caller.Timers.StopSingleShot();
                return XenError.None;
            default:
                target.IsNmiPending = true;
                EventChannels.Wake(target);
                return XenError.None;
        }
    }

    private static XenError Up(PvVcpu target)
    {
        if (!target.IsInitialised)
        {
            return XenError.Invalid;
        }

        if (!target.IsUp)
        {
            target.IsUp = true;
            target.Runstate.OnUp();
        }

        return XenError.None;
    }

    // The last one that goes down takes the domain with it.
    private static void Down(PvVcpu caller, PvVcpu target)
    {
        bool isOtherUp = false;
        for (int i = 0; i < target.Domain.VcpuCount; i++)
        {
            isOtherUp |= i != target.Index && target.Domain.Vcpu(i).IsUp;
        }

        if (!isOtherUp)
        {
            caller.Exit.Kind = VcpuExitKind.Power;
            caller.Exit.Value = (ulong)GuestPowerReason.PowerOff;
            return;
        }

        target.IsUp = false;
        target.Runstate.OnDown();
        if (target == caller)
        {
            caller.Exit.Kind = VcpuExitKind.Halt;
        }
    }

    private XenError WithArgument(PvVcpu caller, PvVcpu target, uint command, ulong argument)
    {
        switch (command)
        {
            case Initialise:
                return InitialiseVcpu(caller, target, argument);
            case GetRunstate:
                return ShowRunstate(caller, target, argument);
            default:
                break;
        }

        int size = SizeOf(command);
        if (size == 0)
        {
            return XenError.NoSystemCall;
        }

        Span<byte> copy = stackalloc byte[16];
        if (!caller.Domain.Guest!.TryCopyIn(caller, argument, copy[..size]))
        {
            return XenError.Fault;
        }

        ulong first = BinaryPrimitives.ReadUInt64LittleEndian(copy);
        uint second = BinaryPrimitives.ReadUInt32LittleEndian(copy[8..]);
        return command switch
        {
            RegisterRunstate => RegisterRunstateArea(caller, target, first),
            SetPeriodic => StartPeriodic(target, first),
            SetSingleShot => StartSingleShot(caller, target, first, second),
            RegisterInfo => MoveInfo(caller, target, first, second),
            _ => WriteTimeArea(caller, first),
        };
    }

    private static int SizeOf(uint command) => command switch
    {
        RegisterRunstate or SetPeriodic or RegisterTime => 8,
        SetSingleShot or RegisterInfo => 16,
        _ => 0,
    };

    private XenError InitialiseVcpu(PvVcpu caller, PvVcpu target, ulong argument)
    {
        Span<byte> context = stackalloc byte[VcpuContext.Size];
        if (target.IsInitialised)
        {
            return XenError.Exists;
        }

        if (!caller.Domain.Guest!.TryCopyIn(caller, argument, context))
        {
            return XenError.Fault;
        }

        XenError error = VcpuContext.Check(context);
        error = error == XenError.None ? VcpuContext.TakeTables(pages, target, context) : error;
        if (error == XenError.None)
        {
            VcpuContext.Apply(target, context);
            target.IsInitialised = true;
            error = VcpuContext.IsOnline(context) ? Up(target) : XenError.None;
        }

        return error;
    }

    private static XenError ShowRunstate(PvVcpu caller, PvVcpu target, ulong argument)
    {
        Span<byte> area = stackalloc byte[Runstate.AreaSize];
        target.Runstate.Write(area);
        return caller.Domain.Guest!.TryCopyOut(caller, argument, area) ? XenError.None : XenError.Fault;
    }

    // The address is one of the target's kernel, which may not have tables yet: the first copy goes through the caller's.
    private static XenError RegisterRunstateArea(PvVcpu caller, PvVcpu target, ulong address)
    {
        XenError error = address == 0 ? XenError.None : ShowRunstate(caller, target, address);
        if (error == XenError.None)
        {
            target.Runstate.Area = address;
        }

        return error;
    }

    private static XenError StartPeriodic(PvVcpu target, ulong period)
    {
        if (period is < ShortestPeriod or > LongestPeriod)
        {
            return XenError.Invalid;
        }

        target.Timers.SetPeriodic(period);
        return XenError.None;
    }

    private static XenError StartSingleShot(PvVcpu caller, PvVcpu target, ulong deadline, uint flags)
    {
        if (target != caller)
        {
            return XenError.Invalid;
        }

        if ((flags & FutureOnly) != 0 && deadline < caller.Domain.Clock!.Now)
        {
            return XenError.Timeout;
        }

        target.Timers.SetSingleShot(deadline);
        return XenError.None;
    }

    private XenError MoveInfo(PvVcpu caller, PvVcpu target, ulong frame, uint offset)
    {
        bool isFit = offset <= 4096 - SharedLayout.VcpuInfoSize && offset % sizeof(ulong) == 0;
        bool isAllowed = target.InfoFrame == ulong.MaxValue && (target == caller || !target.IsUp);
        if (!isFit || !isAllowed)
        {
            return XenError.Invalid;
        }

        XenError error = pages.TakeWritable(caller.Domain, frame, out byte* page);
        if (error != XenError.None)
        {
            return error == XenError.Unfinished ? error : XenError.Invalid;
        }

        byte* info = page + offset;
        new ReadOnlySpan<byte>(target.Info, SharedLayout.VcpuInfoSize).CopyTo(new Span<byte>(info, SharedLayout.VcpuInfoSize));
        target.Info = info;
        target.InfoFrame = frame;
        caller.Domain.Clock!.WriteTime(info + SharedLayout.Time);

        // An event that came during the copy may be marked in the old place alone: the guest looks at all words once.
        *(ulong*)(info + SharedLayout.PendingSelector) = ulong.MaxValue;
        EventChannels.Notify(target);
        return XenError.None;
    }

    // The clock's numbers never change, so the area is written once.
    private static XenError WriteTimeArea(PvVcpu caller, ulong address)
    {
        if (address == 0)
        {
            return XenError.None;
        }

        Span<byte> time = stackalloc byte[SharedLayout.TimeSize];
        caller.Domain.Clock!.WriteFields(time);
        BinaryPrimitives.WriteUInt32LittleEndian(time, 2);
        return caller.Domain.Guest!.TryCopyOut(caller, address, time) ? XenError.None : XenError.Fault;
    }
}
