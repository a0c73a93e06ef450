using System;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>
/// memory_exchange: frames for as many others, single ones for runs or runs for single ones. What a domain gets are frames that it gave
/// back, before or in this call. Done in chunks of as many frames as the larger of both extents has: all of a chunk or nothing of it.
/// </summary>
/// <source>Xen headers "memory.h"</source>
internal static class ExchangeHypercalls
{
    private const ulong MostExtents = int.MaxValue;
    private const int ChunkUnits = 8;
    private const int FramesPerUnit = 2;

    /// <summary>{given, wanted, u64 done}; how many extents of the given ones are done is counted there, so that the call goes on after an interruption.</summary>
    public static long Exchange(PvVcpu caller, ulong argument)
    {
        PageTypes types = caller.Domain.Ram.Types;
        ulong counter = argument + (2 * Reservation.Bytes);
        if (!Reservation.TryRead(caller, argument, out Reservation given) || !Reservation.TryRead(caller, argument + Reservation.Bytes, out Reservation wanted)
            || !GuestSpace.TryReadUInt64(caller, counter, out ulong done))
        {
            return -(long)XenError.Fault;
        }

        XenError error = Check(caller, in given, in wanted, done);
        if (error != XenError.None)
        {
            return -(long)error;
        }

        int order = (int)Math.Max(given.Order, wanted.Order);
        ulong step = 1UL << (order - (int)given.Order); // extents of the given ones in a chunk
        while (error == XenError.None && done + step <= given.Count)
        {
            types.Spend(ChunkUnits + ((1 << order) / FramesPerUnit));
            error = types.IsSpent ? XenError.Unfinished : ExchangeChunk(caller, in given, in wanted, done / step, order);
            done += error == XenError.None ? step : 0;
        }

        return GuestSpace.TryWriteUInt64(caller, counter, done) ? -(long)error : -(long)XenError.Fault;
    }

    private static XenError Check(PvVcpu caller, in Reservation given, in Reservation wanted, ulong done)
    {
        if (!DomainNumbers.IsSelf(caller, given.Domain) || !DomainNumbers.IsSelf(caller, wanted.Domain)
            || Math.Max(given.Order, wanted.Order) > FreeFrames.MaximumOrder)
        {
            return XenError.NotPermitted;
        }

        bool isSound = given.Count <= MostExtents && wanted.Count <= MostExtents && done <= given.Count && given.Count << (int)given.Order == wanted.Count << (int)wanted.Order;
        return isSound ? XenError.None : XenError.Invalid;
    }

    private static XenError ExchangeChunk(PvVcpu caller, in Reservation given, in Reservation wanted, ulong chunk, int order)
    {
        DomainMemory ram = caller.Domain.Ram;
        Span<ulong> frames = stackalloc ulong[1 << order]; // at most 512
        int extents = 1 << (order - (int)wanted.Order);
        Span<ulong> numbers = stackalloc ulong[extents];
        Span<ulong> got = stackalloc ulong[extents];
        ulong list = wanted.Extents + (chunk * (ulong)extents * sizeof(ulong));
        XenError error = TryReadAll(caller, list, numbers) ? ReadGiven(caller, in given, chunk, frames) : XenError.Fault;
        error = error == XenError.None ? TryRelease(ram, frames) : error;
        if (error != XenError.None)
        {
            return error;
        }

        int taken = 0;
        while (error == XenError.None && taken < extents)
        {
            error = ram.Free.TryTake((int)wanted.Order, wanted.Limit, out HostFrame first);
            got[taken] = first.Number;
            taken += error == XenError.None ? 1 : 0;
        }

        if (error != XenError.None)
        {
            ReleaseRuns(ram, got[..taken], 1 << (int)wanted.Order);
            TakeBack(ram, frames);
            return error;
        }

        foreach (ulong frame in frames)
        {
            ram.PhysicalNumber(new HostFrame(frame)) = MachineToPhysical.NoFrame;
        }

        for (int i = 0; i < extents; i++)
        {
            ReservationHypercalls.Number(ram, new HostFrame(got[i]), 1 << (int)wanted.Order, numbers[i]);
            error = GuestSpace.TryWriteUInt64(caller, list + ((ulong)i * sizeof(ulong)), got[i]) ? error : XenError.Fault; // the frames are its own all the same
        }

        return error;
    }

    private static bool TryReadAll(PvVcpu caller, ulong list, Span<ulong> numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!GuestSpace.TryReadUInt64(caller, list + ((ulong)i * sizeof(ulong)), out numbers[i]))
            {
                return false;
            }
        }

        return true;
    }

    // Fills in the frames of the chunk's given extents.
    private static XenError ReadGiven(PvVcpu caller, in Reservation given, ulong chunk, Span<ulong> frames)
    {
        int run = 1 << (int)given.Order;
        ulong extents = (ulong)(frames.Length / run);
        for (ulong i = 0; i < extents; i++)
        {
            if (!GuestSpace.TryReadUInt64(caller, given.Extents + (((chunk * extents) + i) * sizeof(ulong)), out ulong first))
            {
                return XenError.Fault;
            }

            for (int j = 0; j < run; j++)
            {
                frames[((int)i * run) + j] = unchecked(first + (ulong)j);
            }
        }

        return XenError.None;
    }

    // Gives back all of the frames, none of which may be in use, or none.
    private static XenError TryRelease(DomainMemory ram, Span<ulong> frames)
    {
        for (int i = 0; i < frames.Length; i++)
        {
            ClaimedFrame claim = new(frames[i]);
            XenError error = ram.Types.TryPrepareRelease(claim);
            if (error != XenError.None || !ram.Types.TryRecord(claim, out FrameRecord record) || !record.IsIdle)
            {
                TakeBack(ram, frames[..i]);
                return error == XenError.Unfinished ? error : XenError.Invalid;
            }

            ram.Types.Release(new HostFrame(frames[i])); // named twice it is refused the second time
        }

        return XenError.None;
    }

    private static void TakeBack(DomainMemory ram, Span<ulong> frames)
    {
        foreach (ulong frame in frames)
        {
            ram.Free.TakeBack(new HostFrame(frame), 1);
        }
    }

    private static void ReleaseRuns(DomainMemory ram, Span<ulong> runs, int count)
    {
        foreach (ulong first in runs)
        {
            for (ulong i = 0; i < (ulong)count; i++)
            {
                ram.Types.Release(new HostFrame(first + i));
            }
        }
    }
}
