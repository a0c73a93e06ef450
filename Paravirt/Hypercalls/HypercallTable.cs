using System;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>The hypercalls by number: their names, which lock each takes, and whether it is answered. What is not answered returns <see cref="Abi.XenError.NoSystemCall"/>.</summary>
/// <source>Xen headers "xen.h"</source>
internal static class HypercallTable
{
    /// <summary>Numbers below this have a row.</summary>
    public const uint Count = 64;

    /// <summary>What is known of hypercall <paramref name="number"/>.</summary>
    public static HypercallRow Row(uint number) => number switch
    {
        0 => new("set_trap_table"u8, HypercallLock.None, true),
        1 => new("mmu_update"u8, HypercallLock.Pages, true),
        2 => new("set_gdt"u8, HypercallLock.Pages, true),
        3 => new("stack_switch"u8, HypercallLock.None, true),
        4 => new("set_callbacks"u8, HypercallLock.None, true),
        5 => new("fpu_taskswitch"u8, HypercallLock.None, true),
        6 => new("sched_op_compat"u8, HypercallLock.None, false),
        7 => new("platform_op"u8, HypercallLock.None, false),
        8 => new("set_debugreg"u8, HypercallLock.None, true),
        9 => new("get_debugreg"u8, HypercallLock.None, true),
        10 => new("update_descriptor"u8, HypercallLock.Pages, true),
        12 => new("memory_op"u8, HypercallLock.Pages, true),
        13 => new("multicall"u8, HypercallLock.Each, true),
        14 => new("update_va_mapping"u8, HypercallLock.Pages, true),
        15 => new("set_timer_op"u8, HypercallLock.Events, true),
        16 => new("event_channel_op_compat"u8, HypercallLock.Events, true),
        17 => new("xen_version"u8, HypercallLock.None, true),
        18 => new("console_io"u8, HypercallLock.None, true),
        19 => new("physdev_op_compat"u8, HypercallLock.None, false),
        20 => new("grant_table_op"u8, HypercallLock.Pages, true),
        21 => new("vm_assist"u8, HypercallLock.None, true),
        22 => new("update_va_mapping_otherdomain"u8, HypercallLock.None, true),
        23 => new("iret"u8, HypercallLock.None, true),
        24 => new("vcpu_op"u8, HypercallLock.PagesAndEvents, true),
        25 => new("set_segment_base"u8, HypercallLock.None, true),
        26 => new("mmuext_op"u8, HypercallLock.Pages, true),
        27 => new("xsm_op"u8, HypercallLock.None, false),
        28 => new("nmi_op"u8, HypercallLock.None, false),
        29 => new("sched_op"u8, HypercallLock.Events, true),
        30 => new("callback_op"u8, HypercallLock.None, true),
        31 => new("xenoprof_op"u8, HypercallLock.None, false),
        32 => new("event_channel_op"u8, HypercallLock.Events, true),
        33 => new("physdev_op"u8, HypercallLock.None, true),
        34 => new("hvm_op"u8, HypercallLock.None, false),
        35 => new("sysctl"u8, HypercallLock.None, false),
        36 => new("domctl"u8, HypercallLock.None, false),
        37 => new("kexec_op"u8, HypercallLock.None, false),
        38 => new("tmem_op"u8, HypercallLock.None, false),
        39 => new("argo_op"u8, HypercallLock.None, false),
        40 => new("xenpmu_op"u8, HypercallLock.None, false),
        41 => new("dm_op"u8, HypercallLock.None, false),
        42 => new("hypfs_op"u8, HypercallLock.None, false),
        48 => new("mca"u8, HypercallLock.None, false),
        _ => default,
    };

    /// <summary>Name of hypercall <paramref name="number"/>; empty if it has none.</summary>
    public static ReadOnlySpan<byte> NameOf(uint number) => Row(number).Name;
}
