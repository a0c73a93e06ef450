namespace Multicosm.Paravirt.Abi;

/// <summary>Commands of memory_op.</summary>
/// <source>Xen headers "memory.h"</source>
internal enum MemoryCommand : uint
{
    /// <summary>Get frames.</summary>
    IncreaseReservation = 0,

    /// <summary>Give frames back.</summary>
    DecreaseReservation = 1,

    /// <summary>How many frames the PC has.</summary>
    MaximumRamPage = 2,

    /// <summary>How many frames the domain has.</summary>
    CurrentReservation = 3,

    /// <summary>How many frames the domain may have.</summary>
    MaximumReservation = 4,

    /// <summary>Where the hypervisor's tables lie: privileged.</summary>
    MachineFrameList = 5,

    /// <summary>Get frames for given pseudo-physical numbers.</summary>
    PopulatePhysicalMap = 6,

    /// <summary>The domain's memory map.</summary>
    MemoryMap = 9,

    /// <summary>Give frames back and get others.</summary>
    Exchange = 11,

    /// <summary>Where the machine-to-physical table is seen.</summary>
    MachineMapping = 12,
}
