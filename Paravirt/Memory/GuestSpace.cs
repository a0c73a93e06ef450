using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Multicosm.Machine;

namespace Multicosm.Paravirt.Memory;

/// <summary>
/// A PV guest's kernel address space, walked in software: the only way from a guest's pointer to its memory. The hypervisor's slots are
/// refused, also where a linear entry leads through them; user pages are not. The tables are validated, so every other frame that they name
/// is the domain's own or granted to it. The caller holds its page lock.
/// </summary>
/// <source>SDM 3A, "4-Level Paging"</source>
internal static unsafe class GuestSpace
{
    /// <summary>True if an address is canonical and not in the hypervisor's slots.</summary>
    public static bool IsGuestAddress(ulong linear) =>
        (ulong)((long)(linear << 16) >> 16) == linear && ((linear >> 39) & 0x1FF) - PageEntry.FirstHypervisorSlot >= PageEntry.HypervisorSlots;

    /// <summary>True if <paramref name="bytes"/> bytes from an address on all are <see cref="IsGuestAddress"/>.</summary>
    public static bool IsGuestRange(ulong linear, ulong bytes)
    {
        ulong last = unchecked(linear + bytes - 1);
        return bytes == 0 || (last >= linear && IsGuestAddress(linear) && IsGuestAddress(last) && (linear ^ last) >> 63 == 0
            && bytes <= (ulong)PageEntry.HypervisorSlots << 39);
    }

    /// <summary>Finds the level-1 entry of an address; false if there is none. The entry itself need not be present.</summary>
    public static bool TryWalk(PvVcpu vcpu, ulong linear, out PageWalk walk) => TryWalk(vcpu, vcpu.KernelTable, linear, out walk);

    /// <summary>As <see cref="TryWalk(PvVcpu, ulong, out PageWalk)"/>, by the level-4 table at a machine address.</summary>
    public static bool TryWalk(PvVcpu vcpu, ulong table, ulong linear, out PageWalk walk)
    {
        walk = default;
        if (table == 0 || !IsGuestAddress(linear))
        {
            return false;
        }

        // Unrolled: each trap frame and each argument of a hypercall comes this way.
        HostWindow window = vcpu.Domain.Ram.Window;
        ulong entry = ((ulong*)window.At(table))[(linear >> 39) & 0x1FF];
        ulong all = entry;
        if (!new PageEntry(entry).IsReachable)
        {
            return false;
        }

        entry = ((ulong*)window.At(entry & PageEntry.AddressMask))[(linear >> 30) & 0x1FF];
        all &= entry;
        if (!new PageEntry(entry).IsReachable)
        {
            return false;
        }

        entry = ((ulong*)window.At(entry & PageEntry.AddressMask))[(linear >> 21) & 0x1FF];
        all &= entry;
        if (!new PageEntry(entry).IsReachable)
        {
            return false;
        }

        table = entry & PageEntry.AddressMask;
        int index = (int)(linear >> 12) & 0x1FF;
        PageEntry leaf = new(((ulong*)window.At(table))[index]);
        walk = new PageWalk(new HostFrame(table >> 12), index, leaf, new PageEntry(all & leaf.Raw).IsWritable);
        return true;
    }

    /// <summary>Copies guest memory; false, with the destination undefined, if any byte cannot be read.</summary>
    public static bool TryCopyIn(PvVcpu vcpu, ulong linear, Span<byte> destination)
    {
        while (destination.Length != 0)
        {
            byte* source = Find(vcpu, linear, isWrite: false);
            if (source == null)
            {
                return false;
            }

            int length = Math.Min(destination.Length, 4096 - (int)(linear & 0xFFF));
            new ReadOnlySpan<byte>(source, length).CopyTo(destination);
            destination = destination[length..];
            linear = unchecked(linear + (ulong)length);
        }

        return true;
    }

    /// <summary>Where <paramref name="bytes"/> bytes of the kernel's stack lie, if they are in one page that it can write; null if not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* FindStack(PvVcpu vcpu, ulong linear, int bytes) =>
        (linear & 0xFFF) + (ulong)bytes <= 4096 ? Find(vcpu, linear, isWrite: true) : null;

