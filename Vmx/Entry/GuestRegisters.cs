using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Multicosm.Platform.Cpu;

namespace Multicosm.Vmx.Entry;

/// <summary>What vmx_enter loads and saves; lies at the start of a frame of its own, so that Fx is aligned.</summary>
[NasmStructure]
[StructLayout(LayoutKind.Sequential)]
internal struct GuestRegisters
{
    /// <summary>FXSAVE image: x87, MXCSR and XMM.</summary>
    public FxArea Fx;

    /// <summary>
    /// General registers by the numbers that instructions have for them; RSP is the VMCS's, and nobody looks at its place here. RAX and RCX stand together: an
    /// exit's record takes both at once.
    /// </summary>
    public ulong Rax, Rcx, Rdx, Rbx, PlaceOfRsp, Rbp, Rsi, Rdi, R8, R9, R10, R11, R12, R13, R14, R15;

    /// <summary>
    /// Read at each exit. RIP is written back at each entry: a handler changes it here. Of the interruptibility only the shadows of STI
    /// and MOV SS (bits 1:0) are kept up to date between exits; NMI blocking is the VMCS's.
    /// </summary>
    public ulong ExitReason, Qualification, InstructionLength, Rip, Rflags, Interruptibility;

    /// <summary>Read by vmx_read_access.</summary>
    public ulong AccessAddress, IdtVectoring, CsAccessRights, EntryControls, Cr3, Dr7;

    /// <summary>TSC at which the run is over; no entry from then on, and the VMX-preemption timer ends a run in the guest.</summary>
    public ulong Until;

    /// <summary>The timer counts the TSC shifted right by so many bits.</summary>
    public ulong TimerShift;

    /// <summary>0 until VMLAUNCH succeeded: from then on VMRESUME.</summary>
    public ulong IsLaunched;

    /// <summary>Host RSP that the VMCS holds.</summary>
    public ulong HostRsp;

    /// <summary>Debug registers 0 to 3 and 6 while detached.</summary>
    public ulong Dr0, Dr1, Dr2, Dr3, Dr6;

    /// <summary>Guest XCR0 while detached.</summary>
    public ulong Xcr0;

    /// <summary>MSRs that stay loaded while attached.</summary>
    public ulong KernelGsBase, Star, Lstar, Cstar, SyscallMask, TscAux;

    /// <summary>Guest CR2 while detached.</summary>
    public ulong Cr2;

    [InlineArray(64)]
    internal struct FxArea
    {
        private ulong _first;
    }
}
