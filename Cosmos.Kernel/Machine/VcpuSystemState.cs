namespace Multicosm.Machine;

/// <summary>The registers of a vCPU that only a system's programmer looks at: what an inspection shows beside <see cref="VcpuState"/>.</summary>
public struct VcpuSystemState
{
    /// <summary>Page-directory-pointer-table entries as PAE paging loaded them.</summary>
    public ulong Pdpte0, Pdpte1, Pdpte2, Pdpte3;

    /// <summary>Debug registers.</summary>
    public ulong Dr0, Dr1, Dr2, Dr3, Dr6, Dr7;

    /// <summary>XCR0.</summary>
    public ulong Xcr0;

    /// <summary>IA32_STAR, IA32_LSTAR, IA32_CSTAR and IA32_FMASK.</summary>
    public ulong Star, Lstar, Cstar, SyscallMask;

    /// <summary>IA32_SYSENTER_CS, IA32_SYSENTER_ESP and IA32_SYSENTER_EIP.</summary>
    public ulong SysenterCs, SysenterEsp, SysenterEip;

    /// <summary>IA32_KERNEL_GS_BASE and IA32_TSC_AUX.</summary>
    public ulong KernelGsBase, TscAux;

    /// <summary>IA32_PAT.</summary>
    public ulong Pat;

    /// <summary>Page-directory-pointer-table entry <paramref name="index"/> (0..3).</summary>
    public readonly ulong Pdpte(uint index) => index switch
    {
        0 => Pdpte0,
        1 => Pdpte1,
        2 => Pdpte2,
        _ => Pdpte3,
    };
}
