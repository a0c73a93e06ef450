using System.Runtime;
using System.Runtime.CompilerServices;

namespace Multicosm.Platform.Cpu;

/// <summary>State that backends move when another vCPU is attached, by functions in cpu.asm.</summary>
/// <source>SDM 1, "Managing State Using the XSAVE Feature Set"</source>
public static unsafe class SwitchedState
{
    /// <summary>Saves components of the extended state; XCR0 is the guest's before and may be the largest afterwards.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_save_extended")]
    public static extern void SaveExtended(void* area, ulong components, ulong largestXcr0, ulong guestXcr0);

    /// <summary>Loads components of the extended state and then the guest's XCR0.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_load_extended")]
    public static extern void LoadExtended(void* area, ulong components, ulong largestXcr0, ulong guestXcr0);

    /// <summary>Saves DR0 to DR3 and DR6 into five words.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_save_debug")]
    public static extern void SaveDebug(ulong* registers);

    /// <summary>Loads DR0 to DR3 and DR6 from five words.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_load_debug")]
    public static extern void LoadDebug(ulong* registers);

    /// <summary>Loads DR7, which decides what of them is in force.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_load_dr7")]
    public static extern void LoadDebugControl(ulong value);

    /// <summary>Reads DR6: what raised the last #DB.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "cpu_read_dr6")]
    public static extern ulong ReadDebugStatus();
}
