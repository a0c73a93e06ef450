using System;
using System.Runtime.CompilerServices;
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
    private const ulong NoPage = ulong.MaxValue;
    private const ulong PageMask = ~4095UL;
    private const int LargeShift = 21;
    private const int Kept = 8; // a power of two

    // The large pages that were looked up last: where a guest's page tables and code lie is asked for each device access.
    // One more than the guest's number of the page, so that 0 is none.
    private KeptPages _keptPages;
    private KeptPages _keptAddresses;
    private HostFrame _root;

    // A device lies over one page of RAM: which, what maps the page, and the large page that it was part of, if it was.
    private ulong _coveredPage = NoPage;
    private ulong _coveredEntry;
    private ulong _splitEntry;
    private HostFrame _spareTable;

    /// <summary>Value for the VMCS's EPT pointer.</summary>
    public ulong Pointer => _root.Address.Value | WriteBackWalkLength4;

    /// <summary>Starts with an empty root, and a table for <see cref="Cover"/>; false if there are no frames.</summary>
    public bool TryStart() => TryNewTable(out _root) && TryNewTable(out _spareTable);

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

    /// <summary>Maps <paramref name="pages"/> pages of 4 KiB from <paramref name="address"/> on, all in the same 2 MiB, to consecutive frames; false if there is no frame for a table.</summary>
    public bool TryMapPages(GuestPhysicalAddress address, HostFrame first, int pages)
    {
        bool found = TryEntry(address, 1, out ulong* entry);
        for (int i = 0; found && i < pages; i++)
        {
            entry[i] = EptEntry.Page(new HostFrame(first.Number + (ulong)i)).Raw;
        }

        return found;
    }

    /// <summary>Maps or unmaps the 4 KiB page of a device; false if there is no frame for a table, which cannot be where it was mapped before.</summary>
    public bool TrySetDevice(GuestPhysicalAddress address, HostFrame frame, bool isMapped)
    {
        bool found = TryEntry(address, 1, out ulong* entry);
        if (found)
        {
            *entry = isMapped ? EptEntry.DevicePage(frame).Raw : 0;
        }

        return found;
    }

    /// <summary>
    /// A device's page lies at <paramref name="address"/>, and nowhere else from now on: RAM there is out of reach until the device moves on. A large page is
    /// split for it, and whole again afterwards. False if nothing changed; else the caller drops what the CPU has cached.
    /// </summary>
    public bool Cover(GuestPhysicalAddress address)
    {
        ulong page = address.Value & PageMask;
        if (page == _coveredPage)
        {
            return false;
        }

        bool changed = Uncover();
        ulong* leaf = Leaf(new GuestPhysicalAddress(page), out bool isLarge);
        if (leaf == null)
        {
            return changed;
        }

        _keptPages = default;
        _coveredPage = page;
        _splitEntry = 0;
        if (isLarge)
        {
            _splitEntry = *leaf;
            leaf = Split(leaf) + (page >> 12 & 511);
        }

        _coveredEntry = *leaf;
        *leaf = 0;
        return true;
    }

    /// <summary>
    /// Where the byte at <paramref name="address"/> lies, and how many bytes follow it in the same page; null if nothing is mapped there.
    /// The root must exist.
    /// </summary>
    public byte* Find(GuestPhysicalAddress address, out ulong bytesInPage)
    {
        ulong page = address.Value >> LargeShift;
        int kept = (int)page & (Kept - 1);
        ulong offset = address.Value & ((1UL << LargeShift) - 1);
        if (_keptPages[kept] == page + 1)
        {
            bytesInPage = (1UL << LargeShift) - offset;
            return (byte*)_keptAddresses[kept] + offset;
        }

        byte* found = Walk(address, out bytesInPage, out bool isLarge);
        if (isLarge)
        {
            _keptPages[kept] = page + 1;
            _keptAddresses[kept] = (ulong)found - offset;
        }

        return found;
    }

    private byte* Walk(GuestPhysicalAddress address, out ulong bytesInPage, out bool isLarge)
    {
        bytesInPage = 0;
        isLarge = false;
        if (_root.Number == 0 || address.Value >> 48 != 0)
        {
            return null;
        }

        HostPhysicalAddress table = _root.Address;
        for (int level = 4; ; level--)
        {
            int shift = 12 + (9 * (level - 1));
            EptEntry entry = new(((ulong*)Show(table))[address.Value >> shift & 511]);
            if (!entry.IsPresent || entry.IsDevice)
            {
                return null;
            }

            if (level == 1 || entry.IsLarge)
            {
                ulong offset = address.Value & ((1UL << shift) - 1);
                bytesInPage = (1UL << shift) - offset;
                isLarge = level == 2;
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
    public void Drop()
    {
        _root = default;
        _spareTable = default;
        _coveredPage = NoPage;
        _keptPages = default;
    }

    private bool Uncover()
    {
        if (_coveredPage == NoPage)
        {
            return false;
        }

        _keptPages = default;
        if (_splitEntry != 0)
        {
            _ = TryEntry(new GuestPhysicalAddress(_coveredPage), 2, out ulong* entry); // it is there: it leads to the spare table
            *entry = _splitEntry;
        }
        else
        {
            _ = TryEntry(new GuestPhysicalAddress(_coveredPage), 1, out ulong* entry);
            *entry = _coveredEntry;
        }

        _coveredPage = NoPage;
        return true;
    }

    // The entry that maps RAM at an address, or null.
    private ulong* Leaf(GuestPhysicalAddress address, out bool isLarge)
    {
        if (Walk(address, out _, out isLarge) == null)
        {
            return null;
        }

        _ = TryEntry(address, isLarge ? 2 : 1, out ulong* entry); // all tables on the way are there
        return entry;
    }

    // Small pages in the spare table in place of a large one.
    private ulong* Split(ulong* large)
    {
        ulong* table = (ulong*)Show(_spareTable.Address);
        ulong first = new EptEntry(*large).Address.Value >> 12;
        for (ulong i = 0; i < 512; i++)
        {
            table[i] = EptEntry.Page(new HostFrame(first + i)).Raw;
        }

        *large = EptEntry.Table(_spareTable).Raw;
        return table;
    }

    private byte* Show(HostPhysicalAddress address) => (byte*)(memoryBase + address.Value);

    // For a change: what was looked up before no longer counts.
    private bool TryEntry(GuestPhysicalAddress address, int level, out ulong* entry)
    {
        _keptPages = default;
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

    [InlineArray(Kept)]
    private struct KeptPages
    {
        private ulong _first;
    }
}
