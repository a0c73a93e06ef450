using System;

namespace Multicosm.Domains.Policy;

/// <summary>What a guest sees of the processor, row by row. What has no row is 0: a feature is shown only if we know what it takes.</summary>
/// <source>SDM 2A, "CPUID - CPU Identification"</source>
public static class CpuidRules
{
    private const uint All = uint.MaxValue;

    private static readonly CpuidRule[] s_rows =
    [
        // 0: the vendor as it is; the highest leaf is set by the policy.
        new(0, 0, CpuidRegister.Ebx, All, 0),
        new(0, 0, CpuidRegister.Ecx, All, 0),
        new(0, 0, CpuidRegister.Edx, All, 0),

        // 1: family, model and stepping as they are: guests choose their workarounds by them.
        new(1, 0, CpuidRegister.Eax, 0x0FFF3FFF, 0),
        new(1, 0, CpuidRegister.Ebx, 0x0000FFFF, 1u << 16), // brand index, CLFLUSH size; one logical processor; the APIC id is set by the policy
        new(1, 0, CpuidRegister.Ecx, Leaf1EcxKept, (1u << 21) | (1u << 24) | (1u << 31)), // x2APIC and TSC_DEADLINE are emulated; a hypervisor is here
        new(1, 0, CpuidRegister.Edx, Leaf1EdxKept, 1u << 9), // the APIC is emulated

        // 2: cache descriptors: harmless.
        new(2, 0, CpuidRegister.Eax, All, 0),
        new(2, 0, CpuidRegister.Ebx, All, 0),
        new(2, 0, CpuidRegister.Ecx, All, 0),
        new(2, 0, CpuidRegister.Edx, All, 0),

        // 4: the caches, without how many cores and threads share them: this package has one of each.
        new(4, 0, CpuidRegister.Eax, 0x3FF, 0),
        new(4, 0, CpuidRegister.Ebx, All, 0),
        new(4, 0, CpuidRegister.Ecx, All, 0),
        new(4, 0, CpuidRegister.Edx, All, 0),
        new(4, 1, CpuidRegister.Eax, 0x3FF, 0),
        new(4, 1, CpuidRegister.Ebx, All, 0),
        new(4, 1, CpuidRegister.Ecx, All, 0),
        new(4, 1, CpuidRegister.Edx, All, 0),
        new(4, 2, CpuidRegister.Eax, 0x3FF, 0),
        new(4, 2, CpuidRegister.Ebx, All, 0),
        new(4, 2, CpuidRegister.Ecx, All, 0),
        new(4, 2, CpuidRegister.Edx, All, 0),
        new(4, 3, CpuidRegister.Eax, 0x3FF, 0),
        new(4, 3, CpuidRegister.Ebx, All, 0),
        new(4, 3, CpuidRegister.Ecx, All, 0),
        new(4, 3, CpuidRegister.Edx, All, 0),

        // 6: no thermal sensors and no power states; but the APIC timer never stops (ARAT), since it is emulated.
        new(6, 0, CpuidRegister.Eax, 0, 1u << 2),

        // 7: features that need no more than what the backend switches with the vCPU.
        new(7, 0, CpuidRegister.Ebx, Leaf7EbxKept, 0),
        new(7, 0, CpuidRegister.Ecx, Leaf7EcxKept, 0),
        new(7, 0, CpuidRegister.Edx, Leaf7EdxKept, 0),

        // 0xB: one thread, one core; the x2APIC id in EDX is set by the policy.
        new(0xB, 0, CpuidRegister.Ebx, 0, 1),
        new(0xB, 0, CpuidRegister.Ecx, 0, 0x100),
        new(0xB, 1, CpuidRegister.Ebx, 0, 1),
        new(0xB, 1, CpuidRegister.Ecx, 0, 0x201),

        // 0xD: x87, SSE, AVX and PKRU state. The sizes are set by the policy, the enabled ones by the backend.
        new(0xD, 0, CpuidRegister.Eax, 0x207, 0),
        new(0xD, 1, CpuidRegister.Eax, 0xF, 0), // XSAVEOPT, XSAVEC, XGETBV with ECX = 1, XSAVES, which has no component of its own here
        new(0xD, 2, CpuidRegister.Eax, All, 0), // size of the AVX state
        new(0xD, 2, CpuidRegister.Ebx, All, 0), // and its offset
        new(0xD, 9, CpuidRegister.Eax, All, 0), // the same of PKRU
        new(0xD, 9, CpuidRegister.Ebx, All, 0),

        // 0x15 and 0x16 are 0, "not enumerated": what processors say there of their frequencies need not be what the TSC does; guests measure it.
        // 0x1F: as 0xB.
        new(0x1F, 0, CpuidRegister.Ebx, 0, 1),
        new(0x1F, 0, CpuidRegister.Ecx, 0, 0x100),
        new(0x1F, 1, CpuidRegister.Ebx, 0, 1),
        new(0x1F, 1, CpuidRegister.Ecx, 0, 0x201),

        // 0x40000000: who we are. "Multicosm HV", and one more leaf with the version.
        new(0x40000000, 0, CpuidRegister.Eax, 0, 0x40000001),
        new(0x40000000, 0, CpuidRegister.Ebx, 0, 0x746C754D),
        new(0x40000000, 0, CpuidRegister.Ecx, 0, 0x736F6369),
        new(0x40000000, 0, CpuidRegister.Edx, 0, 0x5648206D),
        new(0x40000001, 0, CpuidRegister.Eax, 0, 0x00000001), // version 0.1, 16 bits each

        // 0x80000001: LAHF, LZCNT, PREFETCHW; SYSCALL, NX, 1 GiB pages, RDTSCP, 64-bit mode. Not SVM.
        new(0x80000001, 0, CpuidRegister.Ecx, (1u << 0) | (1u << 5) | (1u << 8), 0),
        new(0x80000001, 0, CpuidRegister.Edx, (1u << 11) | (1u << 20) | (1u << 26) | (1u << 27) | (1u << 29), 0),

        // 0x80000002..4: the brand string.
        new(0x80000002, 0, CpuidRegister.Eax, All, 0),
        new(0x80000002, 0, CpuidRegister.Ebx, All, 0),
        new(0x80000002, 0, CpuidRegister.Ecx, All, 0),
        new(0x80000002, 0, CpuidRegister.Edx, All, 0),
        new(0x80000003, 0, CpuidRegister.Eax, All, 0),
        new(0x80000003, 0, CpuidRegister.Ebx, All, 0),
        new(0x80000003, 0, CpuidRegister.Ecx, All, 0),
        new(0x80000003, 0, CpuidRegister.Edx, All, 0),
        new(0x80000004, 0, CpuidRegister.Eax, All, 0),
        new(0x80000004, 0, CpuidRegister.Ebx, All, 0),
        new(0x80000004, 0, CpuidRegister.Ecx, All, 0),
        new(0x80000004, 0, CpuidRegister.Edx, All, 0),

        // 0x80000006: the L2 cache's line.
        new(0x80000006, 0, CpuidRegister.Ecx, All, 0),

        // 0x80000007: the TSC is invariant if the processor's is: guests read that one.
        new(0x80000007, 0, CpuidRegister.Edx, 1u << 8, 0),

        // 0x80000008: physical address bits as they are; 48 linear ones: no LA57.
        new(0x80000008, 0, CpuidRegister.Eax, 0xFF, 48u << 8),
    ];

