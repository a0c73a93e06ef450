namespace Multicosm.Platform.Cpu;

/// <summary>
/// What a processor says of its leaks and of what helps: CPUID leaf 7's EBX and EDX, and IA32_ARCH_CAPABILITIES, 0 where it is not there.
/// </summary>
/// <source>SDM 2A, "CPUID - CPU Identification"; SDM 4, "Architectural MSRs"</source>
public readonly struct MitigationFacts(uint leaf7Ebx, uint leaf7Edx, ulong capabilities)
{
    /// <summary>Leaf 7 has EDX[29]: IA32_ARCH_CAPABILITIES exists.</summary>
    public const uint HasCapabilities = 1u << 29;

    /// <summary>IA32_PRED_CMD can clear the branch predictor.</summary>
    public bool HasBranchBarrier => (leaf7Edx & (1u << 26)) != 0;

    /// <summary>IA32_FLUSH_CMD can flush the L1 data cache.</summary>
    public bool HasCacheFlush => (leaf7Edx & (1u << 28)) != 0;

    /// <summary>VERW clears the buffers of loads and stores (MD_CLEAR).</summary>
    public bool HasBufferClear => (leaf7Edx & (1u << 10)) != 0;

    /// <summary>Transactions exist (RTM), whose abort may leak like MDS.</summary>
    public bool HasTransactions => (leaf7Ebx & (1u << 11)) != 0;

    /// <summary>RDCL_NO: no load passes by a permission or a not-present page, so L1TF is not there either.</summary>
    public bool RespectsPermissions => (capabilities & 1) != 0;

    /// <summary>SKIP_L1DFL_VMENTRY: a hypervisor under this one flushes already, or the processor needs none.</summary>
    public bool SkipsCacheFlush => (capabilities & (1 << 3)) != 0;

    /// <summary>MDS_NO.</summary>
    public bool KeepsBuffers => (capabilities & (1 << 5)) != 0;

    /// <summary>TAA_NO.</summary>
    public bool KeepsAborts => (capabilities & (1 << 8)) != 0;

    /// <summary>RFDS_CLEAR: the register file leaks, and VERW clears it.</summary>
    public bool LeaksRegisterFile => (capabilities & (1 << 28)) != 0;
}
