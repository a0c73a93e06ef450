using System.Numerics;
using System.Runtime.CompilerServices;
using Multicosm.Machine;

namespace Multicosm.Devices.Apic;

/// <summary>
/// A set of vectors: a local APIC's IRR, ISR or TMR. It lies in eight registers of the page where the processor shares that, else in the object
/// itself, with the highest one at hand.
/// </summary>
internal sealed class ApicVectors(ApicRegisters registers, int firstOffset)
{
    private const int Words = 8;

    private readonly ApicRegisters _registers = registers;
    private readonly int _firstOffset = firstOffset;
    private readonly bool _isProcessorPage = registers.IsProcessorPage;
    private Bits _words; // of 32 vectors each
    private uint _used; // a bit for each word that is not 0
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

    /// <summary>Vectors 32 * <paramref name="word"/> (0..7) and up, a bit each.</summary>
    internal uint Word(int word) => _isProcessorPage ? _registers.Read(OffsetOf(word)) : _words[word & (Words - 1)];

    /// <summary>True if <paramref name="vector"/> is in the set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Contains(byte vector) =>
        (_isProcessorPage || _highest >= vector) && (Word(vector >> 5) >> (vector & 31) & 1) != 0;

    /// <summary>Puts <paramref name="vector"/> in.</summary>
    internal void Add(byte vector)
    {
        int word = vector >> 5;
        uint bit = 1u << (vector & 31);
        if (_isProcessorPage)
        {
            _registers.Write(OffsetOf(word), _registers.Read(OffsetOf(word)) | bit);
            return;
        }

        _words[word & (Words - 1)] |= bit;
        _used |= 1u << word;
        if (vector > _highest)
        {
            _highest = vector;
        }
    }

    /// <summary>Takes <paramref name="vector"/> out.</summary>
    internal void Remove(byte vector)
    {
        int word = vector >> 5;
        uint bit = 1u << (vector & 31);
        if (_isProcessorPage)
        {
            _registers.Write(OffsetOf(word), _registers.Read(OffsetOf(word)) & ~bit);
            return;
        }

        uint value = _words[word & (Words - 1)] & ~bit;
        _words[word & (Words - 1)] = value;
        if (value == 0)
        {
            _used &= ~(1u << word);
        }

        if (vector == _highest)
        {
            _highest = _used == 0 ? -1 : Find();
        }
    }

    /// <summary>Takes all out, unless they lie in the page.</summary>
    internal void Clear()
    {
        _words = default;
        _used = 0;
        _highest = -1;
    }

    private void Refresh()
    {
        _used = 0;
        for (int word = 0; word < Words; word++)
        {
            uint value = _registers.Read(OffsetOf(word));
            _words[word & (Words - 1)] = value;
            _used |= value != 0 ? 1u << word : 0;
        }

        _highest = _used == 0 ? -1 : Find();
    }

    // With at least one in the set.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find()
    {
        int word = BitOperations.Log2(_used);
        return (word << 5) | BitOperations.Log2(_words[word & (Words - 1)]);
    }

    private int OffsetOf(int word) => _firstOffset + (word << 4);

    [InlineArray(Words)]
    private struct Bits
    {
        private uint _first;
    }
}
