namespace Multicosm.Machine;

/// <summary>A vCPU's architectural registers: where a loader starts it, and what a crash report prints.</summary>
public struct VcpuState
{
    /// <summary>General registers.</summary>
    public ulong Rax, Rbx, Rcx, Rdx, Rsi, Rdi, Rbp, Rsp, R8, R9, R10, R11, R12, R13, R14, R15;

    /// <summary>Instruction pointer and flags.</summary>
    public ulong Rip, Rflags;

    /// <summary>Control registers as the guest sees them.</summary>
    public ulong Cr0, Cr2, Cr3, Cr4;

    /// <summary>IA32_EFER as the guest sees it.</summary>
    public ulong Efer;

    /// <summary>Segment registers.</summary>
    public SegmentState Cs, Ss, Ds, Es, Fs, Gs, Tr, Ldtr;

    /// <summary>Descriptor table bases (linear).</summary>
    public ulong GdtrBase, IdtrBase;

    /// <summary>Descriptor table limits, last valid offset.</summary>
    public uint GdtrLimit, IdtrLimit;
}
