; page-faults: error codes and CR2, which exits leave alone.                            SDM 3A, "Page-Fault Exceptions"
%define Guest "page-faults"
%include "traps.inc"
Page    equ 0x180000                            ; the page that is changed
Entry   equ Tables + 0x2000 + (Page >> 12) * 8
%macro map 2                                    ; low and high half of its entry
        mov     dword [Entry], %1
        mov     dword [Entry + 4], %2
        invlpg  [Page]
%endmacro
%macro fault 2                                  ; "NAME", ERROR
        check   %1, [vector], 14
        check   "its error code", [error], %2
        check   "its address", [trap_cr2], Page + 4
%endmacro
main:   call    setup_traps
        mov     edi, Tables
        xor     eax, eax
        mov     ecx, 0x1000
        rep stosd
        mov     dword [Tables], Tables + 0x1001
        mov     dword [Tables + 0x1000], Tables + 0x2007
        mov     dword [Tables + 0x1008], 0x200087
        mov     dword [Tables + 0x1010], 0x400087
        mov     edi, Tables + 0x2000
        mov     eax, 7
        mov     ecx, 512
.fill:  mov     [edi], eax
        add     eax, 0x1000
        add     edi, 8
        loop    .fill
        mov     byte [Page + 4], 0xC3           ; RET
        mov     ecx, 0xC0000080
        mov     eax, 0x800                      ; NXE
        xor     edx, edx
        wrmsr
        mov     eax, 0x20
        mov     cr4, eax
        mov     eax, Tables
        mov     cr3, eax
        mov     eax, 0x80010011
        mov     cr0, eax

        map     Page | 6, 0
        try     mov eax, [Page + 4]
        fault   "read of nothing", 0
        try     mov [Page + 4], eax
        fault   "write of nothing", 2
        try3    mov eax, [Page + 4]
        fault   "read of nothing in ring 3", 4
        map     Page | 5, 0
        try     mov [Page + 4], al
        fault   "write of a read-only page", 3
        try3    mov [Page + 4], al
        fault   "the same in ring 3", 7
        mov     eax, 0x80000011
        mov     cr0, eax
        mov     al, 0xC3
        try     mov [Page + 4], al
        check   "without CR0.WP ring 0 may", [vector], -1
        map     Page | 3, 0
        try3    mov eax, [Page + 4]
        fault   "ring 3 in a page of ring 0", 5
        map     Page | 7, 0x80000000
        try     call Page + 4
        fault   "execution of an NX page", 0x11
        try     mov eax, [Page + 4]
        check   "which can be read", [vector], -1
        map     Page | 7, 0x00080000            ; bit 51
        try     mov eax, [Page + 4]
        fault   "a reserved bit", 9
        map     Page | 7, 0
        try     call Page + 4
        check   "all is allowed", [vector], -1

        mov     eax, 7                          ; SMEP, where there is
        xor     ecx, ecx
        cpuid
        test    ebx, 1 << 7
        jz      .no_smep
        mov     ecx, 0x70                       ; the code's own pages are ring 0's now
.own:   and     byte [Tables + 0x2000 + 0x800 + ecx * 8 - 8], ~4
        loop    .own
        mov     eax, cr3
        mov     cr3, eax
        mov     eax, 0x100020
        mov     cr4, eax
        try     call Page + 4
        fault   "SMEP", 0x11
        mov     eax, 0x20
        mov     cr4, eax
.no_smep:
        mov     eax, 0x12345678
        mov     cr2, eax
        xor     eax, eax
        cpuid
        in      al, 0x21
        mov     eax, cr2
        check   "CR2 over exits", eax, 0x12345678
        mov     al, [Entry]
        and     eax, 0x60
        check   "accessed, not dirty", eax, 0x20
        mov     byte [Page], 1
        mov     al, [Entry]
        and     eax, 0x60
        check   "accessed and dirty", eax, 0x60
        finish
        align   16, db 0
payload_end:
