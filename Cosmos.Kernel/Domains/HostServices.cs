using Multicosm.Devices.XenPv.Store;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>What the domains need from the PC under them. Filled once by Entry.</summary>
public sealed class HostServices
{
    /// <summary>Runs unmodified guests; may be unusable on this PC.</summary>
    public required VcpuBackend Backend { get; init; }

    /// <summary>Runs paravirtual guests; null in a kernel without it.</summary>
    public VcpuBackend? Paravirt { get; init; }

    /// <summary>The store that all PV domains share; made with the first of them, while the arena is open.</summary>
    internal XenStore? Store { get; set; }

    /// <summary>Time since power-on.</summary>
    public required MonotonicClock Clock { get; init; }

    /// <summary>Time of day.</summary>
    public required WallClock WallClock { get; init; }

    /// <summary>How much memory there is.</summary>
    public required FrameSource Frames { get; init; }

    /// <summary>Keeps faults inside the domain that they served.</summary>
    public required Containment Containment { get; init; }

    /// <summary>The physical CPU.</summary>
    public required Processor Processor { get; init; }

    /// <summary>Opens the arena for a new domain slot.</summary>
    public required AllocationWindow Window { get; init; }

    /// <summary>The CPU's own CPUID.</summary>
    public required CpuidSource Cpuid { get; init; }

    /// <summary>The host's log, shown by <c>dmesg</c>.</summary>
    public required HostLog Log { get; init; }

    /// <summary>The files that the boot loader brought, in boot order.</summary>
    public required BootModule[] Modules { get; init; }
}
