using System.Runtime.InteropServices;

namespace Multicosm.Platform.Interrupts;

/// <summary>What trap_common pushes: registers, vector, and the CPU's own frame.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TrapFrame
{
    public ulong Rax, Rbx, Rcx, Rdx, Rsi, Rdi, Rbp, R8, R9, R10, R11, R12, R13, R14, R15;
    public ulong Vector, ErrorCode;
    public ulong Rip, Cs, Rflags, Rsp, Ss;
}
