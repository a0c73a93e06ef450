namespace Multicosm.Management.Monitor;

/// <summary>Exits of like cause.</summary>
public enum ExitClass : byte
{
    /// <summary>None of the others.</summary>
    Other,

    /// <summary>CPUID.</summary>
    Cpuid,

    /// <summary>Reads and writes of model-specific registers.</summary>
    Msr,

    /// <summary>Instructions on I/O ports.</summary>
    Io,

    /// <summary>Accesses to emulated memory, and to memory not mapped yet.</summary>
    Mmio,

    /// <summary>The guest waits.</summary>
    Halt,

    /// <summary>Interrupts, of the host or for the guest, and the ends of slices.</summary>
    Interrupt,
}
