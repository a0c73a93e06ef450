namespace Multicosm.Decoder;

/// <summary>What follows the opcode of a <see cref="PlainInstruction"/>.</summary>
internal enum PlainOperand : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A byte: interrupt vector or port.</summary>
    Byte,

    /// <summary>A distance to jump, from the next instruction on.</summary>
    Distance,

    /// <summary>A general register, in the opcode's low bits.</summary>
    Register,

    /// <summary>ModRM with a control register and a general one.</summary>
    ControlRegister,
}
