; exceptions64: exceptions and interrupts in 64-bit mode.                              SDM 3A, "Exception and Interrupt Handling in 64-bit Mode"
%define Guest "exceptions64"
%include "traps64.inc"
main64: mov     rsp, 0x1F8008                   ; not aligned: frames are
        try     ud2
        check   "#UD", [vector], 6
        check   "frames are aligned to 16 bytes", [trap_rsp], 0x1F8008
        check   "SS is pushed", [trap_ss], Data
        mov     rsp, 0x1F8000
        mov     rbx, 0x8000000000000000
        try     mov rax, [rbx]
        check   "an address that is not canonical: #GP", [vector], 13
        check   "its error code", [error], 0
        mov     rbp, rbx
        try     mov rax, [rbp]
        check   "the same on the stack: #SS", [vector], 12
        try     jmp rbx
        check   "a jump there: #GP", [vector], 13
        mov     ecx, 0xC0000100
        xor     eax, eax
        mov     edx, 0x80000000
        try     wrmsr
        check   "FS base that is not canonical", [vector], 13
        mov     rax, 0x100000011
        try     mov cr0, rax
        check   "CR0 above bit 31", [vector], 13
        mov     rax, cr4
        bts     rax, 32
        try     mov cr4, rax
        check   "CR4 above bit 31", [vector], 13
        mov     rax, 0xFFF0000000000000
        try     mov cr3, rax
        check   "CR3 with reserved bits", [vector], 13
        mov     rax, 0x100000400
        try     mov dr7, rax
        check   "DR7 above bit 31", [vector], 13
        mov     eax, 16
        try     mov cr8, rax
        check   "CR8 above 15", [vector], 13
        mov     rax, cr0
        and     eax, 0x7FFFFFFF
        try     mov cr0, rax
        check   "PG off in 64-bit code", [vector], 13
        mov     rax, cr4
        btr     rax, 5
        try     mov cr4, rax
        check   "PAE off in IA-32e mode", [vector], 13
        mov     ecx, 0xC0000080
        rdmsr
        btr     eax, 8
        try     wrmsr
        check   "LME off with paging", [vector], 13
        try     db 0x06
        check   "PUSH ES is not there", [vector], 6
        try     db 0x37
        check   "nor AAA", [vector], 6
        try     db 0x9A, 0, 0, 0, 0, 0, 0
        check   "nor a far CALL of an address", [vector], 6
        try     vmcall
        check   "VMCALL", [vector], 6

        mov     byte [idt64 + 0x45 * 16 + 4], 1 ; IST 1
        mov     rax, rsp
        try     int 0x45
        check   "INT on a stack of its own", [vector], 0x45
        check   "the old RSP is pushed", [trap_rsp], 0x1F8000

        mov     qword [hook], clear_trap
        xor     eax, eax
        mov     dr6, rax
        mov     qword [trap_count], 0
        pushfq
        or      dword [rsp], 0x100
        popfq
        cpuid
.s:     nop
        check   "single step over CPUID", [trap_rip], .s
        check   "once", [trap_count], 1
        mov     dr6, rax
        pushfq
        or      dword [rsp], 0x100
        popfq
        in      al, 0x21
.t:     nop
        check   "single step over IN", [trap_rip], .t
        xor     ecx, ecx
        pushfq
        or      dword [rsp], 0x100
        popfq
        mov     rax, cr8
.u:     nop
        check   "single step over MOV from CR8", [trap_rip], .u
        mov     qword [hook], 0

        mov     eax, UserData                   ; ring 3 and back
        mov     [resume_rsp], rsp
        mov     qword [resume], .back
        push    UserData
        push    0x1C0000
        push    2
        push    User64
        push    .user
        mov     dword [Tables], Tables + 0x1007
        mov     dword [Tables + 0x1000], Tables + 0x2007
        mov     dword [Tables + 0x2000], 0x87
        mov     rax, cr3
        mov     cr3, rax
        iretq
.user:  cpuid
        int     Return
.back:  check   "ring 3 and back", [vector], Return
        check   "its CS", [trap_cs], User64
        check   "its RSP", [trap_rsp], 0x1C0000
        check   "its SS", [trap_ss], UserData
        jmp     finish64
clear_trap:
        and     dword [rbp + 64], ~0x100
        ret
        align   16, db 0
payload_end:
bits 32
