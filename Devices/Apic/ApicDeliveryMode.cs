namespace Multicosm.Devices.Apic;

/// <summary>What an interrupt message asks of its target.</summary>
/// <source>SDM 3A, "Interrupt Command Register (ICR)"</source>
public enum ApicDeliveryMode : byte
{
    /// <summary>The vector, to all targets.</summary>
    Fixed = 0,

    /// <summary>The vector, to the target that does the least important work.</summary>
    LowestPriority = 1,

    /// <summary>System management interrupt: there is no firmware that would take it; ignored.</summary>
    Smi = 2,

    /// <summary>Reserved; ignored.</summary>
    Reserved = 3,

    /// <summary>Non-maskable interrupt.</summary>
    Nmi = 4,

    /// <summary>INIT.</summary>
    Init = 5,

    /// <summary>Start-up at the page that the vector names.</summary>
    StartUp = 6,

    /// <summary>The vector comes from the 8259 pair; only by LINT0 here, since no I/O APIC pin is wired to it.</summary>
    ExtInt = 7,
}
