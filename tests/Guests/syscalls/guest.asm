; syscalls: SYSCALL, SYSRET, SYSENTER and SYSEXIT with the MSRs that they use.         SDM 3A, "Fast System Calls in 64-Bit Mode"
%define Guest "syscalls"
%include "traps64.inc"
%macro msr 3                                    ; index, high, low
        mov     ecx, %1
        mov     edx, %2
        mov     eax, %3
        wrmsr
%endmacro
main64: mov     dword [Tables], Tables + 0x1007
        mov     dword [Tables + 0x1000], Tables + 0x2007
        mov     dword [Tables + 0x2000], 0x87
        mov     rax, cr3
        mov     cr3, rax
        try     syscall
        check   "SYSCALL without EFER.SCE", [vector], 6
        mov     ecx, 0xC0000080
        rdmsr
        or      eax, 1
        wrmsr
        rdmsr
        check   "EFER: SCE, LME and LMA", rax, 0x501
        msr     0xC0000081, 0x30 << 16 | 8, 0   ; STAR
        msr     0xC0000082, 0, entry            ; LSTAR
        msr     0xC0000084, 0, 0x200            ; FMASK
        mov     r8, rsp
        push    UserData
        push    0x1C0000
        push    0x202
        push    User64
        push    .user
        iretq
.user:  mov     ebx, 0x42
        syscall
.back:  cpuid
        syscall
.ring0: check   "SYSCALL: RCX", [seen_rcx], .back
        check   "SYSCALL: R11", [seen_r11], 0x202
        check   "SYSCALL: IF is masked", [seen_flags], 2
        check   "SYSCALL: CS", [seen_cs], 8
        check   "SYSCALL: RSP stays", [seen_rsp], 0x1C0000
        check   "SYSRET came back", [calls], 2

        msr     0x174, 0, 0
        try     sysenter
        check   "SYSENTER with CS 0", [vector], 13
        msr     0x175, 0, 0x1F8000
        mov     ecx, 0x176
        mov     edx, 0x80000000
        xor     eax, eax
        try     wrmsr
        check   "SYSENTER_EIP that is not canonical", [vector], 13
        msr     0x176, 0, entered
        msr     0x174, 0, 8
        mov     ecx, 0x176
        rdmsr
        check   "SYSENTER_EIP reads back", rax, entered
        mov     r8, rsp
        push    UserData
        push    0x1C0000
        push    2
        push    User64
        push    .user2
        iretq
.user2: sysenter
.ring0b:
        check   "SYSENTER: RSP", [seen_rsp], 0x1F8000
        check   "SYSENTER: CS", [seen_cs], 8
        jmp     finish64
entry:  inc     qword [calls]
        cmp     qword [calls], 2
        je      .second
        mov     [seen_rcx], rcx
        mov     [seen_r11], r11
        mov     [seen_rsp], rsp
        mov     [seen_cs], cs
        mov     rsp, 0x1F0000
        pushfq
        pop     rax
        and     eax, 0x202
        mov     [seen_flags], rax
        mov     rsp, [seen_rsp]
        o64 sysret
.second:
        mov     rsp, r8
        mov     eax, Data
        mov     ss, eax
        jmp     main64.ring0
entered:
        mov     [seen_rsp], rsp
        mov     [seen_cs], cs
        mov     rsp, r8
        mov     eax, Data
        mov     ss, eax
        jmp     main64.ring0b
        align   8
seen_rcx: dq    0
seen_r11: dq    0
seen_rsp: dq    0
seen_flags: dq  0
seen_cs: dq     0
calls:  dq      0
        align   16, db 0
payload_end:
bits 32
