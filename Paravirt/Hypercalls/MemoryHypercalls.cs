using System;
using System.Buffers.Binary;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>memory_op: what the guest may know of its memory; giving frames back and getting them again is <see cref="ReservationHypercalls"/>. Takes the domain's page lock.</summary>
/// <source>Xen headers "memory.h"</source>
internal static class MemoryHypercalls
{
    private const int CommandBits = 6; // above them: how many extents were done already
    private const int MapEntryBytes = 20;
    private const uint Ram = 1;

    /// <summary>The command and a pointer to its argument. When the result is Unfinished, <paramref name="command"/> has become the one to go on with.</summary>
    public static long MemoryOperation(PvVcpu caller, ref ulong command, ulong argument)
    {
        XenError error = caller.Domain.Ram.Types.Begin();
        if (error != XenError.None)
        {
            return -(long)error;
        }

        ulong done = command >> CommandBits;
        MemoryCommand number = (MemoryCommand)(command & ((1 << CommandBits) - 1));
        DomainMemory ram = caller.Domain.Ram;
        long result = number switch
        {
            MemoryCommand.IncreaseReservation or MemoryCommand.DecreaseReservation or MemoryCommand.PopulatePhysicalMap =>
                ReservationHypercalls.Adjust(caller, number, argument, ref done),
            MemoryCommand.Exchange => ExchangeHypercalls.Exchange(caller, argument),
            MemoryCommand.MaximumRamPage => (long)ram.MachineFrames,
            MemoryCommand.CurrentReservation => Reservation(caller, argument, ram.CurrentPages),
            MemoryCommand.MaximumReservation => Reservation(caller, argument, ram.PageCount),
            MemoryCommand.MachineFrameList => -(long)XenError.NotPermitted,
            MemoryCommand.MemoryMap => Map(caller, argument),
            MemoryCommand.MachineMapping => MachineMapping(caller, argument),
            _ => -(long)XenError.NoSystemCall,
        };
        if (result == -(long)XenError.Unfinished)
        {
            command = (ulong)number | (done << CommandBits);
        }

        return result;
    }

    private static long Reservation(PvVcpu caller, ulong argument, ulong pages)
    {
        Span<byte> domain = stackalloc byte[sizeof(ushort)];
        return !GuestSpace.TryCopyIn(caller, argument, domain) ? -(long)XenError.Fault
            : !DomainNumbers.IsSelf(caller, BinaryPrimitives.ReadUInt16LittleEndian(domain)) ? -(long)XenError.NotPermitted
            : (long)pages;
    }

    // {u32 entries, pointer}: one entry, all of RAM from pseudo-physical 0 on.
    private static long Map(PvVcpu caller, ulong argument)
    {
        if (!GuestSpace.TryReadUInt32(caller, argument, out uint entries) || !GuestSpace.TryReadUInt64(caller, argument + 8, out ulong buffer))
        {
            return -(long)XenError.Fault;
        }

        if (entries == 0)
        {
            return -(long)XenError.Invalid;
        }

        Span<byte> entry = stackalloc byte[MapEntryBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(entry, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], caller.Domain.Ram.PageCount << 12);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], Ram);
        return GuestSpace.TryCopyOut(caller, buffer, entry) && GuestSpace.TryWriteUInt32(caller, argument, 1) ? 0 : -(long)XenError.Fault;
    }

    private static long MachineMapping(PvVcpu caller, ulong argument)
    {
        Span<byte> mapping = stackalloc byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(mapping, MachineToPhysical.Start);
        BinaryPrimitives.WriteUInt64LittleEndian(mapping[8..], MachineToPhysical.End);
        BinaryPrimitives.WriteUInt64LittleEndian(mapping[16..], caller.Domain.Ram.MachineFrames - 1);
        return GuestSpace.TryCopyOut(caller, argument, mapping) ? 0 : -(long)XenError.Fault;
    }
}
