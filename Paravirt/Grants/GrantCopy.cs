using System;
using System.Buffers.Binary;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Events;

namespace Multicosm.Paravirt.Grants;

/// <summary>GNTTABOP_copy: from one page to another, each granted to the caller or its own.</summary>
/// <source>Xen headers "grant_table.h"</source>
internal sealed unsafe class GrantCopy(DomainDirectory domains, GrantPages pages)
{
    private const int PageBytes = 4096;
    private const int Destination = 16;
    private const int Domain = 8;
    private const int Offset = 10;
    private const ushort SourceIsGranted = 1;
    private const ushort DestinationIsGranted = 2;

    /// <summary>Makes the domains of the operation, a struct gnttab_copy, ready for it: None or Unfinished.</summary>
    public XenError Begin(PvDomain caller, ReadOnlySpan<byte> operation)
    {
        XenError error = BeginSide(caller, operation);
        return error == XenError.None ? BeginSide(caller, operation[Destination..]) : error;
    }

    /// <summary>Does the operation, a struct gnttab_copy, for <paramref name="caller"/>; nothing is copied but on Okay.</summary>
    public GrantStatus Perform(PvDomain caller, ReadOnlySpan<byte> operation)
    {
        ushort length = BinaryPrimitives.ReadUInt16LittleEndian(operation[32..]);
        ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(operation[34..]);
        int sourceOffset = BinaryPrimitives.ReadUInt16LittleEndian(operation[Offset..]);
        int destinationOffset = BinaryPrimitives.ReadUInt16LittleEndian(operation[(Destination + Offset)..]);
        if (sourceOffset + length > PageBytes || destinationOffset + length > PageBytes)
        {
            return GrantStatus.BadCopyArgument;
        }

        GrantedPage source = default;
        GrantedPage destination = default;
        GrantStatus status = Open(caller, operation, (flags & SourceIsGranted) != 0, false, ref source);
        status = status == GrantStatus.Okay ? Open(caller, operation[Destination..], (flags & DestinationIsGranted) != 0, true, ref destination) : status;
        if (status == GrantStatus.Okay)
        {
            // Both may be the same page, and overlap.
            new ReadOnlySpan<byte>(source.Page + sourceOffset, length).CopyTo(new Span<byte>(destination.Page + destinationOffset, length));
        }

        destination.Close();
        source.Close();
        return status;
    }

    private XenError BeginSide(PvDomain caller, ReadOnlySpan<byte> side)
    {
        PvDomain? owner = domains.Find(caller, BinaryPrimitives.ReadUInt16LittleEndian(side[Domain..]));
        return owner is null ? XenError.None : pages.Begin(owner);
    }

    private GrantStatus Open(PvDomain caller, ReadOnlySpan<byte> side, bool isGranted, bool isWrite, ref GrantedPage page)
    {
        PvDomain? owner = domains.Find(caller, BinaryPrimitives.ReadUInt16LittleEndian(side[Domain..]));
        if (owner is null)
        {
            return GrantStatus.BadDomain;
        }

        if (isGranted)
        {
            return page.Open(pages, owner, caller.Id, BinaryPrimitives.ReadUInt32LittleEndian(side), isWrite);
        }

        return owner == caller ? page.OpenOwn(pages, owner, BinaryPrimitives.ReadUInt64LittleEndian(side), isWrite) : GrantStatus.PermissionDenied;
    }
}