    /// <summary>Where <paramref name="bytes"/> bytes of an argument lie, if they are in one page that can be read; null if not. Each is read once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* FindArgument(PvVcpu vcpu, ulong linear, int bytes) =>
        (linear & 0xFFF) + (ulong)bytes <= 4096 ? Find(vcpu, linear, isWrite: false) : null;

    /// <summary>Where the instruction bytes at an address lie in the address space in which the guest runs now, if <paramref name="bytes"/> of them are in one page; null if not.</summary>
    public static byte* FindCode(PvVcpu vcpu, ulong linear, int bytes) =>
        (linear & 0xFFF) + (ulong)bytes <= 4096 ? FindCode(vcpu, linear) : null;

    /// <summary>Where the byte at an address lies in the address space in which the guest runs now, its user's perhaps; null if it cannot be reached so.</summary>
    public static byte* FindCurrent(PvVcpu vcpu, ulong linear, bool isWrite)
    {
        ulong table = vcpu.IsKernelMode ? vcpu.KernelTable : vcpu.UserTable;
        return isWrite ? FindToWrite(vcpu, table, linear) : FindToRead(vcpu, table, linear);
    }

    /// <summary>Copies the instruction bytes of one page from the address space in which the guest runs now, its user's perhaps; false if they are not mapped.</summary>
    public static bool TryCopyCode(PvVcpu vcpu, ulong linear, Span<byte> destination)
    {
        byte* source = FindCode(vcpu, linear);
        if (source != null)
        {
            new ReadOnlySpan<byte>(source, destination.Length).CopyTo(destination);
        }

        return source != null;
    }

    /// <summary>Copies to guest memory; false if any byte cannot be written: those before it may have been.</summary>
    public static bool TryCopyOut(PvVcpu vcpu, ulong linear, ReadOnlySpan<byte> source)
    {
        while (source.Length != 0)
        {
            byte* destination = Find(vcpu, linear, isWrite: true);
            if (destination == null)
            {
                return false;
            }

            int length = Math.Min(source.Length, 4096 - (int)(linear & 0xFFF));
            source[..length].CopyTo(new Span<byte>(destination, length));
            source = source[length..];
            linear = unchecked(linear + (ulong)length);
        }

        return true;
    }

    /// <summary>Reads 8 bytes and the next 8; false if they cannot be read.</summary>
    public static bool TryReadPair(PvVcpu vcpu, ulong linear, out ulong first, out ulong second)
    {
        second = 0;
        if ((linear & 0xFFF) > 4096 - (2 * sizeof(ulong)))
        {
            return TryReadUInt64(vcpu, linear, out first) && TryReadUInt64(vcpu, unchecked(linear + sizeof(ulong)), out second);
        }

        byte* source = Find(vcpu, linear, isWrite: false);
        first = source == null ? 0 : Volatile.Read(ref *(ulong*)source);
        second = source == null ? 0 : Volatile.Read(ref *(ulong*)(source + sizeof(ulong)));
        return source != null;
    }

    /// <summary>Reads 8 bytes; false if they cannot be read.</summary>
    public static bool TryReadUInt64(PvVcpu vcpu, ulong linear, out ulong value)
    {
        if ((linear & 0xFFF) > 4096 - sizeof(ulong))
        {
            ulong read = 0;
            bool isRead = TryCopyIn(vcpu, linear, new Span<byte>(&read, sizeof(ulong)));
            value = read;
            return isRead;
        }

        byte* source = Find(vcpu, linear, isWrite: false);
        value = source == null ? 0 : *(ulong*)source;
        return source != null;
    }

