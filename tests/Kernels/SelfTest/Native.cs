using System.Runtime;
using System.Runtime.CompilerServices;

namespace Multicosm.SelfTest;

/// <summary>Assembly code that the checks call.</summary>
internal static unsafe class Native
{
    /// <summary>RFLAGS.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "selftest_flags")]
    public static extern ulong Flags();

    /// <summary>MXCSR.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "selftest_mxcsr")]
    public static extern uint Mxcsr();

    /// <summary>Spoils RFLAGS, MXCSR and the callee-saved registers, then faults.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "selftest_spoil")]
    public static extern void Spoil(ulong flags, uint mxcsr);

    /// <summary>1 if <paramref name="function"/> leaves the callee-saved registers as they were.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "selftest_keep")]
    public static extern int KeepsRegisters(delegate* unmanaged<nint, void> function, nint argument);

    /// <summary>Address of a RET in the kernel's text.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "selftest_return_address")]
    public static extern ulong ReturnAddress();

    /// <summary>The kernel's memmove.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "memmove")]
    public static extern byte* Move(byte* target, byte* source, nuint bytes);

    /// <summary>The kernel's memset.</summary>
    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("*", "memset")]
    public static extern byte* Set(byte* target, int value, nuint bytes);
}
