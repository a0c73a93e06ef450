using System;
using Multicosm.Machine;
using Multicosm.Platform.Memory;

namespace Multicosm.Vmx.Ept;

/// <summary>
/// A second EPT for the length of one instruction: a domain's own, and a few pages of scratch memory where the domain has none. The tables on the way
/// to such a page are copies, so that the domain's EPT never changes. One of them serves all domains of a CPU, one after the other.
/// </summary>
/// <source>SDM 3C, "EPT Translation Mechanism"</source>
internal sealed unsafe class StepTables(ulong memoryBase = DirectMap.Base)
{
    private const ulong WriteBackWalkLength4 = 6 | (3 << 3);
    private const int PageBytes = 4096;
    private const int Tables = 10;
    private const int Pages = 6;

    private readonly HostFrame[] _tables = new HostFrame[Tables]; // the root first
    private readonly HostFrame[] _pages = new HostFrame[Pages];
    private int _usedTables;
    private int _usedPages;

    /// <summary>Value for the VMCS's EPT pointer.</summary>
    public ulong Pointer => _tables[0].Address.Value | WriteBackWalkLength4;

    /// <summary>Takes its frames; false if there are too few.</summary>
    public bool TryStart(FrameAllocator frames) => TryAllocate(frames, _tables) && TryAllocate(frames, _pages);

    /// <summary>Starts anew with what <paramref name="domain"/> maps.</summary>
    public void Begin(EptTables domain)
    {
        _usedTables = 1;
        _usedPages = 0;
        Copy(new HostPhysicalAddress(domain.Pointer & ~(ulong)(PageBytes - 1)), _tables[0]);
    }

    /// <summary>
    /// Maps a page of zeros at <paramref name="address"/>, where the domain has no RAM, and gives its first byte; null if all pages or tables are used.
    /// The caller drops what the CPU remembers of <see cref="Pointer"/>.
    /// </summary>
    public byte* Add(GuestPhysicalAddress address)
    {
        if (_usedPages == Pages)
        {
            return null;
        }

        HostFrame table = _tables[0];
        for (int level = 4; level > 1; level--)
        {
            ulong* entry = (ulong*)Show(table.Address) + (address.Value >> (12 + (9 * (level - 1))) & 511);
            if (!TryOwn(entry, out table))
            {
                return null;
            }
        }

        HostFrame page = _pages[_usedPages++];
        new Span<byte>(Show(page.Address), PageBytes).Clear();
        ((ulong*)Show(table.Address))[address.Value >> 12 & 511] = EptEntry.Page(page).Raw;
        return Show(page.Address);
    }

    private static bool TryAllocate(FrameAllocator frames, HostFrame[] result)
    {
        for (int i = 0; i < result.Length; i++)
        {
            if (!frames.TryAllocate(FrameOwner.Host, PageSize.Size4K, out result[i]))
            {
                return false;
            }
        }

        return true;
    }

    // The table that an entry leads to, made ours if it is the domain's or missing.
    private bool TryOwn(ulong* entry, out HostFrame table)
    {
        EptEntry old = new(*entry);
        table = new HostFrame(old.Address.Value / PageBytes);
        for (int i = 1; i < _usedTables; i++)
        {
            if (_tables[i].Number == table.Number)
            {
                return true;
            }
        }

        if (_usedTables == Tables || old.IsLarge)
        {
            return false;
        }

        table = _tables[_usedTables++];
        if (old.IsPresent)
        {
            Copy(old.Address, table);
        }
        else
        {
            new Span<byte>(Show(table.Address), PageBytes).Clear();
        }

        *entry = EptEntry.Table(table).Raw;
        return true;
    }

    private void Copy(HostPhysicalAddress from, HostFrame to) =>
        new ReadOnlySpan<byte>(Show(from), PageBytes).CopyTo(new Span<byte>(Show(to.Address), PageBytes));

    private byte* Show(HostPhysicalAddress address) => (byte*)(memoryBase + address.Value);
}
