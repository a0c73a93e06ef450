using System;
using System.Buffers.Binary;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>The balloon: a guest gives frames of its own back and gets them again, one by one. A domain never gets more than it was built with.</summary>
/// <source>Xen headers "memory.h"</source>
internal static class ReservationCalls
{
    private const int ReservationBytes = 32;
    private const int FrameUnits = 4;

    /// <summary>increase_reservation, decrease_reservation and populate_physmap. Returns how many extents are done, from the first on; <paramref name="done"/> counts them over all pieces of the call.</summary>
    public static long Adjust(PvVcpu caller, MemoryCommand command, ulong argument, ref ulong done)
    {
        PageTypes types = caller.Domain.Ram.Types;
        if (!TryRead(caller, argument, out Reservation wanted))
        {
            return -(long)XenError.Fault;
        }

        if (!DomainNumbers.IsSelf(caller, wanted.Domain))
        {
            return -(long)XenError.NotPermitted;
        }

        while (done < wanted.Count)
        {
            if (types.IsSpent)
            {
                return -(long)XenError.Unfinished;
            }

            ulong extent = wanted.Extents + (done * sizeof(ulong));
            XenError error = wanted.Order != 0 ? XenError.Invalid
                : command == MemoryCommand.DecreaseReservation ? GiveBack(caller, extent)
                : Get(caller, extent, hasNumber: command == MemoryCommand.PopulatePhysicalMap);
            if (error != XenError.None)
            {
                return error == XenError.Unfinished ? -(long)error : (long)done;
            }

            done++;
        }

        return (long)done;
    }

    /// <summary>
    /// exchange: single frames for single frames. {given, wanted, u64 done}; what is done is counted there, so that the call goes on after an
    /// interruption. Runs of frames cannot be had: NoMemory.
    /// </summary>
    public static long Exchange(PvVcpu caller, ulong argument)
    {
        PageTypes types = caller.Domain.Ram.Types;
        ulong counter = argument + (2 * ReservationBytes);
        if (!TryRead(caller, argument, out Reservation given) || !TryRead(caller, argument + ReservationBytes, out Reservation wanted)
            || !GuestSpace.TryReadUInt64(caller, counter, out ulong done))
        {
            return -(long)XenError.Fault;
        }

        if (!DomainNumbers.IsSelf(caller, given.Domain) || !DomainNumbers.IsSelf(caller, wanted.Domain))
        {
            return -(long)XenError.NotPermitted;
        }

        if (given.Order != 0 || wanted.Order != 0)
        {
            return -(long)XenError.NoMemory;
        }

        if (given.Count != wanted.Count || done > given.Count)
        {
            return -(long)XenError.Invalid;
        }

        XenError error = XenError.None;
        while (error == XenError.None && done < given.Count)
        {
            ulong offset = done * sizeof(ulong);
            error = types.IsSpent ? XenError.Unfinished : ExchangeFrame(caller, given.Extents + offset, wanted.Extents + offset);
            done += error == XenError.None ? 1UL : 0;
        }

        return GuestSpace.TryWriteUInt64(caller, counter, done) ? -(long)error : -(long)XenError.Fault;
    }

    private static XenError ExchangeFrame(PvVcpu caller, ulong given, ulong wanted)
    {
        if (!GuestSpace.TryReadUInt64(caller, given, out ulong number))
        {
            return XenError.Fault;
        }

        if (!caller.Domain.Ram.Types.TryRecord(new ClaimedFrame(number), out FrameRecord record) || (!record.IsIdle && !record.IsPartial))
        {
            return XenError.Invalid; // in use
        }

        XenError error = GiveBack(caller, given);
        return error == XenError.None ? Get(caller, wanted, hasNumber: true) : error;
    }

    private static XenError GiveBack(PvVcpu caller, ulong extent)
    {
        DomainMemory ram = caller.Domain.Ram;
        ram.Types.Spend(FrameUnits);
        if (!GuestSpace.TryReadUInt64(caller, extent, out ulong number))
        {
            return XenError.Fault;
        }

        XenError error = ram.Types.TryRelease(new ClaimedFrame(number));
        if (error == XenError.None)
        {
            ram.PhysicalNumber(new HostFrame(number)) = MachineToPhysical.NoFrame;
        }

        return error;
    }

    // A free frame is the domain's own, with what the guest had in it: there is nothing to scrub.
    private static XenError Get(PvVcpu caller, ulong extent, bool hasNumber)
    {
        DomainMemory ram = caller.Domain.Ram;
        ram.Types.Spend(FrameUnits);
        ulong number = MachineToPhysical.NoFrame;
        if ((hasNumber && !GuestSpace.TryReadUInt64(caller, extent, out number)) || !ram.Types.TryTakeFree(out HostFrame frame))
        {
            return XenError.NoMemory;
        }

        ram.PhysicalNumber(frame) = number;
        if (GuestSpace.TryWriteUInt64(caller, extent, frame.Number))
        {
            return XenError.None;
        }

        ram.PhysicalNumber(frame) = MachineToPhysical.NoFrame;
        _ = ram.Types.TryRelease(new ClaimedFrame(frame.Number)); // just taken: nothing uses it
        return XenError.Fault;
    }

    private static bool TryRead(PvVcpu caller, ulong address, out Reservation reservation)
    {
        Span<byte> bytes = stackalloc byte[ReservationBytes];
        bool isRead = GuestSpace.TryCopyIn(caller, address, bytes);
        reservation = new Reservation(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[24..]));
        return isRead;
    }

    private readonly record struct Reservation(ulong Extents, ulong Count, uint Order, ushort Domain);
}
