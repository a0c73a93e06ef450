namespace Multicosm.Decoder;

/// <summary>What an instruction does with its memory operand.</summary>
public enum Operation : byte
{
    /// <summary>MOV or MOVNTI between memory and a register, or MOV of an immediate to memory.</summary>
    Move,

    /// <summary>MOVZX, MOVSX or MOVSXD: a load that is extended.</summary>
    MoveExtended,

    /// <summary>MOVBE: a move that reverses the bytes.</summary>
    MoveSwapped,

    /// <summary>MOVS: memory at DS:rSI (or the override) to memory at ES:rDI.</summary>
    MoveString,

    /// <summary>STOS: the accumulator to ES:rDI.</summary>
    StoreString,

    /// <summary>LODS: memory at DS:rSI (or the override) to the accumulator.</summary>
    LoadString,

    /// <summary>XCHG.</summary>
    Exchange,

    /// <summary>XADD: memory is added to, the register gets what was there.</summary>
    ExchangeAdd,

    /// <summary>CMPXCHG: memory gets the register if it equals the accumulator, else the accumulator gets memory.</summary>
    CompareExchange,

    /// <summary>ADD.</summary>
    Add,

    /// <summary>OR.</summary>
    Or,

    /// <summary>ADC.</summary>
    AddWithCarry,

    /// <summary>SBB.</summary>
    SubtractWithBorrow,

    /// <summary>AND.</summary>
    And,

    /// <summary>SUB.</summary>
    Subtract,

    /// <summary>XOR.</summary>
    ExclusiveOr,

    /// <summary>NOT.</summary>
    Not,

    /// <summary>NEG.</summary>
    Negate,

    /// <summary>INC.</summary>
    Increment,

    /// <summary>DEC.</summary>
    Decrement,

    /// <summary>BTS. With a register as bit number, bits beyond the operand's size lie in memory after or before it.</summary>
    BitSet,

    /// <summary>BTR; see <see cref="BitSet"/>.</summary>
    BitReset,

    /// <summary>BTC; see <see cref="BitSet"/>.</summary>
    BitComplement,
}