    /// <summary>The rows, sorted by leaf, subleaf and register.</summary>
    public static ReadOnlySpan<CpuidRule> Rows => s_rows;

    // SSE3, PCLMULQDQ, SSSE3, FMA, CMPXCHG16B, PCID, SSE4.1, SSE4.2, MOVBE, POPCNT, AES, XSAVE, AVX, F16C, RDRAND.
    // Hidden: DTES64 (2), MONITOR (3), DS-CPL (4), VMX (5), SMX (6), EST (7), TM2 (8), CNXT-ID (10), SDBG (11), xTPR (14), PDCM (15), DCA (18).
    // OSXSAVE (27) is the backend's: it follows CR4.
    private const uint Leaf1EcxKept = (1u << 0) | (1u << 1) | (1u << 9) | (1u << 12) | (1u << 13) | (1u << 17) | (1u << 19) | (1u << 20)
        | (1u << 22) | (1u << 23) | (1u << 25) | (1u << 26) | (1u << 28) | (1u << 29) | (1u << 30);

    // FPU, VME, DE, PSE, TSC, MSR, PAE, MCE, CX8, SEP, MTRR, PGE, MCA, CMOV, PAT, PSE36, CLFSH, MMX, FXSR, SSE, SSE2, SS.
    // Hidden: PSN (18), DS (21), ACPI (22), HTT (28: one logical processor), TM (29), PBE (31).
    private const uint Leaf1EdxKept = 0x1FF | (1u << 11) | (1u << 12) | (1u << 13) | (1u << 14) | (1u << 15) | (1u << 16) | (1u << 17)
        | (1u << 19) | (1u << 23) | (1u << 24) | (1u << 25) | (1u << 26) | (1u << 27);

    // FSGSBASE, TSC_ADJUST, BMI1, AVX2, FDP_EXCPTN_ONLY, SMEP, BMI2, ERMS, INVPCID, FCS/FDS deprecated, RDSEED, ADX, SMAP, CLFLUSHOPT, CLWB, SHA.
    // Hidden: SGX (2), HLE (4), RTM (11), RDT (12, 15), MPX (14), PT (25), all AVX-512.
    private const uint Leaf7EbxKept = (1u << 0) | (1u << 1) | (1u << 3) | (1u << 5) | (1u << 6) | (1u << 7) | (1u << 8) | (1u << 9) | (1u << 10)
        | (1u << 13) | (1u << 18) | (1u << 19) | (1u << 20) | (1u << 23) | (1u << 24) | (1u << 29);

    // UMIP, PKU, GFNI, VAES, VPCLMULQDQ, RDPID. Hidden: WAITPKG (5), CET (7), LA57 (16), SGX_LC (30), PKS (31), AVX-512 ones.
    // OSPKE (4) is the backend's: it follows CR4.
    private const uint Leaf7EcxKept = (1u << 2) | (1u << 3) | (1u << 8) | (1u << 9) | (1u << 10) | (1u << 22);

    // Fast short REP MOV, MD_CLEAR. Hidden: what needs SPEC_CTRL, ARCH_CAPABILITIES or CORE_CAPABILITIES, CET, PCONFIG, AMX.
    private const uint Leaf7EdxKept = (1u << 4) | (1u << 10);
}
