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
}
