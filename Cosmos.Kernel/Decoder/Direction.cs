namespace Multicosm.Decoder;

/// <summary>Which way data moves.</summary>
public enum Direction : byte
{
    /// <summary>Memory is read: to a register, to flags, or to the stack.</summary>
    Load,

    /// <summary>Memory is written: from a register, an immediate or the stack.</summary>
    Store,

    /// <summary>From memory to memory (MOVS).</summary>
    Copy,

    /// <summary>Memory is read, changed and written back.</summary>
    Update,
}
