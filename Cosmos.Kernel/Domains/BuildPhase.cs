namespace Multicosm.Domains;

/// <summary>Where the building of a domain is.</summary>
internal enum BuildPhase : byte
{
    /// <summary>Everything that can be wrong before memory is taken.</summary>
    Check,

    /// <summary>The backend allocates and scrubs.</summary>
    Allocate,

    /// <summary>Kernel, ramdisk and tables are copied.</summary>
    Load,

    /// <summary>Make a PV domain's page tables and first pages.</summary>
    Place,

    /// <summary>Board and vCPU get their power-on state.</summary>
    Start,
}
