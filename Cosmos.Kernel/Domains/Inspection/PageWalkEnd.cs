namespace Multicosm.Domains.Inspection;

/// <summary>How a page walk ended.</summary>
public enum PageWalkEnd : byte
{
    /// <summary>The address is mapped.</summary>
    Mapped,

    /// <summary>The last entry read is not present.</summary>
    NotPresent,

    /// <summary>The next table lies where there is no RAM.</summary>
    NoRam,

    /// <summary>The address is none that the mode can translate.</summary>
    NotCanonical,
}
