; bad-values: every bit of CR4, EFER, XCR0 and MXCSR that is reserved, or not there, is refused; and other values that may not be.
;   SDM 3A, "Control Registers"; SDM 1, "MXCSR Control and Status Register"
%define Guest "bad-values"
%include "traps64.inc"

; features: r8d = CPUID 1 ECX, r9d = 7 EBX, r10d = 7 ECX
; bit_of REGISTER, BIT, TO: sets bit TO of r12 if that bit is set
%macro bit_of 3
        bt      %1, %2
        setc    al
        movzx   eax, al
        shl     rax, %3
        or      r12, rax
%endmacro

main64: mov     eax, 1
        cpuid
        mov     r8d, ecx
        xor     r9d, r9d
        xor     r10d, r10d
        xor     eax, eax
        cpuid
        cmp     eax, 7
        jb      .known
        mov     eax, 7
        xor     ecx, ecx
        cpuid
        mov     r9d, ebx
        mov     r10d, ecx
.known:
        ; CR4, a bit more each: r12 = those that there are. Not looked at: VMXE and SMXE, which a guest has not, CET and PKS.
        mov     r12d, 0x7FF
        bit_of  r10, 2, 11
        bit_of  r9, 0, 16
        bit_of  r8, 17, 17
        bit_of  r8, 26, 18
        bit_of  r9, 7, 20
        bit_of  r9, 20, 21
        bit_of  r10, 3, 22
        xor     r13d, r13d
        xor     r15d, r15d
.cr4:   mov     rcx, cr4
        mov     rbx, rcx
        bts     rcx, r15
        try     mov cr4, rcx
        mov     cr4, rbx
        cmp     qword [vector], -1
        jne     .next4
        bts     r13, r15
.next4: inc     r15d
        cmp     r15d, 64
        jb      .cr4
        mov     rax, ~((1 << 13) | (1 << 14) | (1 << 23) | (1 << 24))
        and     r13, rax
        check   "CR4: the bits that can be set", r13, r12
        mov     rcx, cr4
        bts     rcx, 12
        try     mov cr4, rcx
        check   "CR4.LA57 in IA-32e mode: #GP", [vector], 13
        bt      r8, 17
        jnc     .no_pcid
        mov     rax, cr3
        or      rax, 8                          ; PWT and PCD are of a PCID too
        mov     cr3, rax
        mov     rcx, cr4
        mov     rbx, rcx
        bts     rcx, 17
        try     mov cr4, rcx
        check   "CR4.PCIDE with CR3 bits 11:0 set: #GP", [vector], 13
        mov     rax, cr3
        and     rax, ~0xFFF
        mov     cr3, rax
        try     mov cr4, rcx
        check   "without them", [vector], -1
        mov     rax, cr3
        bts     rax, 63
        try     mov cr3, rax
        check   "CR3 bit 63 with CR4.PCIDE", [vector], -1
        mov     rax, cr3
        shr     rax, 63
        check   "is not kept", rax, 0
        mov     cr4, rbx
        mov     rax, cr3
        bts     rax, 63
        try     mov cr3, rax
        check   "without it: #GP", [vector], 13
.no_pcid:
        ; CR3: r12 = the bits beyond the addresses
        mov     eax, 0x80000008
        cpuid
        movzx   ecx, al
        mov     r12, -1
        shl     r12, cl
        btr     r12, 63
        xor     r13d, r13d
        mov     r15d, 40
.cr3:   mov     rcx, cr3
        bts     rcx, r15
        mov     rbx, cr3
        try     mov cr3, rcx
        cmp     qword [vector], 13
        jne     .next3
        bts     r13, r15
.next3: inc     r15d
        cmp     r15d, 63
        jb      .cr3
        check   "CR3: the bits that are refused", r13, r12

        ; EFER
        xor     r13d, r13d
        xor     r15d, r15d
.efer:  mov     ecx, 0xC0000080
        rdmsr
        shl     rdx, 32
        or      rax, rdx
        mov     rbx, rax
        bts     rax, r15
        mov     rdx, rax
        shr     rdx, 32
        try     wrmsr
        cmp     qword [vector], -1
        jne     .next_efer
        bts     r13, r15
        mov     eax, ebx
        xor     edx, edx
        mov     ecx, 0xC0000080
        wrmsr
.next_efer:
        inc     r15d
        cmp     r15d, 64
        jb      .efer
        check   "EFER: the bits that can be set", r13, 0xD01

        ; CR0
        mov     rbx, cr0
        mov     rax, rbx
        bts     rax, 29
        btr     rax, 30
        try     mov cr0, rax
        check   "CR0.NW without CD: #GP", [vector], 13
        mov     rax, rbx
        btr     rax, 0
        try     mov cr0, rax
        check   "CR0.PE off with paging: #GP", [vector], 13
        mov     rax, rbx
        btr     rax, 31
        btr     rax, 0
        try     mov cr0, rax
        check   "both off in 64-bit code: #GP", [vector], 13
        mov     rax, cr0
        check   "CR0 as before", rax, rbx

        ; DR6 and DR7
        mov     r15d, 32
        xor     r13d, r13d
.dr7:   mov     eax, 0x400
        bts     rax, r15
        try     mov dr7, rax
        cmp     qword [vector], 13
        jne     .dr6
        bts     r13, r15
