namespace Multicosm.Paravirt.Emulation;

/// <summary>What <see cref="PrivilegedInstructions.Run"/> did, and what is left to its caller.</summary>
internal struct EmulationResult
{
    /// <summary>What came of it.</summary>
    public EmulationOutcome Outcome;

    /// <summary>If it is done: what must be loaded into the processor.</summary>
    public EmulationEffects Effects;

    /// <summary>For <see cref="EmulationOutcome.Interrupt"/>: the trap's number.</summary>
    public byte Vector;

    /// <summary>Length of the instruction in bytes.</summary>
    public byte Length;

    /// <summary>For <see cref="EmulationOutcome.PageFault"/>: present and write, as the processor says them.</summary>
    public ulong ErrorCode;

    /// <summary>For <see cref="EmulationOutcome.PageFault"/>: the address. For <see cref="EmulationOutcome.NewTable"/> and <see cref="EmulationOutcome.HypercallPage"/>: what was written.</summary>
    public ulong Value;
}
