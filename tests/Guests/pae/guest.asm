; pae: PAE paging, whose four top entries are loaded as a whole.                        SDM 3A, "PDPTE Registers"
%define Guest "pae"
%include "traps.inc"
Other   equ Tables + 0x8000
main:   call    setup_traps
        mov     edi, Tables
        xor     eax, eax
        mov     ecx, 0x3000
        rep stosd
        mov     dword [Tables], Tables + 0x1001
        mov     dword [Tables + 24], Tables + 0x2001
        mov     dword [Other], Tables + 0x3001
        mov     dword [Other + 24], Tables + 0x2001
        mov     edi, Tables + 0x1000
        mov     eax, 0x83
        mov     ecx, 512
.l2:    mov     [edi], eax
        mov     [edi + 0x2000], eax
        add     eax, 0x200000
        add     edi, 8
        loop    .l2
        mov     dword [Tables + 0x2000 + 0x1F7 * 8], 0xFEE00083
        mov     dword [Tables + 0x1000 + 5 * 8], 0x600083 ; 10 MiB in one, itself in the other
        mov     dword [0x600000], 0x11111111
        mov     dword [0xA00000], 0x22222222
        mov     eax, 0x20
        mov     cr4, eax

        mov     dword [Tables + 8], 0x7         ; present with reserved bits
        mov     eax, Tables
        mov     cr3, eax
        mov     eax, 0x80000011
        try     mov cr0, eax
        check   "PG with a bad PDPTE: #GP", [vector], 13
        mov     eax, cr0
        check   "paging stays off", eax, 0x11
        mov     eax, 0xE0000011
        try     mov cr0, eax
        check   "the same with CD and NW", [vector], 13
        mov     eax, cr0
        check   "which stay off", eax, 0x11
        mov     dword [Tables + 8], 0x6         ; not present: nobody looks
        mov     eax, 0xE0000011
        try     mov cr0, eax
        check   "PG, CD and NW", [vector], -1
        check   "pages of the first table", [0xA00000], 0x11111111
        mov     eax, 0x80000011
        mov     cr0, eax
        mov     eax, Other
        mov     cr3, eax
        check   "pages of the second", [0xA00000], 0x22222222
        mov     dword [Tables + 12], 0x80000000 ; not present still
        mov     dword [Tables + 8], 0x1
        mov     dword [Tables + 12], 0x80000000 ; beyond the address width
        mov     eax, Tables
        try     mov cr3, eax
        check   "MOV CR3 with a bad PDPTE: #GP", [vector], 13
        mov     eax, cr3
        check   "CR3 is as before", eax, Other
        check   "and so are the pages", [0xA00000], 0x22222222
        mov     dword [Tables + 8], 0
        mov     dword [Tables + 12], 0
        mov     dword [Other], 0                ; the registers hold it
        check   "a changed PDPTE has no effect", [0xA00000], 0x22222222
        mov     dword [Other], Tables + 0x3001
        try     mov eax, [0x40000000]
        check   "a PDPTE that is not there: #PF", [vector], 14
        check   "its error code", [error], 0
        check   "its address", [trap_cr2], 0x40000000
        xor     eax, eax
        cpuid
        check   "the pages after an exit", [0xA00000], 0x22222222
        mov     eax, 0xA0
        mov     cr4, eax                        ; loads them again
        check   "and after MOV CR4", [0xA00000], 0x22222222
        mov     eax, 0x11
        mov     cr0, eax
        check   "memory without paging", [0xA00000], 0x22222222
        finish
        align   16, db 0
payload_end:
