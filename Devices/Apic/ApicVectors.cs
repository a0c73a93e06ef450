using System.Numerics;
using Multicosm.Machine;

namespace Multicosm.Devices.Apic;

/// <summary>A set of vectors in eight registers of a local APIC's page: IRR, ISR or TMR.</summary>
internal sealed class ApicVectors(ApicRegisters registers, int firstOffset)
{
    private readonly ApicRegisters _registers = registers;
    private readonly int _firstOffset = firstOffset;

    // A bit for each of the eight registers that is not 0, so that finding the highest vector reads one register.
    private uint _used;

    /// <summary>The highest vector in the set, or -1.</summary>
    internal int Highest()
    {
        if (_registers.IsProcessorPage)
        {
            Refresh();
        }

        if (_used == 0)
        {
            return -1;
        }

        int word = BitOperations.Log2(_used);
        return (word << 5) | BitOperations.Log2(_registers.Read(OffsetOf(word)));
    }

    /// <summary>True if <paramref name="vector"/> is in the set.</summary>
    internal bool Contains(byte vector) => ((_registers.Read(OffsetOf(vector >> 5)) >> (vector & 31)) & 1) != 0;

    /// <summary>Puts <paramref name="vector"/> in or takes it out.</summary>
    internal void Set(byte vector, bool present)
    {
        int word = vector >> 5;
        uint bit = 1u << (vector & 31);
        uint old = _registers.Read(OffsetOf(word));
        uint value = present ? old | bit : old & ~bit;
        _registers.Write(OffsetOf(word), value);
        _used = value != 0 ? _used | (1u << word) : _used & ~(1u << word);
    }

    /// <summary>Looks at the registers again, after somebody else changed them.</summary>
    internal void Refresh()
    {
        _used = 0;
        for (int word = 0; word < 8; word++)
        {
            _used |= _registers.Read(OffsetOf(word)) != 0 ? 1u << word : 0;
        }
    }

    private int OffsetOf(int word) => _firstOffset + (word << 4);
}
