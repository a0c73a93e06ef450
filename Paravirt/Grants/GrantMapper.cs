using System;
using System.Buffers.Binary;
using Multicosm.Machine;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Grants;

/// <summary>
/// GNTTABOP_map_grant_ref and its ends: a granted frame in the page tables of another domain, or for its devices. There are none, so the latter
/// is but a use of the frame, which its handle holds. Needs the page locks of both domains.
/// </summary>
/// <source>Xen headers "grant_table.h"</source>
internal sealed class GrantMapper(DomainDirectory domains)
{
    private const uint ForDevice = 1;
    private const uint ForHost = 2;
    private const uint ReadOnly = 4;
    private const uint ForUser = 8;
    private const uint ContainsEntry = 16;
    private const int AvailableShift = 16;
    private const int EntryBytes = sizeof(ulong);

    /// <summary>Maps what a struct gnttab_map_grant_ref asks for and writes its answer there. None or Unfinished: then nothing has changed.</summary>
    public XenError Map(PvVcpu caller, Span<byte> operation)
    {
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(operation[8..]);
        PvDomain? owner = domains.Find(caller.Domain, BinaryPrimitives.ReadUInt16LittleEndian(operation[16..]));
        GrantStatus status = owner is null ? GrantStatus.BadDomain
            : (flags & (ForHost | ForDevice)) == 0 ? GrantStatus.BadReference
            : GrantStatus.Okay;
        XenError error = XenError.None;
        if (status == GrantStatus.Okay)
        {
            error = Begin(caller.Domain, owner!);
            status = error == XenError.None ? MapFrame(caller, owner!, flags, operation, out error) : status;
        }

        BinaryPrimitives.WriteInt16LittleEndian(operation[18..], (short)status);
        return error;
    }

    /// <summary>
    /// Ends the mapping that a struct gnttab_unmap_grant_ref names, or with <paramref name="replaces"/> a struct gnttab_unmap_and_replace, and
    /// writes the answer there. One whose page-table entry is gone or another already is ended all the same. None or Unfinished: then nothing has changed.
    /// </summary>
    public XenError Unmap(PvVcpu caller, Span<byte> operation, bool replaces)
    {
        PvDomain domain = caller.Domain;
        uint handle = BinaryPrimitives.ReadUInt32LittleEndian(operation[16..]);
        ulong address = BinaryPrimitives.ReadUInt64LittleEndian(operation);
        GrantStatus status = GrantStatus.BadHandle;
        if (domain.GrantMappings.Has(handle))
        {
            XenError error = Begin(domain, domain.GrantMappings[handle].Owner!);
            if (error != XenError.None)
            {
                return error;
            }

            ulong second = BinaryPrimitives.ReadUInt64LittleEndian(operation[8..]);
            status = End(caller, handle, address, replaces ? second : 0, replaces ? 0 : second);
        }

        BinaryPrimitives.WriteInt16LittleEndian(operation[20..], (short)status);
        return XenError.None;
    }

    /// <summary>Ends at most <paramref name="most"/> mappings of a domain that does not run any more; true if none is left.</summary>
    public static bool TryReleaseAll(PvDomain domain, int most)
    {
        for (; domain.GrantMappings.TryFindUsed(out uint handle) && most > 0; most--)
        {
            GrantMapping mapping = domain.GrantMappings[handle];
            _ = TryUnmap(domain, in mapping); // perhaps the guest has done it
            Release(domain, handle);
        }

        return !domain.GrantMappings.TryFindUsed(out _);
    }

    /// <summary>True if the page-table entry of <paramref name="mapping"/>, of <paramref name="domain"/>, still maps the frame.</summary>
    public static bool IsMapped(PvDomain domain, in GrantMapping mapping) =>
        mapping.IsForHost && domain.Ram.Types.IsMapped(TableOf(mapping.Entry), IndexOf(mapping.Entry), mapping.Frame, mapping.IsWritable);

    private static XenError Begin(PvDomain domain, PvDomain owner)
    {
        XenError error = domain.Ram.Types.Begin();
        return error != XenError.None || owner == domain ? error : owner.Ram.Types.Begin();
    }

    private static GrantStatus MapFrame(PvVcpu caller, PvDomain owner, uint flags, Span<byte> operation, out XenError error)
    {
        error = XenError.None;
        GrantMapping mapping = new()
        {
            Owner = owner,
            Reference = BinaryPrimitives.ReadUInt32LittleEndian(operation[12..]),
            IsWritable = (flags & ReadOnly) == 0,
            IsForHost = (flags & ForHost) != 0,
            IsForDevice = (flags & ForDevice) != 0,
            IsNamedByEntry = (flags & ContainsEntry) != 0,
        };
        GrantStatus status = owner.Grants.TryBegin(caller.Domain.Id, mapping.Reference, mapping.IsWritable, out mapping.Frame);
        if (status != GrantStatus.Okay)
        {
            return status;
        }

        bool isFound = !mapping.IsForHost || TryFindEntry(caller, mapping.IsNamedByEntry, BinaryPrimitives.ReadUInt64LittleEndian(operation), out mapping.Entry);
        status = !isFound ? GrantStatus.GeneralError : caller.Domain.GrantMappings.IsFull ? GrantStatus.NoSpace : GrantStatus.Okay;
        error = status == GrantStatus.Okay ? Enter(caller.Domain, in mapping, flags) : XenError.None;
        if (status != GrantStatus.Okay || error != XenError.None)
        {
            owner.Grants.End(mapping.Reference, mapping.IsWritable);
            status = status == GrantStatus.Okay ? GrantStatus.BadPage : status;
            error = error == XenError.Unfinished ? error : XenError.None; // for any other the status says it
            return status;
        }

        owner.Grants.MappedCount++;
        BinaryPrimitives.WriteUInt32LittleEndian(operation[20..], caller.Domain.GrantMappings.Add(in mapping));
        BinaryPrimitives.WriteUInt64LittleEndian(operation[24..], mapping.Frame << 12);
        return GrantStatus.Okay;
    }

