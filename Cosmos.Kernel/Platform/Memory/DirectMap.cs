using Multicosm.Machine;
using Multicosm.Platform.Cpu;

namespace Multicosm.Platform.Memory;

/// <summary>The window that shows RAM at a fixed distance (L4 slots from 262), never executable.</summary>
public static unsafe class DirectMap
{
    /// <summary>Where physical address 0 would appear.</summary>
    public const ulong Base = 0xFFFF830000000000;

    /// <summary>Where a physical address appears. It must be RAM or an ACPI range.</summary>
    public static byte* Pointer(HostPhysicalAddress address) => (byte*)(Base + address.Value);

    /// <summary>Where a physical address appears.</summary>
    public static byte* Pointer(ulong physical) => (byte*)(Base + physical);

    /// <summary>Clears memory; <paramref name="bytes"/> is a multiple of 512, the address of 64.</summary>
    public static void Clear(HostPhysicalAddress address, ulong bytes) => CpuInstructions.ClearMemory(Pointer(address), bytes);
}
