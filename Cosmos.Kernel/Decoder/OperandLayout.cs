namespace Multicosm.Decoder;

/// <summary>Which operands follow an opcode, and in which order.</summary>
internal enum OperandLayout : byte
{
    /// <summary>The opcode is none of those that are decoded.</summary>
    None,

    /// <summary>The processor refuses the opcode.</summary>
    Invalid,

    /// <summary>Memory alone.</summary>
    Memory,

    /// <summary>Memory, then a byte that is sign-extended.</summary>
    MemoryByte,

    /// <summary>Memory, then an immediate of the operand's size, of 8 bytes the low 4.</summary>
    MemoryWord,

    /// <summary>Memory, then a register.</summary>
    MemoryRegister,

    /// <summary>Memory, a register, and a byte.</summary>
    MemoryRegisterByte,

    /// <summary>A register, then memory.</summary>
    RegisterMemory,

    /// <summary>A register, memory, and a byte that is sign-extended.</summary>
    RegisterMemoryByte,

    /// <summary>A register, memory, and an immediate.</summary>
    RegisterMemoryWord,

    /// <summary>The accumulator, then memory at an absolute offset.</summary>
    AccumulatorOffset,

    /// <summary>Memory at an absolute offset, then the accumulator.</summary>
    OffsetAccumulator,

    /// <summary>Memory at rSI or rDI or both.</summary>
    String,
}
