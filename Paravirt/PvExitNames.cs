using System;
using System.Runtime.CompilerServices;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Hypercalls;

namespace Multicosm.Paravirt;

/// <summary>How exits of PV guests are counted and called: 0..31 exceptions, 32 interrupts, 33 and on other ways in, 64 and on hypercalls by number.</summary>
internal static class PvExitNames
{
    private const uint Interrupt = 32;
    private const uint Syscall = 33;
    private const uint EntryFault = 34;
    private const uint UnknownHypercall = 35;
    private const uint FirstHypercall = 64;
    private const uint Hypercalls = 64;

    /// <summary>The reason of an exit by SYSCALL with <paramref name="rax"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ReasonOfSyscall(ulong rax, bool isKernel) => !isKernel ? Syscall : rax < Hypercalls ? FirstHypercall + (uint)rax : UnknownHypercall;

    /// <summary>The reason of an exit by <paramref name="vector"/>, all others.</summary>
    public static uint ReasonOf(uint vector) => vector switch
    {
        < Interrupt => vector,
        < 256 => Interrupt,
        (uint)PvExit.Syscall32 or (uint)PvExit.Sysenter => Syscall,
        _ => EntryFault,
    };

    /// <summary>Name of a reason; empty for one that has none.</summary>
    public static ReadOnlySpan<byte> Of(uint reason) => reason switch
    {
        0 => "#DE"u8,
        1 => "#DB"u8,
        2 => "NMI"u8,
        3 => "#BP"u8,
        4 => "#OF"u8,
        5 => "#BR"u8,
        6 => "#UD"u8,
        7 => "#NM"u8,
        10 => "#TS"u8,
        11 => "#NP"u8,
        12 => "#SS"u8,
        13 => "#GP"u8,
        14 => "#PF"u8,
        16 => "#MF"u8,
        17 => "#AC"u8,
        19 => "#XM"u8,
        Interrupt => "external interrupt"u8,
        Syscall => "system call"u8,
        UnknownHypercall => "hypercall without a number"u8,
        EntryFault => "fault at the guest's entry"u8,
        >= FirstHypercall and < FirstHypercall + Hypercalls => HypercallTable.NameOf(reason - FirstHypercall),
        _ => default,
    };
}