    // The handle's use of the frame, then the page-table entry's.
    private static XenError Enter(PvDomain domain, in GrantMapping mapping, uint flags)
    {
        PageTypes owner = mapping.Owner!.Ram.Types;
        ClaimedFrame claim = new(mapping.Frame);
        XenError error = mapping.IsWritable ? owner.TryGet(claim, FrameType.Writable, out HostFrame frame) : owner.TryGetReference(claim, out frame);
        if (error != XenError.None || !mapping.IsForHost)
        {
            return error;
        }

        PageEntry entry = PageEntry.Granted(mapping.Frame, mapping.IsWritable, (flags & ForUser) != 0, flags >> AvailableShift);
        error = domain.Ram.Types.TryMapGranted(TableOf(mapping.Entry), IndexOf(mapping.Entry), owner, entry);
        if (error != XenError.None)
        {
            Put(owner, frame, mapping.IsWritable);
        }

        return error;
    }

    // An address of 0 asks for nothing, and so does a way in which the frame is not mapped.
    private static GrantStatus End(PvVcpu caller, uint handle, ulong address, ulong replacement, ulong device)
    {
        PvDomain domain = caller.Domain;
        GrantMapping mapping = domain.GrantMappings[handle];
        if (device != 0 && device != mapping.Frame << 12)
        {
            return GrantStatus.GeneralError;
        }

        bool endsHost = address != 0 && mapping.IsForHost;
        bool endsDevice = device != 0 && mapping.IsForDevice;
        GrantStatus status = endsHost ? EndEntry(caller, mapping, address, replacement) : GrantStatus.Okay;
        if (status == GrantStatus.Okay && (endsHost || endsDevice) && domain.GrantMappings.End(handle, endsHost, endsDevice))
        {
            Release(domain, handle);
        }

        return status;
    }

    private static GrantStatus EndEntry(PvVcpu caller, GrantMapping mapping, ulong address, ulong replacement)
    {
        PvDomain domain = caller.Domain;
        if (!IsMapped(domain, in mapping))
        {
            return replacement == 0 ? GrantStatus.Okay : GrantStatus.GeneralError;
        }

        if (!TryFindEntry(caller, mapping.IsNamedByEntry, address, out ulong entry) || entry != mapping.Entry)
        {
            return GrantStatus.GeneralError;
        }

        if (replacement == 0)
        {
            return TryUnmap(domain, in mapping) ? GrantStatus.Okay : GrantStatus.GeneralError;
        }

        bool isMoved = !mapping.IsNamedByEntry && TryFindEntry(caller, isEntry: false, replacement, out ulong moved) && moved != entry
            && domain.Ram.Types.TryMove(TableOf(moved), IndexOf(moved), TableOf(entry), IndexOf(entry));
        return isMoved ? GrantStatus.Okay : GrantStatus.GeneralError;
    }

    private static bool TryUnmap(PvDomain domain, in GrantMapping mapping)
    {
        bool isMapped = IsMapped(domain, in mapping);
        if (isMapped)
        {
            domain.Ram.Types.Unmap(TableOf(mapping.Entry), IndexOf(mapping.Entry));
        }

        return isMapped;
    }

    // Ends what the handle holds. A domain that has waited for its last frame can go now.
    private static void Release(PvDomain domain, uint handle)
    {
        GrantMapping mapping = domain.GrantMappings[handle];
        PvDomain owner = mapping.Owner!;
        Put(owner.Ram.Types, new HostFrame(mapping.Frame), mapping.IsWritable);
        owner.Grants.End(mapping.Reference, mapping.IsWritable);
        owner.Grants.MappedCount--;
        owner.IsWoken |= owner.Grants.MappedCount == 0;
        domain.GrantMappings.Free(handle);
    }

    // The machine address of a level-1 entry that is in use: given, or found by the address that it maps.
    private static bool TryFindEntry(PvVcpu caller, bool isEntry, ulong address, out ulong entry)
    {
        entry = address;
        if (!isEntry)
        {
            bool isFound = GuestSpace.TryWalk(caller, address, out PageWalk walk);
            entry = isFound ? walk.Table.Address.Value + ((ulong)walk.Index * EntryBytes) : 1;
        }

        return entry % EntryBytes == 0 && caller.Domain.Ram.Types.IsLevel1(new ClaimedFrame(entry >> 12));
    }

    private static void Put(PageTypes owner, HostFrame frame, bool isWritable)
    {
        if (isWritable)
        {
            owner.Put(frame);
        }
        else
        {
            owner.PutReference(frame);
        }
    }

    private static HostFrame TableOf(ulong entry) => new(entry >> 12);

    private static int IndexOf(ulong entry) => (int)(entry & 0xFFF) / EntryBytes;
}
