namespace Multicosm.Decoder;

/// <summary>What the number of a register operand counts.</summary>
public enum RegisterKind : byte
{
    /// <summary>General registers.</summary>
    General,

    /// <summary>Segment registers, as <see cref="SegmentRegister"/>.</summary>
    Segment,

    /// <summary>MMX registers.</summary>
    Media,

    /// <summary>XMM or YMM registers.</summary>
    Vector,
}
