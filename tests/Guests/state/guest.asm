; state: general, XMM, YMM and x87 registers survive exits of every kind, and other domains that run in between.
;   The pattern depends on the TSC, so two of these beside each other hold different ones.
%include "microguest.inc"

Rounds  equ 3000
main:
        mov     eax, start64
        jmp     enter_long_mode
bits 64
start64:
        mov     eax, 1
        cpuid
        mov     esi, ecx
        and     esi, (1 << 26) | (1 << 28)      ; XSAVE and AVX
        cmp     esi, (1 << 26) | (1 << 28)
        sete    [has_avx]
        jne     .seeded
        mov     rax, cr4
        or      rax, 1 << 18
        mov     cr4, rax
        xor     ecx, ecx
        xor     edx, edx
        mov     eax, 7
        xsetbv
.seeded:
        rdtsc
        mov     [seed], eax
        mov     [seed + 4], eax
        not     dword [seed + 4]

        ; every register gets seed + its number, every 64-bit lane of vector register n gets seed + 256 * n + lane
        mov     rdi, lanes
        mov     rax, [seed]
        xor     ecx, ecx
.fill:  mov     [rdi + rcx * 8], rax
        inc     rax
        inc     ecx
        cmp     ecx, 64
        jb      .fill
        fninit
        fild    qword [seed]
        cmp     byte [has_avx], 0
        je      .sse
%assign n 0
%rep 16
        vmovups ymm %+ n, [lanes + n * 32]
%assign n n + 1
%endrep
        jmp     .loaded
.sse:
%assign n 0
%rep 16
        movups  xmm %+ n, [lanes + n * 32]
%assign n n + 1
%endrep
.loaded:
        mov     dword [round], Rounds
.again:
        mov     rbx, [seed]
        lea     rbp, [rbx + 5]
        lea     rdi, [rbx + 7]
        lea     r8,  [rbx + 8]
        lea     r9,  [rbx + 9]
        lea     r10, [rbx + 10]
        lea     r11, [rbx + 11]
        lea     r12, [rbx + 12]
        lea     r13, [rbx + 13]
        lea     r14, [rbx + 14]
        lea     r15, [rbx + 15]
        mov     r11, rbx
        xor     eax, eax
        cpuid                                   ; exits: CPUID, IN, OUT, emulated memory, MSR
        mov     rbx, r11
        in      al, 0x21
        out     0x80, al
        mov     rcx, ApicPage
        mov     eax, [rcx + 0x30]
        mov     [rcx + 0xB0], eax
        mov     ecx, 0x1B
        rdmsr
        cmp     rbx, [seed]
        jne     .general
        lea     rax, [rbx + 5]
        cmp     rbp, rax
        jne     .general
        lea     rax, [rbx + 7]
        cmp     rdi, rax
        jne     .general
        cmp     r11, rbx
        jne     .general
%assign n 8
%rep 8
%if n != 11
        lea     rax, [rbx + n]
        cmp     r %+ n, rax
        jne     .general
%endif
%assign n n + 1
%endrep
        cmp     byte [has_avx], 0
        je      .store_sse
%assign n 0
%rep 16
        vmovups [stored + n * 32], ymm %+ n
%assign n n + 1
%endrep
        mov     ecx, 64
        xor     edx, edx
.compare_avx:
        mov     rax, [lanes + rdx * 8]
        cmp     rax, [stored + rdx * 8]
        jne     .vector
        inc     edx
        loop    .compare_avx
        jmp     .x87
.store_sse:
%assign n 0
%rep 16
        movups  [stored + n * 32], xmm %+ n
%assign n n + 1
%endrep
        xor     edx, edx
.compare_sse:
        mov     rax, [lanes + rdx * 8]
        cmp     rax, [stored + rdx * 8]
        jne     .vector
        inc     edx
        test    edx, 2
        jz      .compare_sse
        add     edx, 2
        cmp     edx, 64
        jb      .compare_sse
.x87:   fld     st0
        fistp   qword [stored]
        mov     rax, [stored]
        cmp     rax, [seed]
        jne     .float
        dec     dword [round]
        jnz     .again
        cmp     byte [has_avx], 0
        je      .passed_sse
        say     "state: general, x87 and YMM registers kept", 13, 10
        jmp     finish64
.passed_sse:
        say     "state: general, x87 and XMM registers kept", 13, 10
        jmp     finish64
.general:
        say     "state: FAILED, a general register changed", 13, 10
        jmp     finish64
.vector:
        say     "state: FAILED, a vector register changed", 13, 10
        jmp     finish64
.float: say     "state: FAILED, an x87 register changed", 13, 10
        jmp     finish64

        align   32
seed:   dq      0
round:  dd      0
has_avx: db     0
        align   32
lanes:  times 64 dq 0
stored: times 64 dq 0
        align   16, db 0
payload_end:
