using System;
using System.Threading;
using Multicosm.Paravirt.Abi;
using Multicosm.Paravirt.Emulation;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Memory;

namespace Multicosm.Paravirt.Traps;

/// <summary>Writable page tables: a guest kernel's store to one of its live level-1 tables, which it has mapped read-only, is checked and done for it.</summary>
internal static unsafe class PageTableWrites
{
    private const int LongestInstruction = 15;
    private const int EntryBytes = 8;
    private const int MoveBytes = 3;
    private const uint ExtensionsIgnored = 0xFFFA; // REX.W with R or B, then the opcode
    private const uint MoveOpcode = 0x8948;
    private const uint ExchangeOpcode = 0x8748;

    /// <summary>Does the store that faulted at <paramref name="address"/>, or lets it be tried again; false if the fault is the guest's.</summary>
    public static bool TryHandle(PvVcpu vcpu, ulong address) =>
        PageTableStores.TryFind(vcpu, address, out ulong entry)
        && (TryMove(vcpu, address, entry) || (PageTableStores.IsEntry(vcpu, entry) && TryEmulate(vcpu, address)));

    // MOV or XCHG of a 64-bit register and the entry that another register points to: nearly all that a Linux kernel does. False, with
    // nothing done, if it is anything else, or the entry is not plain.
    private static bool TryMove(PvVcpu vcpu, ulong address, ulong entry)
    {
        ref PvRegisters registers = ref *vcpu.Registers;
        byte* code = GuestSpace.FindCode(vcpu, registers.Rip, sizeof(uint));
        uint bytes = code == null ? 0 : Volatile.Read(ref *(uint*)code); // once: another vCPU may change them
        int modRm = (int)(bytes >> 16) & 0xFF;
        bool isExchange = (bytes & ExtensionsIgnored) == ExchangeOpcode;
        if ((address & (EntryBytes - 1)) != 0 || (!isExchange && (bytes & ExtensionsIgnored) != MoveOpcode) || modRm >= 0x40 || (modRm & 7) is 4 or 5
            || GuestRegister.Read(ref registers, (modRm & 7) | ((int)(bytes & 1) << 3)) != address)
        {
            return false;
        }

        int register = (modRm >> 3) | ((int)(bytes & 4) << 1);
        if (!PageTableStores.TryStorePlain(vcpu, entry, GuestRegister.Read(ref registers, register), isExchange, out ulong old))
        {
            return false;
        }

        if (isExchange)
        {
            GuestRegister.Write(ref registers, register, EntryBytes, old);
        }

        registers.Rflags &= ~RegisterFlags.Resume; // the fault has set it
        registers.Rip += MoveBytes;
        return true;
    }

    private static bool TryEmulate(PvVcpu vcpu, ulong address)
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