    /// <summary>Writes 8 bytes, in one piece if they do not cross a page; false if they cannot be written.</summary>
    public static bool TryWriteUInt64(PvVcpu vcpu, ulong linear, ulong value)
    {
        if ((linear & 0xFFF) > 4096 - sizeof(ulong))
        {
            return TryCopyOut(vcpu, linear, new ReadOnlySpan<byte>(&value, sizeof(ulong)));
        }

        byte* destination = Find(vcpu, linear, isWrite: true);
        if (destination != null)
        {
            *(ulong*)destination = value;
        }

        return destination != null;
    }

    /// <summary>Reads 4 bytes; false if they cannot be read.</summary>
    public static bool TryReadUInt32(PvVcpu vcpu, ulong linear, out uint value)
    {
        if ((linear & 0xFFF) > 4096 - sizeof(uint))
        {
            uint read = 0;
            bool isRead = TryCopyIn(vcpu, linear, new Span<byte>(&read, sizeof(uint)));
            value = read;
            return isRead;
        }

        byte* source = Find(vcpu, linear, isWrite: false);
        value = source == null ? 0 : *(uint*)source;
        return source != null;
    }

    /// <summary>Writes 4 bytes; false if they cannot be written.</summary>
    public static bool TryWriteUInt32(PvVcpu vcpu, ulong linear, uint value) =>
        TryCopyOut(vcpu, linear, new ReadOnlySpan<byte>(&value, sizeof(uint)));

    // Where the byte at an address lies; null if it cannot be reached.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Find(PvVcpu vcpu, ulong linear, bool isWrite) =>
        isWrite ? FindToWrite(vcpu, vcpu.KernelTable, linear) : FindToRead(vcpu, vcpu.KernelTable, linear);

    private static byte* FindToRead(PvVcpu vcpu, ulong table, ulong linear) =>
        FindIn(vcpu, ref vcpu.FoundPage(linear ^ table), table, linear, isWrite: false);

    private static byte* FindToWrite(PvVcpu vcpu, ulong table, ulong linear) =>
        FindIn(vcpu, ref vcpu.FoundPage(linear ^ table), table, linear, isWrite: true);

    private static byte* FindCode(PvVcpu vcpu, ulong linear) =>
        FindIn(vcpu, ref vcpu.FoundCode, vcpu.IsKernelMode ? vcpu.KernelTable : vcpu.UserTable, linear, isWrite: false);

    // Pages are remembered: frames of traps, their returns and arguments lie in the same few again and again. One is still right if
    // nothing has changed above the level-1 entry that led there, and that entry is the same.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* FindIn(PvVcpu vcpu, ref FoundPage page, ulong table, ulong linear, bool isWrite)
    {
        return page.Linear == (linear & ~0xFFFUL) && page.Table == table && page.Changes == vcpu.Domain.Ram.Types.Changes
            && (*page.Entry | (isWrite ? 0 : PageEntry.AccessedDirty)) == page.Raw && (page.IsWritable || !isWrite)
            ? page.Start + (linear & 0xFFF)
            : FindNew(vcpu, ref page, table, linear, isWrite);
    }

    // What is written is marked dirty, as the processor would.
    private static byte* FindNew(PvVcpu vcpu, ref FoundPage page, ulong table, ulong linear, bool isWrite)
    {
        if (!TryWalk(vcpu, table, linear, out PageWalk walk) || !walk.Entry.IsReachable || (isWrite && !walk.IsWritable))
        {
            return null;
        }

        HostWindow window = vcpu.Domain.Ram.Window;
        ulong* entry = window.Table(walk.Table) + walk.Index;
        if (isWrite && (walk.Entry.Raw & PageEntry.AccessedDirty) != PageEntry.AccessedDirty)
        {
            _ = Interlocked.Or(ref *entry, PageEntry.AccessedDirty);
        }

        ulong offset = linear & 0xFFF;
        byte* start = window.Page(walk.Frame);
        page = new FoundPage
        {
            Linear = linear - offset,
            Table = table,
            Changes = vcpu.Domain.Ram.Types.Changes,
            Entry = entry,
            Raw = walk.Entry.Raw | PageEntry.AccessedDirty,
            Start = start,
            IsWritable = isWrite,
        };
        return start + offset;
    }
}
