namespace Multicosm.Decoder;

/// <summary>What an instruction does with its memory operand. Groups of opcodes count on the order.</summary>
public enum Operation : byte
{
    /// <summary>MOV or MOVNTI between memory and a general register, or MOV of an immediate to memory.</summary>
    Move,

    /// <summary>MOVZX, MOVSX or MOVSXD: a load that is extended.</summary>
    MoveExtended,

    /// <summary>MOVBE: a move that reverses the bytes.</summary>
    MoveSwapped,

    /// <summary>MOV between memory and a segment register.</summary>
    MoveSegment,

    /// <summary>A move between memory and an MMX, XMM or YMM register; a load that is narrower than the register clears the rest of XMM.</summary>
    MoveVector,

    /// <summary>MOVLPS or MOVLPD: the low 8 bytes of an XMM register, whose others stay.</summary>
    MoveLowHalf,

    /// <summary>MOVHPS or MOVHPD: bytes 15:8 of an XMM register, whose others stay.</summary>
    MoveHighHalf,

    /// <summary>SETcc.</summary>
    SetCondition,

    /// <summary>POP to memory.</summary>
    Pop,

    /// <summary>MOVS: memory at DS:rSI (or the override) to memory at ES:rDI.</summary>
    MoveString,

    /// <summary>STOS: the accumulator to ES:rDI.</summary>
    StoreString,

    /// <summary>LODS: memory at DS:rSI (or the override) to the accumulator.</summary>
    LoadString,

    /// <summary>CMPS: memory at DS:rSI (or the override) is compared with memory at ES:rDI.</summary>
    CompareString,

    /// <summary>SCAS: the accumulator is compared with memory at ES:rDI.</summary>
    ScanString,

    /// <summary>XCHG.</summary>
    Exchange,

    /// <summary>XADD: memory is added to, the register gets what was there.</summary>
    ExchangeAdd,

    /// <summary>CMPXCHG: memory gets the register if it equals the accumulator, else the accumulator gets memory.</summary>
    CompareExchange,

    /// <summary>CMPXCHG8B or CMPXCHG16B: the same with rDX:rAX and rCX:rBX.</summary>
    CompareExchangePair,

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

    /// <summary>CMP.</summary>
    Compare,

    /// <summary>NOT.</summary>
    Not,

    /// <summary>NEG.</summary>
    Negate,

    /// <summary>INC.</summary>
    Increment,

    /// <summary>DEC.</summary>
    Decrement,

    /// <summary>BT. With a register as bit number, bits beyond the operand's size lie in memory after or before it.</summary>
    BitTest,

    /// <summary>BTS; see <see cref="BitTest"/>.</summary>
    BitSet,

    /// <summary>BTR; see <see cref="BitTest"/>.</summary>
    BitReset,

    /// <summary>BTC; see <see cref="BitTest"/>.</summary>
    BitComplement,

    /// <summary>ROL.</summary>
    RotateLeft,

    /// <summary>ROR.</summary>
    RotateRight,

    /// <summary>RCL.</summary>
    RotateLeftWithCarry,

    /// <summary>RCR.</summary>
    RotateRightWithCarry,

    /// <summary>SHL, which is SAL, too.</summary>
    ShiftLeft,

    /// <summary>SHR.</summary>
    ShiftRight,

    /// <summary>SAR.</summary>
    ShiftRightSigned,

    /// <summary>SHLD.</summary>
    ShiftLeftDouble,

    /// <summary>SHRD.</summary>
    ShiftRightDouble,

    /// <summary>TEST.</summary>
    Test,

    /// <summary>MUL: rDX:rAX gets rAX times memory.</summary>
    Multiply,

    /// <summary>IMUL with one operand.</summary>
    MultiplySigned,

    /// <summary>DIV of rDX:rAX.</summary>
    Divide,

    /// <summary>IDIV.</summary>
    DivideSigned,

    /// <summary>IMUL with two or three operands: a register gets the product's low half.</summary>
    MultiplyLow,

    /// <summary>BSF.</summary>
    BitScanForward,

    /// <summary>BSR.</summary>
    BitScanReverse,

    /// <summary>TZCNT, on a processor that has it; else BSF.</summary>
    CountTrailingZeros,

    /// <summary>LZCNT, on a processor that has it; else BSR.</summary>
    CountLeadingZeros,

    /// <summary>POPCNT.</summary>
    CountOnes,

    /// <summary>CMOVcc.</summary>
    ConditionalMove,

    /// <summary>PUSH of memory.</summary>
    Push,

    /// <summary>JMP to the address that memory holds.</summary>
    Jump,

    /// <summary>CALL of the address that memory holds.</summary>
    Call,

    /// <summary>CLFLUSH or CLFLUSHOPT: nothing to do for a device.</summary>
    Flush,

    /// <summary>INS; not decoded here, since it exits before its memory is looked at.</summary>
    InString,

    /// <summary>OUTS; see <see cref="InString"/>.</summary>
    OutString,
}
