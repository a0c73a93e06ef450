using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Multicosm.Platform.Cpu;

/// <summary>One physical CPU's state, found through GS. Assembly uses the offsets.</summary>
[NasmStructure]
[StructLayout(LayoutKind.Sequential)]
public unsafe struct PerCpu
{
    /// <summary>Address of this structure, so that one load finds it.</summary>
    public ulong Self;

    /// <summary>Stack pointer of the innermost containment frame, or 0.</summary>
    public ulong ContainmentFrame;

    /// <summary>What the last contained fault was.</summary>
    public ulong FaultVector, FaultErrorCode, FaultRip, FaultRsp, FaultRbp, FaultAddress;

    /// <summary>Next free byte and end of the scratch arena for exception objects.</summary>
    public ulong ScratchNext, ScratchEnd, ScratchStart;

    /// <summary>Host interrupt vectors taken and not yet dispatched: a bit each.</summary>
    public ulong Taken0, Taken1, Taken2, Taken3;

    /// <summary>Value that the VMCS of the attached vCPU holds as host RSP.</summary>
    public ulong VmcsHostRsp;

    /// <summary>The host's own level-4 table, and where the stack for interrupts of PV guests begins.</summary>
    public ulong HostCr3, EntryStackTop;

    /// <summary>How far the second mapping of section .entry lies from the first.</summary>
    public ulong EntryDistance;

    /// <summary>Where the attached PV vCPU's registers lie, and the host's stack pointer while it runs.</summary>
    public ulong GuestRegisters, GuestHostRsp;

    /// <summary>A register's place while the stubs find their way.</summary>
    public ulong GuestScratch;

    /// <summary>This CPU's number, from 0.</summary>
    public ulong Number;

    /// <summary>This CPU's state.</summary>
    public static PerCpu* Current => (PerCpu*)SelfPointer();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "per_cpu_self")]
    private static extern ulong SelfPointer();
}
