namespace Multicosm.Paravirt.Events;

/// <summary>Virtual interrupts of the hypervisor.</summary>
/// <source>Xen headers "xen.h"</source>
internal static class Virq
{
    /// <summary>A timer of the vCPU has expired.</summary>
    public const int Timer = 0;

    /// <summary>The operator wants the guest to show its state.</summary>
    public const int Debug = 1;

    /// <summary>How many there are.</summary>
    public const int Count = 24;

    private const uint PerVcpu = (1u << Timer) | (1u << Debug) | (1u << 7) | (1u << 13); // timer, debug, profiling, performance counters

    /// <summary>True if each vCPU has its own; otherwise the domain has one, bound to vCPU 0 at first.</summary>
    public static bool IsPerVcpu(int virq) => ((PerVcpu >> virq) & 1) != 0;
}