.dr6:   mov     eax, 0
        bts     rax, r15
        try     mov dr6, rax
        cmp     qword [vector], 13
        je      .next_dr
        btr     r13, r15
.next_dr:
        inc     r15d
        cmp     r15d, 64
        jb      .dr7
        mov     rax, 0xFFFFFFFF00000000
        check   "DR6 and DR7: bits above 31 are refused", r13, rax

        ; XCR0
        bt      r8, 26
        jnc     .no_xsave
        mov     rax, cr4
        bts     rax, 18
        mov     cr4, rax
        mov     eax, 0xD
        xor     ecx, ecx
        cpuid
        mov     r12d, eax
        and     r12d, 7
        xor     r13d, r13d
        xor     ebx, ebx                        ; all of the low three
.low:   mov     eax, ebx
        xor     edx, edx
        xor     ecx, ecx
        try     xsetbv
        cmp     qword [vector], -1
        jne     .next_low
        bts     r13, rbx
.next_low:
        inc     ebx
        cmp     ebx, 8
        jb      .low
        mov     eax, 0x8A                       ; 1, 3 and 7
        cmp     r12d, 7
        mov     ecx, 0x0A
        cmovne  eax, ecx
        check   "XCR0: what x87, SSE and AVX may be together", r13, rax
        mov     r15d, 10
        xor     r13d, r13d
.high:  mov     eax, 1
        bts     rax, r15
        mov     rdx, rax
        shr     rdx, 32
        xor     ecx, ecx
        try     xsetbv
        cmp     qword [vector], 13
        jne     .next_high
        bts     r13, r15
.next_high:
        inc     r15d
        cmp     r15d, 64
        jb      .high
        mov     rax, -1 << 10
        check   "XCR0: bits from 10 on are refused", r13, rax
        mov     eax, 1
        xor     edx, edx
        mov     ecx, 1
        try     xsetbv
        check   "XCR1 is not there: #GP", [vector], 13
        mov     eax, 1
        xor     ecx, ecx
        xsetbv
        mov     qword [area + 512], 2           ; a component that is not enabled
        mov     eax, -1
        mov     edx, -1
        try     xrstor [area]
        check   "XRSTOR of what is not enabled: #GP", [vector], 13
        mov     qword [area + 512], 1
        mov     qword [area + 512 + 16], 1
        try     xrstor [area]
        check   "XRSTOR of a header with reserved bytes: #GP", [vector], 13
        try     xsave [area + 8]
        check   "XSAVE to what is not aligned: #GP", [vector], 13
.no_xsave:
        fxsave  [area]
        mov     dword [area + 24], 0x11F80
        try     fxrstor [area]
        check   "FXRSTOR of a reserved bit of MXCSR: #GP", [vector], 13
        mov     dword [area], 0x11F80
        try     ldmxcsr [area]
        check   "LDMXCSR of it: #GP", [vector], 13
        try     movaps xmm0, [area + 8]
        check   "MOVAPS of what is not aligned: #GP", [vector], 13

        ; what the processor has of these
        bt      r9, 18
        jnc     .no_seed
        try     rdseed eax
        check   "RDSEED", [vector], -1
.no_seed:
        or      dword [Tables], 4
        or      dword [Tables + 0x1000], 4
        or      dword [Tables + 0x2000 + 8 * 2], 4 ; 4 MiB: a page of ring 3
        mov     byte [0x400000], 0xC3
        mov     rax, cr3
        mov     cr3, rax
        mov     ebx, 0x400000
        bt      r9, 20
        jnc     .no_smap
        mov     rax, cr4
        bts     rax, 21
        mov     cr4, rax
        try     mov al, [rbx]
        check   "SMAP: ring 0 reads ring 3's page: #PF", [vector], 14
        check   "its error code", [error], 1
        try     mov [rbx], al
        check   "a write: its error code", [error], 3
        stac
        try     mov al, [rbx]
        check   "with AC", [vector], -1
        clac
        try     mov al, [rbx]
        check   "CLAC", [vector], 14
        mov     rax, cr4
        btr     rax, 21
        mov     cr4, rax
.no_smap:
        bt      r9, 7
        jnc     .no_smep
        mov     rax, cr4
        bts     rax, 20
        mov     cr4, rax
        try     call rbx
        check   "SMEP: ring 0 executes ring 3's page: #PF", [vector], 14
        check   "its error code", [error], 0x11
        mov     rax, cr4
        btr     rax, 20
        mov     cr4, rax
        try     call rbx
        check   "without it", [vector], -1
.no_smep:
        bt      r10, 2
        jnc     .no_umip
        mov     rax, cr4
        bts     rax, 11
        mov     cr4, rax
        try     sgdt [limit]
        check   "UMIP: SGDT in ring 0", [vector], -1
        try     call user
        check   "SGDT in ring 3: #GP", [vector], 13
        mov     rax, cr4
        btr     rax, 11
        mov     cr4, rax
.no_umip:
        jmp     finish64

; user: SGDT in ring 3
user:   mov     dword [0x400000], 0x2504010F ; SGDT [0x400080]
        mov     dword [0x400004], 0x00400080
        push    UserData
        push    0x400800
        push    2
        push    User64
        push    0x400000
        iretq
        align   16
limit:  dw      0xFFF
        dq      0
        times -($ - payload) & 63 db 0
area:   times   1024 db 0
        align   16, db 0
payload_end:
