using System;
using System.Buffers.Binary;
using Multicosm.Machine;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Emulation;

/// <summary>What the processor writes into page tables when it uses a page: accessed and dirty bits.</summary>
/// <source>SDM 3A, "Paging"</source>
internal static class PageUse
{
    private const ulong Paging = 1UL << 31;
    private const ulong PhysicalAddressExtension = 1 << 5;
    private const ulong LinearAddress57 = 1 << 12;
    private const ulong LongModeActive = 1 << 10;
    private const ulong AddressMask = 0x000FFFFFFFFFF000;
    private const ulong UserAccessible = 4;
    private const ulong Accessed = 1 << 5;
    private const ulong Dirty = 1 << 6;
    private const ulong LargePage = 1 << 7;
    private const int MaximumLevels = 5;

    /// <summary>
    /// Marks the page of <paramref name="linear"/>, which the guest's tables allow to be read or written. False, with nothing marked, if it is a user page and
    /// <paramref name="refusesUserPages"/>.
    /// </summary>
    public static bool TryMark(GuestMemory memory, ulong linear, bool write, bool refusesUserPages)
    {
        if ((CurrentVmcs.Read(VmcsGuestNatural.Cr0) & Paging) == 0)
        {
            return true;
        }

        Span<ulong> addresses = stackalloc ulong[MaximumLevels];
        Span<ulong> entries = stackalloc ulong[MaximumLevels];
        bool isWide = (CurrentVmcs.Read(VmcsGuestNatural.Cr4) & PhysicalAddressExtension) != 0;
        int count = isWide ? Collect64(memory, linear, addresses, entries) : Collect32(memory, (uint)linear, addresses, entries);
        ulong common = ulong.MaxValue;
        foreach (ulong entry in entries[..count])
        {
            common &= entry;
        }

        if (refusesUserPages && (common & UserAccessible) != 0)
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            ulong marked = entries[i] | Accessed | (write && i == count - 1 ? Dirty : 0);
            if (marked != entries[i])
            {
                Write(memory, addresses[i], marked, isWide ? 8 : 4);
            }
        }

        return true;
    }

    private static int Collect64(GuestMemory memory, ulong linear, Span<ulong> addresses, Span<ulong> entries)
    {
        bool isLong = (CurrentVmcs.Read(VmcsGuest64.Efer) & LongModeActive) != 0;
        int level = !isLong ? 2 : (CurrentVmcs.Read(VmcsGuestNatural.Cr4) & LinearAddress57) != 0 ? 5 : 4;
        ulong table = isLong ? CurrentVmcs.Read(VmcsGuestNatural.Cr3) : CurrentVmcs.Read(VmcsGuest64.Pdpte0 + ((uint)(linear >> 30 & 3) * 2));
        for (int count = 0; ; count++, level--)
        {
            addresses[count] = (table & AddressMask) + ((linear >> (12 + (9 * (level - 1))) & 511) * 8);
            if (!memory.TryReadUInt64(new GuestPhysicalAddress(addresses[count]), out entries[count]))
            {
                return count;
            }

            table = entries[count];
            if (level == 1 || (level <= 3 && (table & LargePage) != 0))
            {
                return count + 1;
            }
        }
    }

    // Where large pages are switched off, the bit is ignored and a table follows; the walk that allowed the access has looked.
    private static int Collect32(GuestMemory memory, uint linear, Span<ulong> addresses, Span<ulong> entries)
    {
        const ulong PageSizeExtension = 1 << 4;
        addresses[0] = (CurrentVmcs.Read(VmcsGuestNatural.Cr3) & 0xFFFFF000) + ((linear >> 22) * 4);
        if (!memory.TryReadUInt32(new GuestPhysicalAddress(addresses[0]), out uint directory))
        {
            return 0;
        }

        entries[0] = directory;
        if ((directory & LargePage) != 0 && (CurrentVmcs.Read(VmcsGuestNatural.Cr4) & PageSizeExtension) != 0)
        {
            return 1;
        }

        addresses[1] = (directory & 0xFFFFF000) + ((linear >> 12 & 1023) * 4);
        bool isRead = memory.TryReadUInt32(new GuestPhysicalAddress(addresses[1]), out uint entry);
        entries[1] = entry;
        return isRead ? 2 : 1;
    }

    private static void Write(GuestMemory memory, ulong address, ulong entry, int sizeBytes)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, entry);
        _ = memory.TryCopyOut(new GuestPhysicalAddress(address), bytes[..sizeBytes]); // it was read there
    }
}
