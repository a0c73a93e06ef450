using System.Runtime.CompilerServices;
using Multicosm.Machine;
using Multicosm.Vmx.Ept;

namespace Multicosm.Vmx.Emulation;

/// <summary>
/// A page of 64-bit code, and the page-table entries by which it was found. It is right as long as they are in memory as they were, whatever the guest has
/// done in between. Where RAM lies changes only with the local APIC's place, and then everything is forgotten. Tables of four levels.
/// </summary>
/// <source>SDM 3A, "4-Level Paging"</source>
internal sealed unsafe class CodePage
{
    private const ulong Present = 1;
    private const ulong LargePage = 1 << 7;
    private const ulong AddressMask = 0x000FFFFFFFFFF000;
    private const ulong PageOffset = 4095;
    private const int TopShift = 39;

    private const ulong Nowhere = 1UL << 62; // not canonical

    private byte* _code;
    private ulong _linear = Nowhere;
    private ulong _cr3;
    private ulong* _entry4;
    private ulong* _entry3;
    private ulong* _entry2;
    private ulong* _entry1;
    private ulong _value4;
    private ulong _value3;
    private ulong _value2;
    private ulong _value1;

    /// <summary>The byte at <paramref name="rip"/>, which must be in the page.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* At(ulong rip) => _code + (rip & PageOffset);

    /// <summary>True if <paramref name="rip"/> is in this page now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Has(ulong rip, ulong cr3) => (rip ^ _linear) <= PageOffset && cr3 == _cr3
        && *_entry4 == _value4 && *_entry3 == _value3 && *_entry2 == _value2 && *_entry1 == _value1;

    /// <summary>Forgets it.</summary>
    public void Clear() => _linear = Nowhere;

    /// <summary>Becomes the page of <paramref name="rip"/>; false if it is not in RAM.</summary>
    public bool TryFind(EptTables tables, ulong rip, ulong cr3)
    {
        ulong linear = rip & ~PageOffset;
        _code = TryWalk(tables, linear, cr3, out GuestPhysicalAddress address) ? tables.Find(address, out _) : null;
        _linear = _code != null ? linear : Nowhere;
        _cr3 = cr3;
        return _code != null;
    }

    // Where a large page ends the walk early, the lower levels repeat its entry.
    private bool TryWalk(EptTables tables, ulong linear, ulong cr3, out GuestPhysicalAddress address)
    {
        address = default;
        ulong table = cr3 & AddressMask;
        for (int shift = TopShift; ; shift -= 9)
        {
            ulong* entry = (ulong*)tables.Find(new GuestPhysicalAddress(table + ((linear >> shift & 511) * 8)), out _);
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
                address = new GuestPhysicalAddress((value & AddressMask & ~offset) | (linear & offset));
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
