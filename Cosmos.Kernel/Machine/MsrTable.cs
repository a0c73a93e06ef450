using System;

namespace Multicosm.Machine;

/// <summary>What one domain's MSRs are: rows sorted by index, and the values of the Stored ones for one vCPU.</summary>
public sealed class MsrTable
{
    private readonly MsrRule[] _rules;
    private readonly ulong[] _values;

    /// <summary>A table over <paramref name="rules"/>, which must be sorted by index without repeats; the array is kept.</summary>
    public MsrTable(MsrRule[] rules)
    {
        _rules = rules;
        _values = new ulong[rules.Length];
        Reset();
    }

    /// <summary>The rows.</summary>
    public ReadOnlySpan<MsrRule> Rules => _rules;

    /// <summary>Sets every value to its row's initial one.</summary>
    public void Reset()
    {
        for (int i = 0; i < _values.Length; i++)
        {
            _values[i] = _rules[i].Initial;
        }
    }

    /// <summary>The row of register <paramref name="index"/>, or -1: not known, #GP.</summary>
    public int Find(uint index)
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

    /// <summary>The stored value of row <paramref name="row"/>.</summary>
    public ulong Value(int row) => _values[row];

    /// <summary>Stores a value in row <paramref name="row"/>; false, and nothing stored, if it changes a bit that is not writable: #GP(0).</summary>
    public bool TryStore(int row, ulong value)
    {
        if (((value ^ _values[row]) & ~_rules[row].Writable) != 0)
        {
            return false;
        }

        _values[row] = value;
        return true;
    }

    /// <summary>Sets the value that row <paramref name="row"/> has now, whatever its mask: for values that depend on the PC.</summary>
    public void Preset(int row, ulong value) => _values[row] = value;
}
