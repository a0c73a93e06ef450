using System;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Emulation;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Traps;

/// <summary>Writable page tables: a guest kernel's store to one of its live level-1 tables, which it has mapped read-only, is checked and done for it.</summary>
internal static class PageTableWrites
{
    private const int LongestInstruction = 15;
    private const int EntryBytes = 8;

    /// <summary>Does the store that faulted at <paramref name="address"/>, or lets it be tried again; false if the fault is the guest's.</summary>
    public static bool TryHandle(PvVcpu vcpu, ulong address)
    {
        Span<byte> code = stackalloc byte[LongestInstruction];
        int length = GuestCode.Read(vcpu, code);
        if (!PageTableStore.TryDecode(vcpu, code[..length], out PageTableStore store) || store.Address != address)
        {
            return false;
        }

        XenError error = store.ReplacesEntry
            ? PageTableStores.TryStore(vcpu, address, EntryBytes, store.Compute(vcpu, 0), 0, isAtomic: false)
            : Modify(vcpu, ref store);
        if (error == XenError.None)
        {
            store.Commit(vcpu);
        }

        return error is XenError.None or XenError.Unfinished;
    }

    // The processor may set accessed or dirty meanwhile: then it is computed again.
    private static XenError Modify(PvVcpu vcpu, ref PageTableStore store)
    {
        XenError error;
        do
        {
            error = GuestSpace.TryReadUInt64(vcpu, store.EntryAddress, out ulong old)
                ? PageTableStores.TryStore(vcpu, store.EntryAddress, EntryBytes, store.Compute(vcpu, old), old, isAtomic: true)
                : XenError.Fault;
        }
        while (error == XenError.Again);
        return error;
    }
}
