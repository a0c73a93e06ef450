using System;
using System.Buffers.Binary;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Grants;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>
/// grant_table_op (20), version 1 of the table: a list of operations, each with a status of its own. Needs the page locks of
/// the domains, the lower slot's first.
/// </summary>
/// <source>Xen headers "grant_table.h"</source>
internal sealed class GrantHypercalls(DomainDirectory domains, GrantPages pages)
{
    private const uint Map = 0;
    private const uint Unmap = 1;
    private const uint SetupTable = 2;
    private const uint Copy = 5;
    private const uint QuerySize = 6;
    private const uint UnmapAndReplace = 7;
    private const uint SetVersion = 8;
    private const uint GetVersion = 10;
    private const int LongestOperation = 40;
    private const ulong OperationsPerCall = 64;

    private readonly GrantCopy _copy = new(domains, pages);
    private readonly GrantMapper _mapper = new(domains);

    /// <summary>
    /// grant_table_op on <paramref name="count"/> operations at <paramref name="list"/>: 0 or minus a <see cref="XenError"/>. Of a long list
    /// a part is done, and with <see cref="XenError.Unfinished"/> the arguments say what is left.
    /// </summary>
    public long Invoke(PvVcpu caller, uint command, ref ulong list, ref ulong count)
    {
        int size = SizeOf(command);
        if (size == 0 || count > int.MaxValue)
        {
            return size == 0 ? -(long)XenError.NoSystemCall : -(long)XenError.Invalid;
        }

        if (count != 1 && command is SetupTable or QuerySize or SetVersion or GetVersion)
        {
            return -(long)XenError.Invalid;
        }

        Span<byte> operation = stackalloc byte[LongestOperation];
        operation = operation[..size];
        GuestArguments guest = caller.Domain.Guest!;
        for (ulong i = 0; i < OperationsPerCall && count > 0; i++)
        {
            if (!guest.TryCopyIn(caller, list, operation))
            {
                return -(long)XenError.Fault;
            }

            XenError error = Perform(caller, command, operation);
            if (error != XenError.None || !guest.TryCopyOut(caller, list, operation))
            {
                return error != XenError.None ? -(long)error : -(long)XenError.Fault;
            }

            list += (ulong)size;
            count--;
        }

        return count > 0 ? -(long)XenError.Unfinished : 0;
    }

    // Bytes of the command's operation; 0 for what we do not do.
    private static int SizeOf(uint command) => command switch
    {
        Map => 32,
        Unmap or UnmapAndReplace or SetupTable => 24,
        Copy => 40,
        QuerySize => 16,
        GetVersion => 8,
        SetVersion => 4,
        _ => 0,
    };

    private XenError Perform(PvVcpu caller, uint command, Span<byte> operation)
    {
        switch (command)
        {
            case Map:
                return _mapper.Map(caller, operation);
            case Unmap or UnmapAndReplace:
                return _mapper.Unmap(caller, operation, replaces: command == UnmapAndReplace);
            case SetupTable:
                return Setup(caller, operation);
            case Copy:
                return PerformCopy(caller.Domain, operation);
            case QuerySize:
                SetStatus(operation[12..], Query(caller.Domain, operation));
                return XenError.None;
            case SetVersion:
                return ChooseVersion(operation);
            default:
                return ShowVersion(caller.Domain, operation);
        }
    }

    private XenError PerformCopy(PvDomain caller, Span<byte> operation)
    {
        XenError error = _copy.Begin(caller, operation);
        if (error == XenError.None)
        {
            SetStatus(operation[36..], _copy.Perform(caller, operation));
        }

        return error;
    }

    private XenError Setup(PvVcpu caller, Span<byte> operation)
    {
        GrantTable table = caller.Domain.Grants;
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(operation[4..]);
        GrantStatus status = OwnOnly(caller.Domain, operation);
        status = status == GrantStatus.Okay && !table.TryGrow(count) ? GrantStatus.GeneralError : status;
        SetStatus(operation[8..], status);
        if (status != GrantStatus.Okay)
        {
            return XenError.None;
        }

        Span<byte> frame = stackalloc byte[8];
        ulong frames = BinaryPrimitives.ReadUInt64LittleEndian(operation[16..]);
        for (uint i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(frame, table.FirstFrame + i);
            if (!caller.Domain.Guest!.TryCopyOut(caller, frames + (8 * i), frame))
            {
                return XenError.Fault;
            }
        }

        return XenError.None;
    }

    private GrantStatus Query(PvDomain caller, Span<byte> operation)
    {
        GrantStatus status = OwnOnly(caller, operation);
        if (status == GrantStatus.Okay)
        {
            BinaryPrimitives.WriteInt32LittleEndian(operation[4..], caller.Grants.FrameCount);
            BinaryPrimitives.WriteInt32LittleEndian(operation[8..], GrantTable.MaximumFrames);
        }

        return status;
    }

    private static XenError ChooseVersion(Span<byte> operation) => BinaryPrimitives.ReadUInt32LittleEndian(operation) switch
    {
        1 => XenError.None,
        2 => XenError.NoSystemCall,
        _ => XenError.Invalid,
    };

    private XenError ShowVersion(PvDomain caller, Span<byte> operation)
    {
        GrantStatus status = OwnOnly(caller, operation);
        if (status != GrantStatus.Okay)
        {
            return status == GrantStatus.BadDomain ? XenError.NoDomain : XenError.NotPermitted;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(operation[4..], 1);
        return XenError.None;
    }

    // The operation begins with a domain, which must be the caller.
    private GrantStatus OwnOnly(PvDomain caller, ReadOnlySpan<byte> operation)
    {
        PvDomain? found = domains.Find(caller, BinaryPrimitives.ReadUInt16LittleEndian(operation));
        return found is null ? GrantStatus.BadDomain : found == caller ? GrantStatus.Okay : GrantStatus.PermissionDenied;
    }

    private static void SetStatus(Span<byte> place, GrantStatus status) => BinaryPrimitives.WriteInt16LittleEndian(place, (short)status);
}
