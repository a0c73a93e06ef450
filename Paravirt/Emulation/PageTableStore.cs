using System;
using Multicosm.Decoder;
using Multicosm.Decoder.Execution;
using Multicosm.Paravirt.Entry;

namespace Multicosm.Paravirt.Emulation;

/// <summary>
/// A guest's store to a live page-table entry, in two steps: decode it and ask where it goes; then, with the entry's old value at hand,
/// compute the new one. The registers change when the store is committed, and only then.
/// </summary>
/// <source>SDM 2, "Instruction Set Reference"</source>
internal unsafe struct PageTableStore
{
    private const int EntryBytes = 8;

    private Instruction _instruction;
    private ulong _flags;
    private ulong _read;
    private bool _isEqual;

    /// <summary>Linear address of the first byte that is written.</summary>
    public ulong Address { get; private set; }

    /// <summary>How many bytes are written: 1, 2, 4 or 8, all within one aligned entry.</summary>
    public readonly int SizeBytes => _instruction.MemorySizeBytes;

    /// <summary>Linear address of the entry that they are in.</summary>
    public readonly ulong EntryAddress => Address & ~(EntryBytes - 1UL);

    /// <summary>True if the entry must be exchanged only if it still has the old value: others change it, too.</summary>
    public readonly bool IsAtomic => _instruction.IsAtomic;

    /// <summary>True if the whole entry is replaced, whatever it was.</summary>
    public readonly bool ReplacesEntry => SizeBytes == EntryBytes && _instruction.Operation is Operation.Move or Operation.StoreString;

    /// <summary>
    /// Decodes the instruction of 64-bit code at RIP, which faulted. False if it is none that is emulated, or not one aligned
    /// access: then the fault is the guest's.
    /// </summary>
    public static bool TryDecode(PvVcpu vcpu, ReadOnlySpan<byte> code, out PageTableStore store)
    {
        store = default;
        return store.TryDecodeAny(vcpu, code) && (store.Address & (ulong)(store.SizeBytes - 1)) == 0;
    }

    /// <summary>What the whole entry becomes if it is <paramref name="entry"/> now. May be asked again with another value.</summary>
    public ulong Compute(PvVcpu vcpu, ulong entry)
    {
        ref PvRegisters registers = ref *vcpu.Registers;
        int size = SizeBytes;
        int shift = (int)(Address & (EntryBytes - 1)) * 8;
        ulong mask = GuestRegister.Mask(size);
        _read = entry >> shift & mask;
        _flags = registers.Rflags;
        ulong result;
        if (_instruction.Operation == Operation.CompareExchange)
        {
            _isEqual = Arithmetic.Compare(size, registers.Rax, _read, ref _flags);
            result = _isEqual ? Source(ref registers) & mask : _read;
        }
        else
        {
            result = Arithmetic.Apply(_instruction.Operation, size, _read, Source(ref registers), ref _flags);
        }

        return (entry & ~(mask << shift)) | (result << shift);
    }

    /// <summary>The store has been done as it was last computed: registers, flags and RIP as after the instruction.</summary>
    public readonly void Commit(PvVcpu vcpu)
    {
        ref PvRegisters registers = ref *vcpu.Registers;
        registers.Rflags = _flags & ~RegisterFlags.Resume;
        switch (_instruction.Operation)
        {
            case Operation.Exchange or Operation.ExchangeAdd:
                WriteRegister(ref registers);
                break;
            case Operation.CompareExchange when !_isEqual:
                GuestRegister.Write(ref registers, GuestRegister.Rax, SizeBytes, _read);
                break;
            case Operation.StoreString:
                StepString(ref registers);
                return;
            default:
                break;
        }

        registers.Rip += _instruction.Length;
    }

    private bool TryDecodeAny(PvVcpu vcpu, ReadOnlySpan<byte> code)
    {
        if (InstructionDecoder.TryDecode(code, CodeMode.Bits64, out _instruction) != DecodeStatus.Success || !IsEmulated(in _instruction))
        {
            return false;
        }

        Address = EffectiveAddress.Of(vcpu, in _instruction.Memory, _instruction.Length);
        bool isBit = _instruction.Operation is Operation.BitSet or Operation.BitReset or Operation.BitComplement;
        if (isBit && !_instruction.HasImmediate)
        {
            AddBitOffset(ref *vcpu.Registers);
        }

        return true;
    }

    // Stores of general registers and immediates, and what reads, changes and writes back in one step; no kernel shifts its page tables.
    private static bool IsEmulated(in Instruction instruction) => instruction.Direction switch
    {
        Direction.Store => instruction.Operation is Operation.Move or Operation.StoreString,
        Direction.Update => instruction.Operation is >= Operation.Exchange and <= Operation.BitComplement and not Operation.CompareExchangePair,
        _ => false,
    };

    // A bit number in a register is signed and may be far off.
    private void AddBitOffset(ref PvRegisters registers)
    {
        int size = SizeBytes;
        int unused = 64 - (size * 8);
        long number = (long)(GuestRegister.Read(ref registers, _instruction.Register) << unused) >> unused;
        Address += (ulong)((number & ~((size * 8L) - 1)) / 8);
    }

    private readonly ulong Source(ref PvRegisters registers)
    {
        if (_instruction.HasImmediate || _instruction.Register == Instruction.NoRegister)
        {
            return (ulong)_instruction.Immediate;
        }

        ulong value = GuestRegister.Read(ref registers, _instruction.Register);
        return _instruction.IsHighByte ? value >> 8 : value;
    }

    private readonly void WriteRegister(ref PvRegisters registers)
    {
        if (_instruction.IsHighByte)
        {
            GuestRegister.WriteHighByte(ref registers, _instruction.Register, _read);
        }
        else
        {
            GuestRegister.Write(ref registers, _instruction.Register, SizeBytes, _read);
        }
    }

    // One element of STOS; with a repeat prefix RIP goes on after the last.
    private readonly void StepString(ref PvRegisters registers)
    {
        int addressSize = _instruction.Memory.AddressSizeBytes;
        bool isDown = (registers.Rflags & RegisterFlags.Direction) != 0;
        ulong step = isDown ? (ulong)-SizeBytes : (ulong)SizeBytes;
        GuestRegister.Write(ref registers, GuestRegister.Rdi, addressSize, registers.Rdi + step);
        if (_instruction.Repeat == RepeatPrefix.None)
        {
            registers.Rip += _instruction.Length;
            return;
        }

        GuestRegister.Write(ref registers, GuestRegister.Rcx, addressSize, registers.Rcx - 1);
        if ((registers.Rcx & GuestRegister.Mask(addressSize)) == 0)
        {
            registers.Rip += _instruction.Length;
        }
    }
}
