using System;
using System.Runtime.CompilerServices;

namespace Multicosm.Machine;

/// <summary>What one vCPU's MSRs are: rows sorted by index, and the values of the Stored ones.</summary>
public sealed class MsrTable
{
    private const uint LowIndices = 0x300; // most rows lie below: there an index leads to its row at once
    private const byte NoRow = byte.MaxValue;
    private const ulong ValidTypes = 0b0111_0011; // UC, WC, WT, WP, WB

    private readonly MsrRule[] _rules;
    private readonly ulong[] _values;
    private readonly byte[] _low = new byte[LowIndices];
    private ulong _beyondAddresses;

    /// <summary>A table over <paramref name="rules"/>, which must be sorted by index without repeats and at most 255; the array is kept.</summary>
    public MsrTable(MsrRule[] rules)
    {
        _rules = rules;
        _values = new ulong[rules.Length];
        Reset(addressBits: 64);
    }

    /// <summary>The rows.</summary>
    public ReadOnlySpan<MsrRule> Rules => _rules;

    /// <summary>Registers without a row that the guest has named.</summary>
    public UnknownMsrs Unknown { get; } = new();

    /// <summary>Sets every value to its row's initial one and brings back hidden rows, for a guest with <paramref name="addressBits"/> of physical address.</summary>
    public void Reset(int addressBits)
    {
        _beyondAddresses = addressBits < 64 ? ulong.MaxValue << addressBits : 0;
        Unknown.Reset();
        Array.Fill(_low, NoRow);
        for (int i = 0; i < _values.Length; i++)
        {
            _values[i] = _rules[i].Initial;
            if (_rules[i].Index < LowIndices)
            {
                _low[_rules[i].Index] = (byte)i;
            }
        }
    }

    /// <summary>Lets the guest not have register <paramref name="index"/> (below 0x300): its CPUID does not show it.</summary>
    public void Hide(uint index) => _low[index] = NoRow;

    /// <summary>The row of register <paramref name="index"/>, or -1: not known.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(uint index)
    {
        byte[] low = _low;
        if (index >= (uint)low.Length)
        {
            return Search(index);
        }

        int row = low[index];
        return row == NoRow ? -1 : row;
    }

    /// <summary>Row <paramref name="row"/>.</summary>
    public ref readonly MsrRule Rule(int row) => ref _rules[row];

    /// <summary>The stored value of row <paramref name="row"/>.</summary>
    public ulong Value(int row) => _values[row];

    /// <summary>Stores a value in row <paramref name="row"/>; false, and nothing stored, if it changes a bit that is not writable or is no legal value: #GP(0).</summary>
    public bool TryStore(int row, ulong value)
    {
        ref readonly MsrRule rule = ref _rules[row];
        if (((value ^ _values[row]) & ~rule.Writable) != 0 || (rule.Check != MsrCheck.None && !IsLegal(rule.Check, value)))
        {
            return false;
        }

        _values[row] = value;
        return true;
    }

    /// <summary>Sets the value that row <paramref name="row"/> has now, whatever its mask: for values that depend on the PC.</summary>
    public void Preset(int row, ulong value) => _values[row] = value;

    private int Search(uint index)
    {
        int low = 0;
        int high = _rules.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            uint found = _rules[middle].Index;
            if (found == index)
            {
                return middle;
            }

            if (found < index)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return -1;
    }

    private bool IsLegal(MsrCheck check, ulong value) => check switch
    {
        MsrCheck.MemoryType => IsMemoryType((byte)value),
        MsrCheck.MemoryTypes => AreMemoryTypes(value),
        MsrCheck.RangeBase => IsMemoryType((byte)value) && (value & _beyondAddresses) == 0,
        MsrCheck.RangeMask => (value & _beyondAddresses) == 0,
        MsrCheck.AllOrNothing => value is 0 or ulong.MaxValue,
        _ => true,
    };

    private static bool AreMemoryTypes(ulong value)
    {
        bool all = true;
        for (; value != 0; value >>= 8)
        {
            all &= IsMemoryType((byte)value);
        }

        return all;
    }

    private static bool IsMemoryType(byte type) => type < 8 && (ValidTypes >> type & 1) != 0;
}
