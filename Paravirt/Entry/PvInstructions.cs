using System.Runtime;
using System.Runtime.CompilerServices;

namespace Multicosm.Paravirt.Entry;

/// <summary>The crossings in pv_enter.asm.</summary>
internal static unsafe class PvInstructions
{
    /// <summary>Runs a guest on its registers until it comes out.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "pv_enter")]
    public static extern void Enter(PvRegisters* registers);

    /// <summary>Address of the entry for SYSCALL (0), SYSCALL from compatibility mode (1) or SYSENTER (2), where guests' tables map it.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "pv_entry_point")]
    public static extern ulong EntryPoint(uint kind);

    /// <summary>Reads DS, ES, FS and GS into four words.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "pv_read_selectors")]
    public static extern void ReadSelectors(ushort* selectors);

    /// <summary>Loads DS (0), ES (1), FS (2) or GS (3, with the guest's base); 0 if the CPU refused it: then it is the null selector.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "pv_load_selector")]
    public static extern int LoadSelector(uint register, uint selector);
}
