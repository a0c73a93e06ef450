namespace Multicosm.Paravirt.Building;

/// <summary>Where <see cref="ImageBuilder"/> is.</summary>
internal enum BuilderStage : byte
{
    /// <summary>Where everything goes.</summary>
    Layout,

    /// <summary>The list of frames.</summary>
    List,

    /// <summary>The page tables.</summary>
    Tables,

    /// <summary>start_info and the hypercall page.</summary>
    Pages,

    /// <summary>The page tables are found good, pinned and used.</summary>
    Validate,
}
