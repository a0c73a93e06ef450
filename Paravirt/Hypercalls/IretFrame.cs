using System.Runtime.InteropServices;

namespace Multicosm.Paravirt.Hypercalls;

/// <summary>What iret finds on the kernel's stack.</summary>
/// <source>Xen headers "arch-x86/xen-x86_64.h"</source>
[StructLayout(LayoutKind.Sequential)]
internal struct IretFrame
{
    /// <summary>RAX to return with, R11 and RCX to restore unless <see cref="Flags"/> says that they are lost anyway.</summary>
    public ulong Rax, R11, Rcx;

    /// <summary>Bit 8: the return is from a system call, so R11 and RCX need not be restored.</summary>
    public ulong Flags;

    /// <summary>Where to go.</summary>
    public ulong Rip, Cs, Rflags, Rsp, Ss;
}
