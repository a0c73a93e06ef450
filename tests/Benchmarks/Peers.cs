using System.Collections.Generic;

namespace Multicosm.Benchmarks;

/// <summary>
/// What others cost, measured once in Bochs 2.7 with the same model, clock, kernel and options: KVM of Linux 6.1 with EPT under a minimal
/// VMM, mitigations off in the host, and Xen 4.17 with a PVH domain, or for names with "pv" a PV domain, with its default mitigations. Figures of other options are left out.
/// </summary>
internal static class Peers
{
    private static readonly Dictionary<string, (ulong? Kvm, ulong? Xen)> s_figures = new()
    {
        ["cpuid exit"] = (976, 1078),
        ["vmcall exit"] = (1019, null),
        ["rdmsr exit"] = (1018, null),
        ["wrmsr efer exit"] = (1858, null),
        ["xsetbv exit"] = (975, null),
        ["wbinvd exit"] = (869, null),
        ["in 0x21"] = (1261, null),
        ["out 0x43"] = (1283, null),
        ["out 0x80"] = (3059, null),
        ["mmio write"] = (5442, null),
        ["mmio write cached"] = (5442, null),
        ["xapic eoi"] = (3770, null),
        ["x2apic eoi"] = (1172, null),
        ["tsc deadline arm"] = (910, null),
        ["x2apic self-ipi whole"] = (4132, null),
        ["timer deadline to handler"] = (2000, null),
        ["hlt wake-up"] = (4600, null),
        ["debian boot"] = (1_089_000_000, null),
        ["linux cpuid leaf0"] = (1032, 1078),
        ["linux getppid"] = (364, 410),
        ["linux in 0x80"] = (3571, 3),
        ["linux in 0x61"] = (1454, 1706),
        ["linux anon page fault"] = (3785, 3860),
        ["linux munmap per page"] = (1300, 1470),
        ["linux sched_yield"] = (922, 1184),
        ["linux fork+exit+wait"] = (168_000, 170_000),
        ["linux pipe ping-pong round trip"] = (14_100, null),
        ["pv boot to marker"] = (null, 3_160_000_000),
        ["pv getppid"] = (null, 2244),
        ["pv in 0x80"] = (null, 1815),
        ["pv in 0x61"] = (null, 1920),
        ["pv anon page fault"] = (null, 8349),
        ["pv munmap per page"] = (null, 3289),
        ["pv sched_yield"] = (null, 3314),
        ["pv fork+exit+wait"] = (null, 733_000),
    };

    /// <summary>The row with the peers' figures, where there are some.</summary>
    public static Row Beside(Row row)
        => s_figures.TryGetValue(row.Name, out (ulong? Kvm, ulong? Xen) peers) ? row with { Kvm = peers.Kvm, Xen = peers.Xen } : row;
}
