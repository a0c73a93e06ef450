namespace Multicosm.Machine;

/// <summary>What a value must be, beside the bits that a row lets a guest change, so that WRMSR takes it.</summary>
/// <source>SDM 3A, "Memory Type Range Registers (MTRRs)"; SDM 3B, "Machine-Check Architecture"</source>
public enum MsrCheck : byte
{
    /// <summary>Anything.</summary>
    None,

    /// <summary>Bits 7:0 are a memory type.</summary>
    MemoryType,

    /// <summary>Each of the eight bytes is a memory type.</summary>
    MemoryTypes,

    /// <summary>Bits 7:0 are a memory type, and no bit beyond the guest's physical addresses is set.</summary>
    RangeBase,

    /// <summary>No bit beyond the guest's physical addresses is set.</summary>
    RangeMask,

    /// <summary>All zeros or all ones.</summary>
    AllOrNothing,
}
