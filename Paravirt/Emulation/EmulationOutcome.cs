namespace Multicosm.Paravirt.Emulation;

/// <summary>What comes of a guest's privileged instruction.</summary>
internal enum EmulationOutcome : byte
{
    /// <summary>It is none that is emulated here, or not allowed to the one who ran it: the exception goes to the guest as it came.</summary>
    NotMine,

    /// <summary>Done, and RIP is behind it, or at it again if a string of it is left.</summary>
    Done,

    /// <summary>#GP(0), at its own RIP.</summary>
    GeneralProtection,

    /// <summary>#PF at its own RIP, for address <see cref="EmulationResult.Value"/> with <see cref="EmulationResult.ErrorCode"/>.</summary>
    PageFault,

    /// <summary>#UD, at its own RIP.</summary>
    InvalidOpcode,

    /// <summary>INT that is allowed: RIP is behind it, the trap <see cref="EmulationResult.Vector"/> goes to the guest.</summary>
    Interrupt,

    /// <summary>HLT: RIP is behind it, the vCPU waits for an event.</summary>
    Halt,

    /// <summary>
    /// CR3 is to become <see cref="EmulationResult.Value"/>: if that is a level-4 table the caller goes on behind the instruction, by its
    /// length, else #GP(0).
    /// </summary>
    NewTable,

    /// <summary>
    /// The page at the machine address <see cref="EmulationResult.Value"/> is to become a hypercall page; the caller goes on behind the
    /// instruction or raises #GP(0), as above.
    /// </summary>
    HypercallPage,
}
