; long-mode: into IA-32e mode and out of it, compatibility mode, and what is refused on the way.   SDM 3A, "Initializing IA-32e Mode"
%define Guest "long-mode"
%include "traps.inc"
Efer    equ 0xC0000080
%macro efer 1
        mov     ecx, Efer
        mov     eax, %1
        xor     edx, edx
        wrmsr
%endmacro
%macro read_efer 0
        mov     ecx, Efer
        rdmsr
%endmacro
main:   call    setup_traps
        mov     edi, Tables
        xor     eax, eax
        mov     ecx, 6 * 1024
        rep stosd
        mov     dword [Tables], Tables + 0x1003
        mov     dword [Tables + 0x1000], Tables + 0x2003
        mov     dword [Tables + 0x1018], Tables + 0x5003
        mov     edi, Tables + 0x2000
        mov     eax, 0x83
        mov     ecx, 512
.l2:    mov     [edi], eax
        add     eax, 0x200000
        add     edi, 8
        loop    .l2
        mov     dword [Tables + 0x5000 + 0x1F7 * 8], 0xFEE00083
        efer    0x100
        mov     eax, Tables
        mov     cr3, eax
        mov     eax, cr0
        or      eax, 0x80000000
        try     mov cr0, eax
        check   "PG with LME, without PAE", [vector], 13
        read_efer
        check   "LMA stays clear", eax, 0x100
        mov     ecx, Efer
        mov     eax, 0x101
        mov     edx, 1
        try     wrmsr
        check   "EFER with reserved bits", [vector], 13
        mov     eax, 0x20
        mov     cr4, eax
        efer    0x100
        mov     eax, cr0
        or      eax, 0x80000000
        mov     cr0, eax
        read_efer
        check   "LMA with PG", eax, 0x500
        mov     eax, 0x60000011 | 0x80000000    ; bits that the host keeps
        mov     cr0, eax
        mov     eax, cr0
        check   "CD and NW in IA-32e mode", eax, 0xE0000011
        mov     eax, 0x80000011
        mov     cr0, eax
        jmp     8:long_start
bits 64
long_start:
        mov     rax, 0x123456789ABCDEF0
        mov     [wide], rax
        jmp     far dword [.to32]
.to32:  dd      .compat
        dw      Flat32
bits 32
.compat:
        check   "64-bit code ran", [wide + 4], 0x12345678
        mov     eax, cr0
        and     eax, 0x7FFFFFFF
        mov     cr0, eax                        ; out of IA-32e mode from compatibility mode
        read_efer
        check   "LMA goes with PG", eax, 0x100
        mov     eax, cr0
        or      eax, 0xE0000000                 ; in again by a write that the host sees
        mov     cr0, eax
        read_efer
        check   "LMA with PG, CD and NW", eax, 0x500
        jmp     8:.again
bits 64
.again: mov     byte [wide], 0x77
        jmp     far dword [.to32b]
.to32b: dd      .compat2
        dw      Flat32
bits 32
.compat2:
        movzx   eax, byte [wide]
        check   "64-bit code again", eax, 0x77
        mov     eax, 0x11                       ; out by one, too
        mov     cr0, eax
        read_efer
        check   "LMA goes with all three", eax, 0x100
        mov     eax, 0x60000011
        mov     cr0, eax
        mov     eax, 0x11
        mov     cr0, eax
        efer    0
        xor     eax, eax
        mov     cr4, eax
        finish
        align   8
wide:   dq      0
        align   16, db 0
payload_end:
