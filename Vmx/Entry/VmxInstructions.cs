using System.Runtime;
using System.Runtime.CompilerServices;

namespace Multicosm.Vmx.Entry;

/// <summary>VMX instructions and the crossings in vmx_enter.asm. Results: 0 success, 1 VMfailInvalid, 2 VMfailValid.</summary>
/// <source>SDM 3C, "VMX Instruction Reference"</source>
internal static unsafe class VmxInstructions
{
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "vmx_on")]
    public static extern int VmxOn(ulong* region);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "vmx_clear")]
    public static extern int VmClear(ulong* vmcs);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "vmx_load")]
    public static extern int VmPtrLd(ulong* vmcs);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "vmx_invalidate_ept")]
    public static extern int InvEpt(ulong type, ulong* descriptor);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "vmx_invalidate_vpid")]
    public static extern int InvVpid(ulong type, ulong* descriptor);

    /// <summary>What <see cref="Enter"/> returns where the time was over before the entry.</summary>
    public const int Late = 3;

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "vmx_enter")]
    public static extern int Enter(GuestRegisters* registers);

    /// <summary>After an exit for an access to memory: reads what has to be known of it.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "vmx_read_access")]
    public static extern void ReadAccess(GuestRegisters* registers);

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "vmx_exit_address")]
    public static extern ulong ExitAddress();
}
