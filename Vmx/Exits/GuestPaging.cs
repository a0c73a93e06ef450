using System;
using Multicosm.Machine;
using Multicosm.Vmx.Vmcs;

namespace Multicosm.Vmx.Exits;

/// <summary>Translates guest linear addresses through the guest's own page tables, in software.</summary>
/// <source>SDM 3A, "Paging"</source>
internal static class GuestPaging
{
    private const ulong Present = 1;
    private const ulong Writable = 2;
    private const ulong LargePage = 1 << 7;
    private const ulong Paging = 1UL << 31;
    private const ulong PageSizeExtension = 1 << 4;
    private const ulong PhysicalAddressExtension = 1 << 5;
    private const ulong LinearAddress57 = 1 << 12;
    private const ulong LongModeActive = 1 << 10;
    private const ulong AddressMask = 0x000FFFFFFFFFF000;
    private const ulong PageOffset = 4095;

    /// <summary>
    /// Where <paramref name="linear"/> lies. False, with the error code of the page fault (not present, or not writable), if the guest's
    /// tables do not say. Permissions of user mode are the caller's affair: hardware has checked the instruction already.
    /// </summary>
    public static bool TryTranslate(GuestMemory memory, ulong linear, bool write, out GuestPhysicalAddress address, out uint errorCode)
    {
        errorCode = write ? 2u : 0u;
        address = new GuestPhysicalAddress(linear);
        ulong cr4 = CurrentVmcs.Read(VmcsGuestNatural.Cr4);
        if ((CurrentVmcs.Read(VmcsGuestNatural.Cr0) & Paging) == 0)
        {
            return true;
        }

        ulong cr3 = CurrentVmcs.Read(VmcsGuestNatural.Cr3);
        if ((cr4 & PhysicalAddressExtension) == 0)
        {
            return TryWalk32(memory, cr3, (uint)linear, (cr4 & PageSizeExtension) != 0, write, out address, ref errorCode);
        }

        if ((CurrentVmcs.Read(VmcsGuest64.Efer) & LongModeActive) != 0)
        {
            int levels = (cr4 & LinearAddress57) != 0 ? 5 : 4;
            return TryWalk64(memory, cr3 & AddressMask, linear, levels, write, out address, ref errorCode);
        }

        ulong pdpte = CurrentVmcs.Read(VmcsGuest64.Pdpte0 + ((uint)(linear >> 30 & 3) * 2));
        return (pdpte & Present) != 0 && TryWalk64(memory, pdpte & AddressMask, (uint)linear, 2, write, out address, ref errorCode);
    }

    /// <summary>Copies guest memory at a linear address; gives the number of bytes before the first one that is not there.</summary>
    public static int CopyIn(GuestMemory memory, ulong linear, Span<byte> destination)
    {
        int copied = 0;
        while (copied < destination.Length)
        {
            ulong at = linear + (ulong)copied;
            int length = (int)Math.Min(4096 - (at & PageOffset), (ulong)(destination.Length - copied));
            if (!TryTranslate(memory, at, false, out GuestPhysicalAddress address, out _) || !memory.TryCopyIn(address, destination.Slice(copied, length)))
            {
                break;
            }

            copied += length;
        }

        return copied;
    }

    private static bool TryWalk64(GuestMemory memory, ulong table, ulong linear, int levels, bool write, out GuestPhysicalAddress address, ref uint errorCode)
    {
        address = default;
        for (int level = levels; ; level--)
        {
            int shift = 12 + (9 * (level - 1));
            if (!memory.TryReadUInt64(new GuestPhysicalAddress(table + ((linear >> shift & 511) * 8)), out ulong entry) || (entry & Present) == 0)
            {
                return false;
            }

            if (write && (entry & Writable) == 0)
            {
                errorCode |= 1;
                return false;
            }

            if (level == 1 || (level <= 3 && (entry & LargePage) != 0))
            {
                ulong offset = (1UL << shift) - 1;
                address = new GuestPhysicalAddress((entry & AddressMask & ~offset) | (linear & offset));
                return true;
            }

            table = entry & AddressMask;
        }
    }

    private static bool TryWalk32(GuestMemory memory, ulong cr3, uint linear, bool hasLargePages, bool write, out GuestPhysicalAddress address, ref uint errorCode)
    {
        address = default;
        if (!memory.TryReadUInt32(new GuestPhysicalAddress((cr3 & 0xFFFFF000) + ((linear >> 22) * 4)), out uint directory) || (directory & Present) == 0)
        {
            return false;
        }

        bool large = hasLargePages && (directory & LargePage) != 0;
        uint entry = directory;
        if (!large && (!memory.TryReadUInt32(new GuestPhysicalAddress((directory & 0xFFFFF000) + ((linear >> 12 & 1023) * 4)), out entry) || (entry & Present) == 0))
        {
            return false;
        }

        if (write && (directory & entry & Writable) == 0)
        {
            errorCode |= 1;
            return false;
        }

        // A 4 MiB page keeps address bits 39:32 in entry bits 20:13.
        address = large
            ? new GuestPhysicalAddress((entry & 0xFFC00000) | ((ulong)(entry >> 13 & 0xFF) << 32) | (linear & 0x3FFFFF))
            : new GuestPhysicalAddress((entry & 0xFFFFF000) | (linear & 0xFFF));
        return true;
    }
}
