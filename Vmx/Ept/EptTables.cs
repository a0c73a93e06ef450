using System;
using Multicosm.Machine;
using Multicosm.Platform.Memory;

namespace Multicosm.Vmx.Ept;

/// <summary>
/// One domain's EPT: guest physical to host physical. Its tables are frames that the domain owns, shown at a distance of
/// <paramref name="memoryBase"/>: the direct map's, or that of the memory that a test has in its place.
/// </summary>
/// <source>SDM 3C, "EPT Translation Mechanism"</source>
internal sealed unsafe class EptTables(FrameAllocator frames, FrameOwner owner, ulong memoryBase = DirectMap.Base)
{
    private const ulong WriteBackWalkLength4 = 6 | (3 << 3);
    private HostFrame _root;

    /// <summary>Value for the VMCS's EPT pointer.</summary>
    public ulong Pointer => _root.Address.Value | WriteBackWalkLength4;

    /// <summary>Starts with an empty root; false if there is no frame.</summary>
    public bool TryStart() => TryNewTable(out _root);

    /// <summary>Maps 2 MiB at <paramref name="address"/> (aligned) to a run of frames; false if there is no frame for a table.</summary>
    public bool TryMapLarge(GuestPhysicalAddress address, HostFrame frame)
    {
        bool found = TryEntry(address, 2, out ulong* entry);
        if (found)
        {
            *entry = EptEntry.Large(frame).Raw;
        }

        return found;
    }

    /// <summary>Maps 4 KiB at <paramref name="address"/> to a frame; false if there is no frame for a table.</summary>
    public bool TryMapPage(GuestPhysicalAddress address, HostFrame frame)
    {
        bool found = TryEntry(address, 1, out ulong* entry);
        if (found)
        {
            *entry = EptEntry.Page(frame).Raw;
        }

        return found;
    }

    /// <summary>
    /// Where the byte at <paramref name="address"/> lies, and how many bytes follow it in the same page; null if nothing is mapped there.
    /// The root must exist.
    /// </summary>
    public byte* Find(GuestPhysicalAddress address, out ulong bytesInPage)
    {
        bytesInPage = 0;
        if (_root.Number == 0 || address.Value >> 48 != 0)
        {
            return null;
        }

        HostPhysicalAddress table = _root.Address;
        for (int level = 4; ; level--)
        {
            int shift = 12 + (9 * (level - 1));
            EptEntry entry = new(((ulong*)Show(table))[address.Value >> shift & 511]);
            if (!entry.IsPresent)
            {
                return null;
            }

            if (level == 1 || entry.IsLarge)
            {
                ulong offset = address.Value & ((1UL << shift) - 1);
                bytesInPage = (1UL << shift) - offset;
                return Show(entry.Address.Add(offset));
            }

            table = entry.Address;
        }
    }

#if MULTICOSM_FAULT_DEVICE
    private ulong _takenPage;
    private ulong _takenEntry;

    /// <summary>Test builds only: unmaps a 4 KiB page; false if it is not mapped as one.</summary>
    public bool TryTakePage(GuestPhysicalAddress address)
    {
        if (Find(address, out ulong bytes) == null || bytes != 4096 || !TryEntry(address, 1, out ulong* entry))
        {
            return false;
        }

        _takenPage = address.Value;
        _takenEntry = *entry;
        *entry = 0;
        return true;
    }

    /// <summary>Test builds only: maps the taken page again if <paramref name="address"/> lies in it.</summary>
    public bool TryGivePage(GuestPhysicalAddress address)
    {
        if (_takenEntry == 0 || (address.Value & ~4095UL) != _takenPage || !TryEntry(address, 1, out ulong* entry))
        {
            return false;
        }

        *entry = _takenEntry;
        _takenEntry = 0;
        return true;
    }
#endif

    /// <summary>Forgets the root: its frames are freed by the owner table's sweep.</summary>
    public void Drop() => _root = default;

    private byte* Show(HostPhysicalAddress address) => (byte*)(memoryBase + address.Value);

    private bool TryEntry(GuestPhysicalAddress address, int level, out ulong* entry)
    {
        HostPhysicalAddress table = _root.Address;
        for (int i = 4; ; i--)
        {
            entry = (ulong*)Show(table) + (address.Value >> (12 + (9 * (i - 1))) & 511);
            if (i == level)
            {
                return true;
            }

            if (!new EptEntry(*entry).IsPresent)
            {
                if (!TryNewTable(out HostFrame next))
                {
                    return false;
                }

                *entry = EptEntry.Table(next).Raw;
            }

            table = new EptEntry(*entry).Address;
        }
    }

    private bool TryNewTable(out HostFrame frame)
    {
        bool found = frames.TryAllocate(owner, PageSize.Size4K, out frame);
        if (found)
        {
            new Span<byte>(Show(frame.Address), 4096).Clear();
        }

        return found;
    }
}
