namespace Multicosm.Decoder;

/// <summary>Which way data moves.</summary>
public enum Direction : byte
{
    /// <summary>From memory to a register.</summary>
    Load,

    /// <summary>From a register or an immediate to memory.</summary>
    Store,

    /// <summary>From memory to memory (MOVS).</summary>
    Copy,

    /// <summary>Memory is read, changed and written back.</summary>
    Update,
}
