using Multicosm.Paravirt.Abi;

namespace Multicosm.Paravirt.Memory;

/// <summary>
/// A guest's stores to page tables that it has mapped read-only (it has them as VMASST writable_pagetables): the instruction is emulated,
/// and the store ends here instead of in memory. Takes the domain's page lock.
/// </summary>
internal static unsafe class PageTableStores
{
    /// <summary>
    /// Stores <paramref name="size"/> bytes (1, 2, 4 or 8, aligned) of <paramref name="value"/> at <paramref name="linear"/>, if that is a
    /// read-only mapping of a page table of level 1. With <paramref name="isAtomic"/> only if the bytes there are still <paramref name="expected"/>.
    /// None: stored. Again: they are not <paramref name="expected"/>. Unfinished: make the guest execute the instruction again. Any other
    /// result: nothing is stored and the guest's page fault is its own.
    /// </summary>
    public static XenError TryStore(PvVcpu vcpu, ulong linear, int size, ulong value, ulong expected, bool isAtomic)
    {
        PageTypes types = vcpu.Domain.Ram.Types;
        XenError error = types.Begin();
        if (error != XenError.None)
        {
            return error;
        }

        if ((linear & (ulong)(size - 1)) != 0
            || !GuestSpace.TryWalk(vcpu, linear, out PageWalk walk) || !walk.Entry.IsReachable || walk.IsWritable)
        {
            return XenError.Fault;
        }

        if (!types.TryRecord(walk.Entry.Claim, out FrameRecord record) || !record.IsLiveLevel1)
        {
            return XenError.Fault;
        }

        int index = (int)(linear & 0xFFF) / sizeof(ulong);
        if (size == sizeof(ulong) && !isAtomic)
        {
            return types.TryWriteEntry(walk.Frame, FrameType.Level1, index, value, preserve: false);
        }

        ulong live = vcpu.Domain.Ram.Window.Table(walk.Frame)[index];
        int shift = (int)(linear & 7) * 8;
        ulong mask = (ulong.MaxValue >> (64 - (size * 8))) << shift;
        ulong merged = (live & ~mask) | ((value << shift) & mask);
        if (!isAtomic)
        {
            return types.TryWriteEntry(walk.Frame, FrameType.Level1, index, merged, preserve: false);
        }

        return ((live ^ (expected << shift)) & mask) != 0
            ? XenError.Again
            : types.TryExchangeEntry(walk.Frame, FrameType.Level1, index, merged, live);
    }

    /// <summary>The machine address of the quadword in which the byte at <paramref name="linear"/> lies; false if nothing is mapped there.</summary>
    public static bool TryFind(PvVcpu vcpu, ulong linear, out ulong entry)
    {
        byte* at = GuestSpace.FindArgument(vcpu, linear & ~(sizeof(ulong) - 1UL), sizeof(ulong));
        entry = at == null ? 0 : vcpu.Domain.Ram.Window.AddressOf(at);
        return at != null;
    }

    /// <summary>True if the quadword at a machine address is in a table of level 1 that is in use.</summary>
    public static bool IsEntry(PvVcpu vcpu, ulong address) =>
        vcpu.Domain.Ram.Types.TryRecord(new ClaimedFrame(address >> 12), out FrameRecord record) && record.IsLiveLevel1;

    /// <summary>
    /// Stores the whole entry at machine address <paramref name="entry"/>, if it is in a table of level 1 that is in use and neither it nor its value
    /// needs more than one step. With <paramref name="isExchange"/> <paramref name="old"/> is what was there. False, with nothing done, if not.
    /// </summary>
    public static bool TryStorePlain(PvVcpu vcpu, ulong entry, ulong value, bool isExchange, out ulong old)
    {
        PageTypes types = vcpu.Domain.Ram.Types;
        old = 0;
        return types.IsSettled && (isExchange ? types.TryExchangePlain(entry, value, out old) : types.TryWritePlain(entry, value, preserve: false));
    }
}
