namespace Multicosm.Paravirt.Abi;

/// <summary>Commands of mmuext_op.</summary>
/// <source>Xen headers "xen.h"</source>
internal enum MmuCommand : uint
{
    /// <summary>Keep a frame a page table of level 1.</summary>
    PinLevel1 = 0,

    /// <summary>Keep a frame a page table of level 2.</summary>
    PinLevel2 = 1,

    /// <summary>Keep a frame a page table of level 3.</summary>
    PinLevel3 = 2,

    /// <summary>Keep a frame a page table of level 4.</summary>
    PinLevel4 = 3,

    /// <summary>Keep it no longer.</summary>
    Unpin = 4,

    /// <summary>Run the kernel on a frame as level-4 table.</summary>
    NewKernelTable = 5,

    /// <summary>Flush this vCPU's translations.</summary>
    FlushLocal = 6,

    /// <summary>Flush one address's, on this vCPU.</summary>
    InvalidateLocal = 7,

    /// <summary>Flush all, on a set of vCPUs.</summary>
    FlushMulti = 8,

    /// <summary>Flush one address's, on a set of vCPUs.</summary>
    InvalidateMulti = 9,

    /// <summary>Flush all, on all vCPUs.</summary>
    FlushAll = 10,

    /// <summary>Flush one address's, on all vCPUs.</summary>
    InvalidateAll = 11,

    /// <summary>Write back this processor's cache.</summary>
    FlushCache = 12,

    /// <summary>Set the LDT.</summary>
    SetLdt = 13,

    /// <summary>Run user programs on a frame as level-4 table.</summary>
    NewUserTable = 15,

    /// <summary>Clear a frame.</summary>
    ClearPage = 16,

    /// <summary>Copy a frame to another.</summary>
    CopyPage = 17,

    /// <summary>Write back all processors' caches.</summary>
    FlushCacheGlobal = 18,
}
