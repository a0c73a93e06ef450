using System;

namespace Multicosm.Platform.Memory;

/// <summary>What a mapping of the host allows. None of them is read-only data; execution and writing together do not occur.</summary>
[Flags]
public enum PageFlags
{
    /// <summary>Read only.</summary>
    None = 0,

    /// <summary>Read and write.</summary>
    Write = 1,

    /// <summary>Read and execute.</summary>
    Execute = 2,

    /// <summary>Device registers: not cached.</summary>
    Uncached = 4,

    /// <summary>A screen's memory: writes may be combined, reads are slow.</summary>
    WriteCombining = 8,
}
