; features: instructions that CPUID shows work, and those that do not leave the guest.  SDM 2, "Instruction Set Reference"
%define Guest "features"
%include "traps64.inc"
main64: mov     eax, 0x80000001
        cpuid
        mov     eax, edx
        shr     eax, 27
        and     eax, 1
        check   "RDTSCP in CPUID", rax, 1
        mov     ecx, 0xC0000103
        mov     eax, 0x5A5A
        xor     edx, edx
        wrmsr
        rdtscp
        check   "RDTSCP: TSC_AUX", rcx, 0x5A5A
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        mov     r8, rax
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        cmp     rax, r8
        seta    al
        movzx   eax, al
        check   "the TSC goes on", rax, 1
        mov     ecx, 0x10
        rdmsr
        shl     rdx, 32
        or      rax, rdx
        mov     r9, rax
        sub     rax, r8
        shr     rax, 20
        check   "the MSR is the same", rax, 0
        try     rdrand eax
        check   "RDRAND", [vector], -1
        mov     ah, 0xD5
        sahf
        lahf
        shr     eax, 8
        and     eax, 0xFF
        check   "SAHF and LAHF in 64-bit code", rax, 0xD7
        mov     qword [descriptor], 0
        mov     qword [descriptor + 8], 0
        mov     eax, 2
        try     invpcid rax, [descriptor]
        check   "INVPCID of all", [vector], -1
        mov     eax, 7
        try     invpcid rax, [descriptor]
        check   "INVPCID of a type that is not there", [vector], 13
        mov     rax, cr4
        bts     rax, 17
        try     mov cr4, rax
        check   "CR4.PCIDE", [vector], -1
        mov     rax, cr3
        or      rax, 5
        try     mov cr3, rax
        check   "CR3 with a PCID", [vector], -1
        mov     rax, cr0
        and     eax, 0x7FFFFFFF
        mov     rax, cr3
        and     rax, ~5
        mov     cr3, rax
        mov     rax, cr4
        btr     rax, 17
        mov     cr4, rax
        try     rdfsbase rax
        check   "RDFSBASE without CR4.FSGSBASE", [vector], 6
        mov     rax, cr4
        bts     rax, 16
        mov     cr4, rax
        mov     rax, 0x1234567890
        wrfsbase rax
        rdfsbase rbx
        check   "WRFSBASE", rbx, 0x1234567890
        mov     ecx, 0xC0000100
        rdmsr
        check   "the MSR is the same", rax, 0x34567890
        pause
        popcnt  rax, rbx
        check   "POPCNT", rax, 15
        mov     eax, 1
        lzcnt   rax, rax
        check   "LZCNT", rax, 63
        invlpg  [0]
        wbinvd
        invd
        sfence
        lfence
        mfence
        clflush [descriptor]
        check   "what touches caches", [trap_count], 2
        cmpxchg16b [pair]
        check   "CMPXCHG16B: loads what differs", rax, 0x1111
        ; protection keys: user pages of key 1, for reads and writes of the kernel
        mov     eax, 7
        xor     ecx, ecx
        cpuid
        bt      ecx, 3
        jnc     no_keys
        shr     ecx, 4
        and     ecx, 1
        check   "OSPKE without CR4.PKE", rcx, 0
        xor     ecx, ecx
        try     rdpkru
        check   "RDPKRU without CR4.PKE", [vector], 6
        mov     rax, cr4
        bts     rax, 22
        try     mov cr4, rax
        check   "CR4.PKE", [vector], -1
        mov     eax, 7
        xor     ecx, ecx
        cpuid
        shr     ecx, 4
        and     ecx, 1
        check   "OSPKE with it", rcx, 1
        mov     rax, [Tables + 0x2000 + 0x28]   ; 10 to 12 MiB
        bts     rax, 59
        or      rax, 4
        mov     [Tables + 0x2000 + 0x28], rax
        or      byte [Tables + 0x1000], 4
        or      byte [Tables], 4
        mov     rax, cr3
        mov     cr3, rax
        mov     dword [0xA00000], 0x1234
        mov     eax, 8                          ; key 1: no writes
        xor     ecx, ecx
        xor     edx, edx
        wrpkru
        try     mov eax, [0xA00000]
        check   "write-disable lets read", [vector], -1
        mov     rax, cr0
        bts     rax, 16
        mov     cr0, rax
        try     mov [0xA00000], eax
        check   "and not write, with CR0.WP", [vector], 14
        check   "error code: PK, P, W", [error], 0x23
        xor     ecx, ecx
        rdpkru
        check   "RDPKRU", rax, 8
        mov     rax, cr4
        bts     rax, 18
        mov     cr4, rax
        xor     ecx, ecx
        xor     edx, edx
        mov     eax, 0x203
        try     xsetbv
        check   "XCR0 with PKRU", [vector], -1
        mov     eax, 0x200
        xor     edx, edx
        xsave   [area]
        mov     eax, [area + 2688]
        check   "XSAVE of PKRU", rax, 8
        mov     dword [area + 2688], 0
        mov     eax, 0x200
        xor     edx, edx
        xrstor  [area]
        xor     ecx, ecx
        rdpkru
        check   "XRSTOR of PKRU", rax, 0
no_keys:
        mov     eax, 0xD
        mov     ecx, 1
        cpuid
        bt      eax, 3
        jnc     no_supervisor
        mov     rax, cr4
        bts     rax, 18
        mov     cr4, rax
        xor     ecx, ecx
        xor     edx, edx
        mov     eax, 7
        xsetbv
        mov     eax, 0xD
        mov     ecx, 1
        cpuid
        check   "size of the compact form", rbx, 832
        mov     ecx, 0xDA0
        rdmsr
        check   "IA32_XSS", rax, 0
        vpcmpeqd ymm1, ymm1, ymm1
        mov     eax, 7
        xor     edx, edx
        try     xsaves [area]
        check   "XSAVES", [vector], -1
        mov     rax, [area + 520]
        shr     rax, 63
        check   "the compact form", rax, 1
        mov     eax, [area + 512]
        and     eax, 6                          ; whether x87 is in use is not ours to say
        check   "what is in use", rax, 6
        vpxor   ymm1, ymm1, ymm1
        mov     eax, 7
        xor     edx, edx
        try     xrstors [area]
        vmovd   ebx, xmm1
        check   "XRSTORS", [vector], -1
        check   "what it brings back", rbx, 0xFFFFFFFF
        mov     eax, 1
        mov     ecx, 0xDA0
        xor     edx, edx
        try     wrmsr
        check   "IA32_XSS of a component that is not there", [vector], 13
no_supervisor:
        jmp     finish64
        align   16
descriptor: dq  0, 0
pair:   dq      0x1111, 0x2222
        align   64, db 0
area:   times 4096 db 0
        align   16, db 0
payload_end:
bits 32
