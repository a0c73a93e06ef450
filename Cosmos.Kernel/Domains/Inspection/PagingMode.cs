namespace Multicosm.Domains.Inspection;

/// <summary>How a guest translates its addresses.</summary>
/// <source>SDM 3A, "Paging Modes and Control Bits"</source>
public enum PagingMode : byte
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Two levels of 32-bit entries.</summary>
    Bits32,

    /// <summary>Three levels; the four entries of the first are in the processor.</summary>
    Pae,

    /// <summary>Four levels.</summary>
    FourLevel,

    /// <summary>Five levels.</summary>
    FiveLevel,
}
