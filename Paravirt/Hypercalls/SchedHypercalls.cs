using System;
using System.Buffers.Binary;
using System.Threading;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Events;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>
/// sched_op (29). What the run loop has to know stands in the caller's exit: <see cref="VcpuExitKind.Yield"/>; <see cref="VcpuExitKind.Halt"/>
/// if the vCPU waits (block, poll) and <see cref="PvVcpu.IsBlocked"/> says so too; <see cref="VcpuExitKind.Power"/> with the reason. Needs the domain's event lock.
/// </summary>
/// <source>Xen headers "sched.h"</source>
internal static unsafe class SchedHypercalls
{
    private const uint YieldCommand = 0;
    private const uint BlockCommand = 1;
    private const uint ShutdownCommand = 2;
    private const uint PollCommand = 3;
    private const uint RemoteShutdown = 4;
    private const uint ShutdownCodeCommand = 5;
    private const uint WatchdogCommand = 6;
    private const uint PinOverride = 7;
    private const uint MaximumPolled = 128;
    private const uint PortLimit = 4096; // what the shared page has bits for: a port need not be in use to be polled

    /// <summary>sched_op: 0, the number of a watchdog, or minus a <see cref="XenError"/>.</summary>
    public static long Invoke(PvVcpu caller, uint command, ulong argument)
    {
        switch (command)
        {
            case YieldCommand:
                caller.Exit.Kind = VcpuExitKind.Yield;
                return 0;
            case BlockCommand:
                Block(caller);
                return 0;
            case ShutdownCommand or ShutdownCodeCommand or WatchdogCommand:
                return WithNumbers(caller, command, argument);
            case PollCommand:
                return -(long)Poll(caller, argument);
            case RemoteShutdown or PinOverride:
                return -(long)XenError.NotPermitted;
            default:
                return -(long)XenError.NoSystemCall;
        }
    }

    /// <summary>Lets the vCPU wait until an event is raised for it; nothing if one waits already. Events are unmasked.</summary>
    public static void Block(PvVcpu caller)
    {
        caller.IsBlocked = true; // before the look: an event that comes in between finds a vCPU to wake
        Volatile.Write(ref caller.Info[SharedLayout.UpcallMask], 0);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref caller.Info[SharedLayout.UpcallPending]) != 0 || caller.IsNmiPending)
        {
            caller.IsBlocked = false;
            return;
        }

        caller.Runstate.OnBlock();
        caller.Exit.Kind = VcpuExitKind.Halt;
    }

    private static long WithNumbers(PvVcpu caller, uint command, ulong argument)
    {
        Span<byte> numbers = stackalloc byte[8];
        numbers = command == WatchdogCommand ? numbers : numbers[..4];
        if (!caller.Domain.Guest!.TryCopyIn(caller, argument, numbers))
        {
            return -(long)XenError.Fault;
        }

        uint first = BinaryPrimitives.ReadUInt32LittleEndian(numbers);
        if (command == WatchdogCommand)
        {
            return caller.Domain.Watchdogs.Set(first, BinaryPrimitives.ReadUInt32LittleEndian(numbers[4..]));
        }

        if (first > (uint)GuestPowerReason.Watchdog)
        {
            return -(long)XenError.Invalid;
        }

        if (command == ShutdownCodeCommand)
        {
            caller.Domain.ShutdownCode = (int)first;
            return 0;
        }

        caller.Exit.Kind = VcpuExitKind.Power;
        caller.Exit.Value = caller.Domain.ShutdownCode < 0 ? first : (uint)caller.Domain.ShutdownCode;
        return 0;
    }

    // Argument: address of the ports (4 bytes each), their number (4 bytes), time limit as system time.
    private static XenError Poll(PvVcpu caller, ulong argument)
    {
        Span<byte> poll = stackalloc byte[24];
        if (!caller.Domain.Guest!.TryCopyIn(caller, argument, poll))
        {
            return XenError.Fault;
        }

        uint count = BinaryPrimitives.ReadUInt32LittleEndian(poll[8..]);
        if (count > MaximumPolled)
        {
            return XenError.Invalid;
        }

        XenError error = LookAtPorts(caller, BinaryPrimitives.ReadUInt64LittleEndian(poll), count, out uint only, out bool isPending);
        if (error != XenError.None || isPending || HasDeliverableEvent(caller))
        {
            return error;
        }

        caller.IsBlocked = true;
        caller.Timers.StartPoll(only, BinaryPrimitives.ReadUInt64LittleEndian(poll[16..]));
        caller.Runstate.OnBlock();
        caller.Exit.Kind = VcpuExitKind.Halt;
        return XenError.None;
    }

    private static bool HasDeliverableEvent(PvVcpu caller) =>
        Volatile.Read(ref caller.Info[SharedLayout.UpcallPending]) != 0 && Volatile.Read(ref caller.Info[SharedLayout.UpcallMask]) == 0;

    // Gives the port, if there is just one, else 0: any event then ends the wait, and the guest looks which it was.
    private static XenError LookAtPorts(PvVcpu caller, ulong address, uint count, out uint only, out bool isPending)
    {
        Span<byte> port = stackalloc byte[4];
        EventChannels events = caller.Domain.Events;
        only = 0;
        isPending = false;
        for (uint i = 0; i < count && !isPending; i++)
        {
            if (!caller.Domain.Guest!.TryCopyIn(caller, address + (4 * i), port))
            {
                return XenError.Fault;
            }

            uint number = BinaryPrimitives.ReadUInt32LittleEndian(port);
            if (number is 0 or >= PortLimit)
            {
                return XenError.Invalid;
            }

            isPending = events.IsPending(number);
            only = count == 1 ? number : 0;
        }

        return XenError.None;
    }
}
