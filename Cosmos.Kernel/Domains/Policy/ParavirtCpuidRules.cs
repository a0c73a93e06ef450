using System;

namespace Multicosm.Domains.Policy;

/// <summary>
/// What the kernel of a paravirtual guest sees of the processor, as <see cref="CpuidRules"/> for the others. Its user programs may ask the
/// processor itself, so nothing is shown that it lacks; what is hidden is hidden from the kernel, which would use it.
/// </summary>
/// <source>SDM 2A, "CPUID - CPU Identification"; Xen headers "arch-x86/cpuid.h"</source>
public static class ParavirtCpuidRules
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
        new(1, 0, CpuidRegister.Ecx, Leaf1EcxKept, 1u << 31), // a hypervisor is here
        new(1, 0, CpuidRegister.Edx, Leaf1EdxKept, 0),

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

        // 7: what user programs can use.
        new(7, 0, CpuidRegister.Ebx, Leaf7EbxKept, 0),
        new(7, 0, CpuidRegister.Ecx, Leaf7EcxKept, 0),
        new(7, 0, CpuidRegister.Edx, Leaf7EdxKept, 0),

        // 0xD: x87, SSE and AVX state. The sizes are set by the policy, the enabled one by the backend.
        new(0xD, 0, CpuidRegister.Eax, 7, 0),
        new(0xD, 1, CpuidRegister.Eax, (1u << 0) | (1u << 2), 0), // XSAVEOPT, XGETBV with ECX = 1
        new(0xD, 2, CpuidRegister.Eax, All, 0), // size of the AVX state
        new(0xD, 2, CpuidRegister.Ebx, All, 0), // and its offset

        // 0x40000000: the interface's name, "XenVMMXenVMM", and how many leaves follow.
        new(0x40000000, 0, CpuidRegister.Eax, 0, 0x40000005),
        new(0x40000000, 0, CpuidRegister.Ebx, 0, 0x566E6558),
        new(0x40000000, 0, CpuidRegister.Ecx, 0, 0x65584D4D),
        new(0x40000000, 0, CpuidRegister.Edx, 0, 0x4D4D566E),

        // 1: the version whose interface this is, 4.17.
        new(0x40000001, 0, CpuidRegister.Eax, 0, (4u << 16) | 17),

        // 2: one hypercall page, by this MSR; MMU_PT_UPDATE_PRESERVE_AD is there.
        new(0x40000002, 0, CpuidRegister.Eax, 0, 1),
        new(0x40000002, 0, CpuidRegister.Ebx, 0, 0x40000000),
        new(0x40000002, 0, CpuidRegister.Ecx, 0, 1),

        // 5: bits of a machine address: RAM up to 1 TiB is used.
        new(0x40000005, 0, CpuidRegister.Ebx, 0, 40),

        // 0x80000001: LAHF, LZCNT, PREFETCHW; SYSCALL, NX, 64-bit mode. Not SVM; not RDTSCP: IA32_TSC_AUX is nobody's.
        new(0x80000001, 0, CpuidRegister.Ecx, (1u << 0) | (1u << 5) | (1u << 8), 0),
        new(0x80000001, 0, CpuidRegister.Edx, (1u << 11) | (1u << 20) | (1u << 29), 0),

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

    // SSE3, PCLMULQDQ, SSSE3, FMA, CMPXCHG16B, SSE4.1, SSE4.2, MOVBE, POPCNT, AES, XSAVE, AVX, F16C, RDRAND.
    // Hidden besides what no guest gets: PCID (17), x2APIC (21), TSC_DEADLINE (24). OSXSAVE (27) is the backend's: it follows CR4.
    private const uint Leaf1EcxKept = (1u << 0) | (1u << 1) | (1u << 9) | (1u << 12) | (1u << 13) | (1u << 19) | (1u << 20)
        | (1u << 22) | (1u << 23) | (1u << 25) | (1u << 26) | (1u << 28) | (1u << 29) | (1u << 30);

    // FPU, DE, TSC, MSR, PAE, MCE, CX8, APIC, SEP, MCA, CMOV, PAT, CLFSH, MMX, FXSR, SSE, SSE2, SS.
    // Hidden besides: VME (1), PSE (3), MTRR (12), PGE (13), PSE36 (17): pages are the hypervisor's business.
    private const uint Leaf1EdxKept = (1u << 0) | (1u << 2) | (1u << 4) | (1u << 5) | (1u << 6) | (1u << 7) | (1u << 8) | (1u << 9)
        | (1u << 11) | (1u << 14) | (1u << 15) | (1u << 16) | (1u << 19) | (1u << 23) | (1u << 24) | (1u << 25) | (1u << 26) | (1u << 27);

    // FSGSBASE, BMI1, AVX2, FDP_EXCPTN_ONLY, BMI2, ERMS, FCS/FDS deprecated, RDSEED, ADX, CLFLUSHOPT, CLWB, SHA.
    // Hidden besides: TSC_ADJUST (1), SMEP (7), INVPCID (10), SMAP (20).
    private const uint Leaf7EbxKept = (1u << 0) | (1u << 3) | (1u << 5) | (1u << 6) | (1u << 8) | (1u << 9)
        | (1u << 13) | (1u << 18) | (1u << 19) | (1u << 23) | (1u << 24) | (1u << 29);

    // GFNI, VAES, VPCLMULQDQ. Hidden besides: RDPID (22), which reads IA32_TSC_AUX.
    private const uint Leaf7EcxKept = (1u << 8) | (1u << 9) | (1u << 10);

    // Fast short REP MOV, MD_CLEAR.
    private const uint Leaf7EdxKept = (1u << 4) | (1u << 10);
}
