using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Multicosm.Platform.Cpu;

namespace Multicosm.Paravirt.Entry;

/// <summary>A PV guest's registers while the hypervisor runs, as pv_enter loads and saves them. Lies at the start of a frame of its own, so that Fx is aligned.</summary>
[NasmStructure]
[StructLayout(LayoutKind.Sequential)]
internal struct PvRegisters
{
    /// <summary>FXSAVE image: x87, MXCSR and XMM.</summary>
    public FxArea Fx;

    /// <summary>General registers but RSP.</summary>
    public ulong Rax, Rcx, Rbx, Rdx, Rsi, Rdi, Rbp, R8, R9, R10, R11, R12, R13, R14, R15;

    /// <summary>What brought the guest out: a <see cref="PvExit"/> value or the vector of an exception or interrupt, and the exception's error code.</summary>
    public ulong Vector, ErrorCode;

    /// <summary>As IRETQ pops them. Selectors have RPL 3, the flags IF set.</summary>
    public ulong Rip, Cs, Rflags, Rsp, Ss;

    /// <summary>Physical address of the level-4 table that the guest runs on: the kernel's or the user's.</summary>
    public ulong Cr3;

    /// <summary>Not 0 if the guest may be re-entered by SYSRET: RCX and R11 hold RIP and RFLAGS then.</summary>
    public ulong UsesSysret;

    /// <summary>Not 0 if the guest is entered with CR0.TS set: its next x87 or SSE instruction raises #NM.</summary>
    public ulong IsTaskSwitched;

    /// <summary>Not 0 if the CPU's buffers are cleared before each entry (MDS).</summary>
    public ulong ClearsBuffers;

    /// <summary>CR2 of the last #PF.</summary>
    public ulong FaultAddress;

    /// <summary>Not 0 while the guest's user programs run, 0 while its kernel does.</summary>
    public ulong IsUser;

    /// <summary>The base of GS that does not count now: the user's in the kernel, the kernel's in the user's programs.</summary>
    public ulong InactiveGsBase;

    // What follows is for the short ways of pv_short.asm. C# keeps it right; where something is missing, the guest comes out to C#.

    /// <summary>Physical addresses of the kernel's and the user's level-4 table; 0 if there is none.</summary>
    public ulong KernelTable, UserTable;

    /// <summary>Address of the vCPU's vcpu_info.</summary>
    public ulong Info;

    /// <summary>Handlers that mask events, for SYSCALL from user programs and for #PF; 0 if there is none such.</summary>
    public ulong SyscallHandler, PageFaultHandler;

    /// <summary>Linear address of the page with the top of the kernel's stack, and where it lies for the hypervisor; 1 if that is not known.</summary>
    public ulong StackPage, StackStart;

    /// <summary>Where the frame of a trap from user mode that has no error code goes: for the guest, and for the hypervisor. Where it lies is 0 if that is not known.</summary>
    public ulong UserFrameRsp, UserFrame;

    /// <summary>How often each of the short ways was gone.</summary>
    public ulong ShortSyscalls, ShortFaults, ShortReturns;

    [InlineArray(64)]
    internal struct FxArea
    {
        private ulong _first;
    }
}
