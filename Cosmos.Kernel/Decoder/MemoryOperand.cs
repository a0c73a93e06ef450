namespace Multicosm.Decoder;

/// <summary>How an instruction names memory: segment, base + index * scale + displacement, cut to the address size.</summary>
/// <source>SDM 2A, "Instruction Format"</source>
public struct MemoryOperand
{
    /// <summary>Base or index: there is none.</summary>
    public const byte NoRegister = 0xFF;

    /// <summary>Base: the address of the next instruction (RIP, or EIP with a 32-bit address size).</summary>
    public const byte InstructionPointer = 0xFE;

    /// <summary>The segment, with any override applied.</summary>
    public SegmentRegister Segment;

    /// <summary>Number of the base register (0 = rAX .. 15 = R15), <see cref="NoRegister"/> or <see cref="InstructionPointer"/>.</summary>
    public byte Base;

    /// <summary>Number of the index register (0 = rAX .. 15 = R15) or <see cref="NoRegister"/>.</summary>
    public byte Index;

    /// <summary>What the index is multiplied with: 1, 2, 4 or 8.</summary>
    public byte Scale;

    /// <summary>Address size in bytes: 2, 4 or 8. The sum is cut to it before the segment base is added.</summary>
    public byte AddressSizeBytes;

    /// <summary>Sign-extended displacement; for a MOV with an absolute offset, that offset zero-extended.</summary>
    public long Displacement;
}
