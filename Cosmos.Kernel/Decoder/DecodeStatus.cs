namespace Multicosm.Decoder;

/// <summary>What <see cref="InstructionDecoder.TryDecode"/> found.</summary>
public enum DecodeStatus : byte
{
    /// <summary>An instruction of a supported form.</summary>
    Success,

    /// <summary>The bytes end before the instruction does: fetch more (never returned for 15 bytes or more).</summary>
    NeedMoreBytes,

    /// <summary>An instruction that the processor refuses with #UD or #GP: too long, or LOCK on a form that cannot have it.</summary>
    Invalid,

    /// <summary>Another instruction than the forms that are decoded.</summary>
    Unsupported,
}
