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
    private const ulong UserAccessible = 4;
    private const ulong WriteProtect = 1 << 16;
    private const ulong LargePage = 1 << 7;
    private const ulong Paging = 1UL << 31;
    private const ulong PageSizeExtension = 1 << 4;
    private const ulong PhysicalAddressExtension = 1 << 5;
    private const ulong LinearAddress57 = 1 << 12;
    private const ulong LongModeActive = 1 << 10;
    private const ulong AddressMask = 0x000FFFFFFFFFF000;
    private const ulong PageOffset = 4095;
    private const ulong ExecuteDisable = 1UL << 63;
    private const ulong ExecuteDisableEnable = 1 << 11;
    private const int IgnoredFrom = 52; // in IA-32e mode
    private const ulong LargePageAttribute = 1 << 12;
    private const uint ReservedOfLargePage32 = 1 << 21;
    private const uint Protection = 1; // error code
    private const uint ReservedBit = 1 << 3;

    /// <summary>
    /// Where <paramref name="linear"/> lies. False, with the error code of the page fault (not present, not writable, or a reserved bit), if the guest's
    /// tables do not allow the access. <paramref name="user"/> is true at CPL 3.
    /// </summary>
    public static bool TryTranslate(GuestMemory memory, ulong linear, bool write, bool user, out GuestPhysicalAddress address, out uint errorCode) =>
        TryTranslate(default(CurrentPagingRegisters), memory, linear, write, user, out address, out errorCode);

    /// <summary>The same with the paging mode that <paramref name="registers"/> say.</summary>
    public static bool TryTranslate<T>(T registers, GuestMemory memory, ulong linear, bool write, bool user, out GuestPhysicalAddress address, out uint errorCode)
        where T : struct, IPagingRegisters
    {
        errorCode = (write ? 2u : 0u) | (user ? 4u : 0u);
        address = new GuestPhysicalAddress(linear);
        ulong cr0 = registers.Cr0;
        if ((cr0 & Paging) == 0)
        {
            return true;
        }

        // What every entry on the way must allow; without CR0.WP a supervisor writes to read-only pages too.
        ulong required = (user ? UserAccessible : 0) | (write && (user || (cr0 & WriteProtect) != 0) ? Writable : 0);

        ulong cr4 = registers.Cr4;
        if ((cr4 & PhysicalAddressExtension) == 0)
        {
            return TryWalk32(memory, registers.Cr3, (uint)linear, (cr4 & PageSizeExtension) != 0, required, out address, ref errorCode);
        }

        ulong efer = registers.Efer;
        bool isLong = (efer & LongModeActive) != 0;
        ulong reserved = Reserved(registers.PhysicalAddressBits, isLong, (efer & ExecuteDisableEnable) != 0);
        if (isLong)
        {
            int levels = (cr4 & LinearAddress57) != 0 ? 5 : 4;
            return TryWalk64(memory, registers.Cr3 & AddressMask, linear, levels, required, reserved, out address, ref errorCode);
        }

        ulong pdpte = registers.Pdpte((uint)(linear >> 30 & 3));
        return (pdpte & Present) != 0 && TryWalk64(memory, pdpte & AddressMask, (uint)linear, 2, required, reserved, out address, ref errorCode);
    }

    // The bits that are reserved at every level.
    private static ulong Reserved(int addressBits, bool isLong, bool hasExecuteDisable)
    {
        ulong beyond = ulong.MaxValue << addressBits & ~ExecuteDisable;
        return (isLong ? beyond & ((1UL << IgnoredFrom) - 1) : beyond) | (hasExecuteDisable ? 0 : ExecuteDisable);
    }

    /// <summary>True at CPL 3.</summary>
    public static bool IsUser() => (CurrentVmcs.Read(VmcsGuest32.SsAccessRights) >> 5 & 3) == 3;

    /// <summary>Copies code at a linear address, which runs already; gives the number of bytes before the first one that is not there.</summary>
    public static int CopyCode(GuestMemory memory, ulong linear, Span<byte> destination)
    {
        int copied = 0;
        while (copied < destination.Length)
        {
            ulong at = linear + (ulong)copied;
            int length = InPage(at, destination.Length - copied);
            if (!TryTranslate(memory, at, false, false, out GuestPhysicalAddress address, out _) || !memory.TryCopyIn(address, destination.Slice(copied, length)))
            {
                break;
            }

            copied += length;
        }

        return copied;
    }

    private static int InPage(ulong linear, int bytes) => (int)Math.Min(4096 - (linear & PageOffset), (ulong)bytes);

    // What an entry forbids is looked at when all of them are known to be there, as the processor does.
    private static bool TryWalk64(GuestMemory memory, ulong table, ulong linear, int levels, ulong required, ulong reserved, out GuestPhysicalAddress address, ref uint errorCode)
    {
        address = default;
        ulong rights = required;
        for (int level = levels; ; level--)
        {
            int shift = 12 + (9 * (level - 1));
            if (!memory.TryReadUInt64(new GuestPhysicalAddress(table + ((linear >> shift & 511) * 8)), out ulong entry) || (entry & Present) == 0)
            {
                return false;
            }

            bool isLarge = level > 1 && (entry & LargePage) != 0;
            ulong offset = (1UL << shift) - 1;
            if ((entry & (reserved | (isLarge ? ReservedIfLarge(level, offset) : 0))) != 0)
            {
                errorCode |= Protection | ReservedBit;
                return false;
            }

            rights &= entry;
            if (level == 1 || isLarge)
            {
                address = new GuestPhysicalAddress((entry & AddressMask & ~offset) | (linear & offset));
                return IsAllowed(rights, required, ref errorCode);
            }

            table = entry & AddressMask;
        }
    }

    // In the two topmost levels the bit itself is reserved.
    private static ulong ReservedIfLarge(int level, ulong offset) => level > 3 ? LargePage : offset & ~(PageOffset | LargePageAttribute);

    private static bool IsAllowed(ulong rights, ulong required, ref uint errorCode)
    {
        if (rights == required)
        {
            return true;
        }

        errorCode |= Protection;
        return false;
    }

    private static bool TryWalk32(GuestMemory memory, ulong cr3, uint linear, bool hasLargePages, ulong required, out GuestPhysicalAddress address, ref uint errorCode)
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

        if (large && (directory & ReservedOfLargePage32) != 0)
        {
            errorCode |= Protection | ReservedBit;
            return false;
        }

        // A 4 MiB page keeps address bits 39:32 in entry bits 20:13.
        address = large
            ? new GuestPhysicalAddress((entry & 0xFFC00000) | ((ulong)(entry >> 13 & 0xFF) << 32) | (linear & 0x3FFFFF))
            : new GuestPhysicalAddress((entry & 0xFFFFF000) | (linear & 0xFFF));
        return IsAllowed(directory & entry & required, required, ref errorCode);
    }
}
