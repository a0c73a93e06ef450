namespace Multicosm.Decoder;

/// <summary>
/// What drivers reach devices with, nearly always: a move of 64-bit code between memory and a general register, or of an immediate to memory, in a form that
/// needs no more than masks. See <see cref="PlainMoveDecoder"/>.
/// </summary>
public struct PlainMove
{
    /// <summary>Base: memory lies elsewhere than at a register plus a displacement.</summary>
    public const byte NoRegister = 0xFF;

    /// <summary>Size of the memory operand in bytes: 1, 2, 4 or 8; 0 if this is no plain move.</summary>
    public byte SizeBytes;

    /// <summary>Length of the instruction in bytes.</summary>
    public byte Length;

    /// <summary>True if memory is read.</summary>
    public bool IsLoad;

    /// <summary>Number of the register that is read or written, never 4 (RSP); 0 for an immediate.</summary>
    public byte Register;

    /// <summary>Number of the register to which <see cref="Displacement"/> is added, never 4 (RSP), or <see cref="NoRegister"/>.</summary>
    public byte Base;

    /// <summary>Sign-extended displacement.</summary>
    public int Displacement;

    /// <summary>A load: bits that the register keeps; the others become what was read, or 0. A store: bits of the register that are stored; none of an immediate.</summary>
    public ulong Mask;

    /// <summary>A store: these bits are stored with the register's.</summary>
    public ulong Immediate;
}
