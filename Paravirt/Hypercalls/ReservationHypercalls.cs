using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>The balloon: a guest gives frames of its own back and gets them again, in runs that are contiguous and aligned. A domain never gets more than it was built with.</summary>
/// <source>Xen headers "memory.h"</source>
internal static class ReservationHypercalls
{
    private const int ExtentUnits = 4;
    private const int FramesPerUnit = 4;

    /// <summary>increase_reservation, decrease_reservation and populate_physmap. Returns how many extents are done, from the first on; <paramref name="done"/> counts them over all pieces of the call.</summary>
    public static long Adjust(PvVcpu caller, MemoryCommand command, ulong argument, ref ulong done)
    {
        PageTypes types = caller.Domain.Ram.Types;
        if (!Reservation.TryRead(caller, argument, out Reservation wanted))
        {
            return -(long)XenError.Fault;
        }

        if (!DomainNumbers.IsSelf(caller, wanted.Domain))
        {
            return -(long)XenError.NotPermitted;
        }

        while (done < wanted.Count && wanted.Order <= FreeFrames.MaximumOrder)
        {
            if (types.IsSpent)
            {
                return -(long)XenError.Unfinished;
            }

            ulong extent = wanted.Extents + (done * sizeof(ulong));
            types.Spend(ExtentUnits + ((1 << (int)wanted.Order) / FramesPerUnit));
            XenError error = command == MemoryCommand.DecreaseReservation ? GiveBack(caller, extent, 1 << (int)wanted.Order)
                : Get(caller, extent, in wanted, hasNumber: command == MemoryCommand.PopulatePhysicalMap);
            if (error != XenError.None)
            {
                return error == XenError.Unfinished ? -(long)error : (long)done;
            }

            done++;
        }

        return (long)done;
    }

    /// <summary>Gives a run of frames the pseudo-physical numbers from <paramref name="number"/> on; the maximum says that they have none.</summary>
    internal static void Number(DomainMemory ram, HostFrame first, int count, ulong number)
    {
        for (ulong i = 0; i < (ulong)count; i++)
        {
            ram.PhysicalNumber(new HostFrame(first.Number + i)) = number == MachineToPhysical.NoFrame ? number : number + i;
        }
    }

    // All of the extent or nothing of it.
    private static XenError GiveBack(PvVcpu caller, ulong extent, int count)
    {
        DomainMemory ram = caller.Domain.Ram;
        if (!GuestSpace.TryReadUInt64(caller, extent, out ulong number))
        {
            return XenError.Fault;
        }

        for (ulong i = 0; i < (ulong)count; i++)
        {
            XenError error = ram.Types.TryPrepareRelease(new ClaimedFrame(unchecked(number + i)));
            if (error != XenError.None)
            {
                return error;
            }
        }

        for (ulong i = 0; i < (ulong)count; i++)
        {
            ram.Types.Release(new HostFrame(number + i));
        }

        Number(ram, new HostFrame(number), count, MachineToPhysical.NoFrame);
        return XenError.None;
    }

    // A free frame is the domain's own, with what the guest had in it: there is nothing to scrub.
    private static XenError Get(PvVcpu caller, ulong extent, in Reservation wanted, bool hasNumber)
    {
        DomainMemory ram = caller.Domain.Ram;
        ulong number = MachineToPhysical.NoFrame;
        if (hasNumber && !GuestSpace.TryReadUInt64(caller, extent, out number))
        {
            return XenError.Fault;
        }

        XenError error = ram.Free.TryTake((int)wanted.Order, wanted.Limit, out HostFrame first);
        if (error != XenError.None)
        {
            return error;
        }

        int count = 1 << (int)wanted.Order;
        Number(ram, first, count, number);
        if (GuestSpace.TryWriteUInt64(caller, extent, first.Number))
        {
            return XenError.None;
        }

        Number(ram, first, count, MachineToPhysical.NoFrame);
        for (ulong i = 0; i < (ulong)count; i++)
        {
            ram.Types.Release(new HostFrame(first.Number + i)); // just taken: nothing uses it
        }

        return XenError.Fault;
    }
}
