using System;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Emulation;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Traps;

/// <summary>Writable page tables: a guest kernel's store to one of its live level-1 tables, which it has mapped read-only, is checked and done for it.</summary>
internal static class PageTableWrites
{
    private const int LongestInstruction = 15;

    /// <summary>Does the store that faulted at <paramref name="address"/>, or lets it be tried again; false if the fault is the guest's.</summary>
    public static bool TryHandle(PvVcpu vcpu, ulong address)
    {
        Span<byte> code = stackalloc byte[LongestInstruction];
        int length = GuestCode.Read(vcpu, code);
        if (!PageTableStore.TryDecode(vcpu, code[..length], out PageTableStore store) || store.Address != address || !LiveEntry.TryFind(vcpu, store.EntryAddress, out LiveEntry entry))
        {
            return false;
        }

        ulong old = entry.Value;
        XenError error = entry.TryStore(store.Compute(vcpu, old), old);
        while (error == XenError.Again)
        {
            old = entry.Value; // the processor has set accessed or dirty meanwhile
            error = entry.TryStore(store.Compute(vcpu, old), old);
        }

        if (error == XenError.None)
        {
            store.Commit(vcpu);
        }

        return error is XenError.None or XenError.Unfinished;
    }
}
