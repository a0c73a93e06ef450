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
        jmp     finish64
        align   16
descriptor: dq  0, 0
pair:   dq      0x1111, 0x2222
        align   16, db 0
payload_end:
bits 32
