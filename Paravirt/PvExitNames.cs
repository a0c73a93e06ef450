using System;
using System.Runtime.CompilerServices;
using Multicosm.Paravirt.Entry;
using Multicosm.Paravirt.Hypercalls;

namespace Multicosm.Paravirt;

/// <summary>How exits of PV guests are counted and called: 0..31 exceptions, 32 interrupts, 33 and on other ways in, 64 and on hypercalls by number.</summary>
internal static class PvExitNames
{
    private const uint Interrupt = 32;
    /// <summary>A system call of a user program's.</summary>
    public const uint Syscall = 33;

    /// <summary>#PF.</summary>
    public const uint PageFault = 14;

    /// <summary>The hypercall iret.</summary>
    public const uint Return = FirstHypercall + 23;

    private const uint EntryFault = 34;
    private const uint UnknownHypercall = 35;
    private const uint FirstHypercall = 64;
    private const uint Hypercalls = 64;

    /// <summary>The reason of an exit by hypercall <paramref name="number"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ReasonOfHypercall(ulong number) => number < Hypercalls ? FirstHypercall + (uint)number : UnknownHypercall;

    /// <summary>The reason of an exit by <paramref name="vector"/>, all others.</summary>
    public static uint ReasonOf(uint vector) => vector switch
    {
        < Interrupt => vector,
        < 256 => Interrupt,
        (uint)PvExit.SystemCall or (uint)PvExit.Syscall32 or (uint)PvExit.Sysenter => Syscall,
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
        PageFault => "#PF"u8,
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
