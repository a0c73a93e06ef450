; inherit: finds at its start every register as the manual has it after reset, whatever another domain left in the CPU; then puts patterns of
;   its own into all of them (the command line's first character is the seed) and finds them kept while other domains run in between.
;   What it checks: x87, MXCSR, XMM and the upper halves of YMM, XCR0, DR0 to DR3, DR6, DR7, CR2, the MSRs that it reaches without an exit, and two bytes that
;   devices keep for a guest.
%include "microguest.inc"

Rounds  equ 400
CmosByte equ 0x50
main:
        mov     eax, start64
        jmp     enter_long_mode
bits 64
%macro fresh 2                                  ; rax must be this
        mov     rbx, %1
        cmp     rax, rbx
        je      %%good
        say     "inherit: FAILED, not fresh: ", %2, 13, 10
%%good:
%endmacro
%macro fresh_msr 2-3 0                          ; number, name, value
        mov     ecx, %1
        call    read_msr
        fresh   %3, %2
%endmacro
%macro put_msr 2                                ; number, what is added to the seed
        mov     ecx, %1
        mov     rax, [seed]
        add     rax, %2
        call    write_msr
%endmacro
%macro kept_msr 3                               ; number, what was added, name
        mov     ecx, %1
        call    read_msr
        mov     rbx, [seed]
        add     rbx, %2
        cmp     rax, rbx
        je      %%good
        say     "inherit: FAILED, not kept: ", %3, 13, 10
        jmp     finish64
%%good:
%endmacro
%macro kept 2                                   ; rax must be the seed and this
        mov     rbx, [seed]
        add     rbx, %1
        cmp     rax, rbx
        je      %%good
        say     "inherit: FAILED, not kept: ", %2, 13, 10
        jmp     finish64
%%good:
%endmacro

start64:
        mov     [first_r8], r8
        mov     [first_r15], r15
        mov     rsp, 0x200000

        ; x87 and SSE, before anything uses them
        fxsave64 [image]
        movzx   eax, word [image]
        fresh   0x37F, "FCW"
        movzx   eax, word [image + 2]
        fresh   0, "FSW"
        movzx   eax, byte [image + 4]
        fresh   0, "FTW"
        mov     eax, [image + 24]
        fresh   0x1F80, "MXCSR"
        mov     rdi, image + 32
        mov     ecx, (8 * 16 + 16 * 16) / 8     ; ST0 to ST7, XMM0 to XMM15
        call    or_of
        fresh   0, "ST or XMM"
        mov     eax, 1
        cpuid
        and     ecx, (1 << 26) | (1 << 28)      ; XSAVE and AVX
        cmp     ecx, (1 << 26) | (1 << 28)
        sete    [has_avx]
        jne     .no_avx
        mov     rax, cr4
        or      rax, 1 << 18
        mov     cr4, rax
        xor     ecx, ecx
        xgetbv
        fresh   1, "XCR0"
        mov     eax, 7
        xor     edx, edx
        xor     ecx, ecx
        xsetbv
%assign n 0
%rep 16
        vmovups [lanes + n * 32], ymm %+ n
%assign n n + 1
%endrep
        mov     rdi, lanes
        mov     ecx, 64
        call    or_of
        fresh   0, "YMM"
.no_avx:
        mov     rax, [first_r8]
        fresh   0, "R8"
        mov     rax, [first_r15]
        fresh   0, "R15"
        mov     rax, dr0
        fresh   0, "DR0"
        mov     rax, dr1
        fresh   0, "DR1"
        mov     rax, dr2
        fresh   0, "DR2"
        mov     rax, dr3
        fresh   0, "DR3"
        mov     rax, dr6
        fresh   0xFFFF0FF0, "DR6"
        mov     rax, dr7
        fresh   0x400, "DR7"
        mov     rax, cr2
        fresh   0, "CR2"
        fresh_msr 0x174, "SYSENTER_CS"
        fresh_msr 0x175, "SYSENTER_ESP"
        fresh_msr 0x176, "SYSENTER_EIP"
        fresh_msr 0x277, "PAT", 0x0007040600070406
        fresh_msr 0xC0000081, "STAR"
        fresh_msr 0xC0000082, "LSTAR"
        fresh_msr 0xC0000083, "CSTAR"
        fresh_msr 0xC0000084, "FMASK"
        fresh_msr 0xC0000100, "FS_BASE"
        fresh_msr 0xC0000101, "GS_BASE"
        fresh_msr 0xC0000102, "KERNEL_GS_BASE"
        call    has_rdtscp
        jz      .no_aux
        fresh_msr 0xC0000103, "TSC_AUX"
.no_aux:
        mov     edx, Com1 + 7
        in      al, dx
        movzx   eax, al
        fresh   0, "the UART's scratch register"
        mov     al, CmosByte
        out     0x70, al
        in      al, 0x71
        movzx   eax, al
        fresh   0, "CMOS memory"
        say     "inherit: looked", 13, 10

        ; patterns: small enough to be canonical, and below 4 GiB where a register is 32 bits wide
        mov     ebx, [zero_page]
        mov     ebx, [rbx + 0x228]
        movzx   eax, byte [rbx]
        shl     eax, 20
        mov     [seed], rax
        mov     al, 0x5A
        mov     edx, Com1 + 7
        out     dx, al
        out     0x71, al                        ; the index is still there
        put_msr 0x174, 1
        put_msr 0x175, 2
        put_msr 0x176, 3
        put_msr 0xC0000081, 4
        put_msr 0xC0000082, 5
        put_msr 0xC0000083, 6
        put_msr 0xC0000084, 7
        put_msr 0xC0000100, 8
        put_msr 0xC0000101, 9
        put_msr 0xC0000102, 10
        call    has_rdtscp
        jz      .put_debug
        put_msr 0xC0000103, 11
.put_debug:
        mov     rax, [seed]
        inc     rax
        mov     dr0, rax
        inc     rax
        mov     dr1, rax
        inc     rax
        mov     dr2, rax
        inc     rax
        mov     dr3, rax
        inc     rax
        mov     cr2, rax
        mov     eax, 0xFFFF0FF1                 ; B0
        mov     dr6, rax
        mov     dword [mxcsr], 0x9FC0           ; flush to zero, denormals are zeros
        ldmxcsr [mxcsr]
        mov     word [control], 0x27F
        fldcw   [control]
        fild    qword [seed]
        mov     rdi, lanes
        mov     rax, [seed]
        mov     ecx, 64
.lane:  mov     [rdi], rax
        inc     rax
        add     rdi, 8
        dec     ecx
        jnz     .lane
        cmp     byte [has_avx], 0
        je      .sse
%assign n 0
%rep 16
        vmovups ymm %+ n, [lanes + n * 32]
%assign n n + 1
%endrep
        jmp     .filled
.sse:
%assign n 0
%rep 16
        movups  xmm %+ n, [lanes + n * 32]
%assign n n + 1
%endrep
.filled:
        say     "inherit: set", 13, 10

        mov     dword [round], Rounds
.again: mov     ecx, 20000                      ; long enough that others come in between
.spin:  dec     ecx
        jnz     .spin
        xor     eax, eax
        cpuid
        kept_msr 0x174, 1, "SYSENTER_CS"
        kept_msr 0x175, 2, "SYSENTER_ESP"
        kept_msr 0x176, 3, "SYSENTER_EIP"
        kept_msr 0xC0000081, 4, "STAR"
        kept_msr 0xC0000082, 5, "LSTAR"
        kept_msr 0xC0000083, 6, "CSTAR"
        kept_msr 0xC0000084, 7, "FMASK"
        kept_msr 0xC0000100, 8, "FS_BASE"
        kept_msr 0xC0000101, 9, "GS_BASE"
        kept_msr 0xC0000102, 10, "KERNEL_GS_BASE"
        call    has_rdtscp
        jz      .debug
        kept_msr 0xC0000103, 11, "TSC_AUX"
.debug: mov     rax, dr0
        kept    1, "DR0"
        mov     rax, dr1
        kept    2, "DR1"
        mov     rax, dr2
        kept    3, "DR2"
        mov     rax, dr3
        kept    4, "DR3"
        mov     rax, cr2
        kept    5, "CR2"
        mov     rax, dr6
        cmp     eax, 0xFFFF0FF1
        jne     .dr6
        stmxcsr [mxcsr]
        cmp     dword [mxcsr], 0x9FC0
        jne     .mxcsr
        fnstcw  [control]
        cmp     word [control], 0x27F
        jne     .x87
        fld     st0
        fistp   qword [control64]
        mov     rax, [control64]
        kept    0, "ST0"
        cmp     byte [has_avx], 0
        je      .legacy
%assign n 0
%rep 16
        vmovups [stored + n * 32], ymm %+ n
%assign n n + 1
%endrep
        mov     rsi, lanes
        mov     rdi, stored
        mov     ecx, 64
        repe cmpsq
        jne     .vector
        jmp     .next
.legacy:
        movups  [stored], xmm15
        mov     rax, [stored]
        kept    15 * 4, "XMM15"
.next:  dec     dword [round]
        jnz     .again
        mov     edx, Com1 + 7
        in      al, dx
        mov     ah, al
        in      al, 0x71
        cmp     ax, 0x5A5A
        jne     .device
        say     "inherit: kept", 13, 10
        jmp     finish64
.dr6:   say     "inherit: FAILED, not kept: DR6", 13, 10
        jmp     finish64
.mxcsr: say     "inherit: FAILED, not kept: MXCSR", 13, 10
        jmp     finish64
.x87:   say     "inherit: FAILED, not kept: FCW", 13, 10
        jmp     finish64
.device:
        say     "inherit: FAILED, not kept: UART or CMOS", 13, 10
        jmp     finish64
.vector:
        say     "inherit: FAILED, not kept: XMM or YMM", 13, 10
        jmp     finish64

read_msr:                                       ; ecx; rax = value
        rdmsr
        shl     rdx, 32
        or      rax, rdx
        ret
write_msr:                                      ; ecx = rax
        mov     rdx, rax
        shr     rdx, 32
        wrmsr
        ret
has_rdtscp:                                     ; ZF = 0 if it is there
        mov     eax, 0x80000001
        cpuid
        test    edx, 1 << 27
        ret
or_of:                                          ; rax = OR of ecx words at rdi
        xor     eax, eax
.next:  or      rax, [rdi]
        add     rdi, 8
        dec     ecx
        jnz     .next
        ret

        align   64
image:  times 512 db 0
lanes:  times 64 dq 0
stored: times 64 dq 0
seed:   dq      0
control64: dq   0
        dq      0
first_r8: dq    0
first_r15: dq   0
round:  dd      0
mxcsr:  dd      0
control: dw     0
has_avx: db     0
        align   16, db 0
payload_end:
