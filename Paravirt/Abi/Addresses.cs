namespace Multicosm.Paravirt.Abi;

/// <summary>The guest's linear addresses.</summary>
/// <source>Xen headers "arch-x86/xen-x86_64.h"</source>
internal static class Addresses
{
    /// <summary>Where the hypervisor's hole in every guest's address space begins.</summary>
    public const ulong HoleStart = 0xFFFF800000000000;

    /// <summary>Where it ends.</summary>
    public const ulong HoleEnd = 0xFFFF880000000000;

    /// <summary>The first address behind the lower half: an instruction that ends there is followed by none.</summary>
    public const ulong LowerHalfEnd = 0x800000000000;

    /// <summary>True for an address whose upper 17 bits are equal.</summary>
    public static bool IsCanonical(ulong address) => (ulong)((long)(address << 16) >> 16) == address;
}
