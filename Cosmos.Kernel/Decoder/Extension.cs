namespace Multicosm.Decoder;

/// <summary>How a load fills a register that is wider than its memory operand.</summary>
public enum Extension : byte
{
    /// <summary>Not at all: register and memory operand have the same size.</summary>
    None,

    /// <summary>With zeros.</summary>
    Zero,

    /// <summary>With copies of the sign bit.</summary>
    Sign,
}
