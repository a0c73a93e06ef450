using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Multicosm.Machine;

namespace Multicosm.Devices.Apic;

/// <summary>A set of vectors in eight registers of a local APIC's page: IRR, ISR or TMR.</summary>
internal sealed class ApicVectors(ApicRegisters registers, int firstOffset)
{
    private const int Words = 8;

    private readonly ApicRegisters _registers = registers;
    private readonly int _firstOffset = firstOffset;
    private readonly bool _isProcessorPage = registers.IsProcessorPage;

    // What the registers hold, a bit for each of them that is not 0, and the highest vector, so that an interrupt does not cost reading
    // them: unless the processor changes them.
    private readonly uint[] _words = new uint[Words];
    private uint _used;
    private int _highest = -1;

    /// <summary>The highest vector in the set, or -1.</summary>
    internal int Highest
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (_isProcessorPage)
            {
                Refresh();
            }

            return _highest;
        }
    }

    /// <summary>True if <paramref name="vector"/> is in the set.</summary>
    internal bool Contains(byte vector) => ((_registers.Read(OffsetOf(vector >> 5)) >> (vector & 31)) & 1) != 0;

    /// <summary>Puts <paramref name="vector"/> in.</summary>
    internal void Add(byte vector)
    {
        int word = vector >> 5;
        uint value = Word(word) | (1u << (vector & 31));
        _words[word] = value;
        _used |= 1u << word;
        _highest = Math.Max(_highest, vector);
        _registers.Write(OffsetOf(word), value);
    }

    /// <summary>Takes <paramref name="vector"/> out.</summary>
    internal void Remove(byte vector)
    {
        int word = vector >> 5;
        uint bit = 1u << (vector & 31);
        uint old = Word(word);
        if ((old & bit) == 0)
        {
            return;
        }

        uint value = old & ~bit;
        _words[word] = value;
        _used = value != 0 ? _used : _used & ~(1u << word);
        _highest = vector == _highest ? Find() : _highest;
        _registers.Write(OffsetOf(word), value);
    }

    /// <summary>Looks at the registers again, after somebody else changed them.</summary>
    internal void Refresh()
    {
        _used = 0;
        for (int word = 0; word < Words; word++)
        {
            _words[word] = _registers.Read(OffsetOf(word));
            _used |= _words[word] != 0 ? 1u << word : 0;
        }

        _highest = Find();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find()
    {
        int word = BitOperations.Log2(_used);
        return _used == 0 ? -1 : (word << 5) | BitOperations.Log2(_words[word]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Word(int word) => _isProcessorPage ? _registers.Read(OffsetOf(word)) : _words[word];

    private int OffsetOf(int word) => _firstOffset + (word << 4);
}
