namespace Multicosm.SelfTest;

/// <summary>The ways in which <see cref="FaultingWork"/> goes wrong.</summary>
internal enum Fault
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>An index beyond an array.</summary>
    Bounds,

    /// <summary>A field of no object.</summary>
    Null,

    /// <summary>A checked sum too large.</summary>
    Overflow,

    /// <summary>A division by zero.</summary>
    Divide,

    /// <summary>An object of another type.</summary>
    Cast,

    /// <summary>An exception of its own.</summary>
    Throw,

    /// <summary>An object while the arena is sealed.</summary>
    Allocation,

    /// <summary>Calls without an end.</summary>
    StackOverflow,

    /// <summary>A read of an address.</summary>
    Read,

    /// <summary>A write to an address.</summary>
    Write,

    /// <summary>A call of an address.</summary>
    Execute,

    /// <summary>An invalid instruction with all registers and flags spoilt.</summary>
    Spoil,
}
