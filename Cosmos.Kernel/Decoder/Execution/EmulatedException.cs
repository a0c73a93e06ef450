namespace Multicosm.Decoder.Execution;

/// <summary>An exception that an emulated instruction itself raises; those of its addresses are the processor's own business.</summary>
/// <source>SDM 3A, "Exception and Interrupt Reference"</source>
public enum EmulatedException : byte
{
    /// <summary>#DE.</summary>
    DivideError = 0,

    /// <summary>#UD.</summary>
    InvalidOpcode = 6,

    /// <summary>#GP(0).</summary>
    GeneralProtection = 13,
}
