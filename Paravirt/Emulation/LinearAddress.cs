namespace Multicosm.Paravirt.Emulation;

/// <summary>Linear addresses of 4-level paging, and whose they are.</summary>
/// <source>SDM 3A, "4-Level Paging"; Xen headers "arch-x86/xen-x86_64.h"</source>
internal static class LinearAddress
{
    private const int UnusedBits = 16;
    private const ulong HypervisorStart = 0xFFFF800000000000;
    private const ulong HypervisorEnd = 0xFFFF880000000000;

    /// <summary>True if bits 63:47 are alike.</summary>
    public static bool IsCanonical(ulong address) => (ulong)((long)(address << UnusedBits) >> UnusedBits) == address;

    /// <summary>True for a canonical address outside of the hypervisor's range.</summary>
    public static bool IsGuest(ulong address) => IsCanonical(address) && address is < HypervisorStart or >= HypervisorEnd;
}
