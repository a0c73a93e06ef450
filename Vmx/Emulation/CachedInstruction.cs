using System;
using System.Runtime.CompilerServices;
using Multicosm.Decoder;
using Multicosm.Machine;
using Multicosm.Vmx.Ept;

namespace Multicosm.Vmx.Emulation;

/// <summary>
/// A decoded instruction of 64-bit code, and all that it was found by: the page-table entries on the way to its page, and its bytes. It is right as long as
/// all of them are in memory as they were, whatever the guest has done in between. Where RAM lies changes only with the local APIC's place, and then everything is forgotten.
/// </summary>
/// <source>SDM 3A, "4-Level Paging"</source>
internal sealed unsafe class CachedInstruction
{
    private const ulong Present = 1;
    private const ulong LargePage = 1 << 7;
    private const ulong AddressMask = 0x000FFFFFFFFFF000;
    private const ulong PageOffset = 4095;
    private const int CodeBytes = 16;
    private const int TopShift = 39;

    /// <summary>The instruction, once <see cref="IsCurrent"/> or <see cref="TryFill"/>.</summary>
    public Instruction Instruction;

    private ulong _rip;
    private ulong _cr3;
    private ulong* _entry4;
    private ulong* _entry3;
    private ulong* _entry2;
    private ulong* _entry1;
    private ulong _value4;
    private ulong _value3;
    private ulong _value2;
    private ulong _value1;
    private byte* _code;
    private ulong _low;
    private ulong _high;
    private ulong _lowMask;
    private ulong _highMask;

    /// <summary>True if it is what lies at <paramref name="rip"/> now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsCurrent(ulong rip, ulong cr3) => rip == _rip && IsMapped(cr3)
        && ((*(ulong*)_code ^ _low) & _lowMask) == 0 && ((*(ulong*)(_code + 8) ^ _high) & _highMask) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsMapped(ulong cr3) => cr3 == _cr3 && _code != null
        && *_entry4 == _value4 && *_entry3 == _value3 && *_entry2 == _value2 && *_entry1 == _value1;

    /// <summary>Forgets it.</summary>
    public void Clear() => _code = null;

    /// <summary>
    /// Decodes what lies at <paramref name="rip"/>; false if that cannot be kept, or is none of the instructions that are emulated. Where <paramref name="last"/>,
    /// which was filled before, is from the same page, that page's place is known.
    /// </summary>
    public bool TryFill(EptTables tables, ulong rip, ulong cr3, CachedInstruction last)
    {
        if ((rip & PageOffset) > PageOffset + 1 - CodeBytes)
        {
            return false;
        }

        byte* code = (rip ^ last._rip) <= PageOffset && last.IsMapped(cr3) ? CopyWalk(last, rip) : Walk(tables, rip, cr3);
        Clear();
        if (code == null)
        {
            return false;
        }

        // Copied once: the guest may change it while we look.
        _low = *(ulong*)code;
        _high = *(ulong*)(code + 8);
        Span<ulong> copy = stackalloc ulong[2];
        copy[0] = _low;
        copy[1] = _high;
        ReadOnlySpan<byte> bytes = new(Unsafe.AsPointer(ref copy[0]), CodeBytes - 1); // on the stack, which does not move
        if (InstructionDecoder.TryDecode(bytes, CodeMode.Bits64, out Instruction) != DecodeStatus.Success)
        {
            return false;
        }

        int length = Instruction.Length;
        _lowMask = OperandSize.Mask(Math.Min(length, 8));
        _highMask = length > 8 ? OperandSize.Mask(length - 8) : 0;
        _rip = rip;
        _cr3 = cr3;
        _code = code;
        return true;
    }

    private byte* CopyWalk(CachedInstruction last, ulong rip)
    {
        byte* code = last._code + (long)(rip - last._rip);
        _entry4 = last._entry4;
        _entry3 = last._entry3;
        _entry2 = last._entry2;
        _entry1 = last._entry1;
        _value4 = last._value4;
        _value3 = last._value3;
        _value2 = last._value2;
        _value1 = last._value1;
        return code;
    }

    private byte* Walk(EptTables tables, ulong rip, ulong cr3) =>
        TryWalk(tables, rip, cr3, out GuestPhysicalAddress address) ? tables.Find(address, out _) : null;

    // Where a large page ends the walk early, the lower levels repeat its entry.
    private bool TryWalk(EptTables tables, ulong rip, ulong cr3, out GuestPhysicalAddress address)
    {
        address = default;
        ulong table = cr3 & AddressMask;
        for (int shift = TopShift; ; shift -= 9)
        {
            ulong* entry = (ulong*)tables.Find(new GuestPhysicalAddress(table + ((rip >> shift & 511) * 8)), out _);
            if (entry == null)
            {
                return false;
            }

            ulong value = *entry;
            Keep(shift, entry, value);
            if ((value & Present) == 0)
            {
                return false;
            }

            if (shift == 12 || (shift < TopShift && (value & LargePage) != 0))
            {
                ulong offset = (1UL << shift) - 1;
                address = new GuestPhysicalAddress((value & AddressMask & ~offset) | (rip & offset));
                return true;
            }

            table = value & AddressMask;
        }
    }

    private void Keep(int shift, ulong* entry, ulong value)
    {
        switch (shift)
        {
            case TopShift:
                _entry4 = entry;
                _value4 = value;
                break;
            case 30:
                _entry3 = _entry2 = _entry1 = entry;
                _value3 = _value2 = _value1 = value;
                break;
            case 21:
                _entry2 = _entry1 = entry;
                _value2 = _value1 = value;
                break;
            default:
                _entry1 = entry;
                _value1 = value;
                break;
        }
    }
}
