; nested: exceptions while something is delivered, their error codes, and the double fault.  SDM 3A, "Interrupt 8 - Double Fault Exception (#DF)"
%define Guest "nested"
%include "traps.inc"
%macro absent 1
        and     byte [Idt + (%1) * 8 + 5], ~0x80
%endmacro
%macro present 1
        or      byte [Idt + (%1) * 8 + 5], 0x80
%endmacro
main:   call    setup_traps
        mov     dword [ApicPage + 0xF0], 0x1FF
        absent  6
        try     ud2
        check   "#UD without a gate: #NP", [vector], 11
        check   "its error code, from outside", [error], 6 * 8 + 3
        try     vmcall
        check   "the same of VMCALL", [vector], 11
        check   "its error code", [error], 6 * 8 + 3
        present 6
        absent  0x45
        try     int 0x45
        check   "INT without a gate: #NP", [vector], 11
        check   "its error code, from inside", [error], 0x45 * 8 + 2
        present 0x45
        absent  3
        try     int3
        check   "INT3 without a gate", [error], 3 * 8 + 2
        present 3
        try     int 0x60
        check   "INT beyond the table: #GP", [vector], 13
        check   "its error code", [error], 0x60 * 8 + 2
        absent  13
        mov     eax, 0x7F8
        try     mov gs, eax
        check   "#GP without a gate: #DF", [vector], 8
        check   "its error code", [error], 0
        mov     eax, 0x20000011
        try     mov cr0, eax
        check   "the same of MOV CR0", [vector], 8
        present 13
        absent  0
        xor     ecx, ecx
        try     div ecx
        check   "#DE without a gate: #DF", [vector], 8
        present 0
        absent  0x41
        mov     dword [ApicPage + 0xB0], 0
        mov     dword [resume_esp], esp
        mov     dword [resume], .behind
        send    0x41
        sti
        nop
        nop
        nop
.behind:
        cli
        check   "an interrupt without a gate: #NP", [vector], 11
        check   "its error code", [error], 0x41 * 8 + 3
        mov     dword [ApicPage + 0xB0], 0
        present 0x41

        ; the table's second half on a page that is not there
        mov     esi, Idt
        mov     edi, Split
        mov     ecx, Vectors * 2
        rep movsd
        lidt    [split_pointer]
        mov     dword [Tables], Tables + 0x1003
        mov     edi, Tables + 0x1000
        mov     eax, 3
        mov     ecx, 1024
.fill:  mov     [edi], eax
        add     eax, 0x1000
        add     edi, 4
        loop    .fill
        mov     eax, 0x10
        mov     cr4, eax
        mov     dword [Tables + 0xFEE00000 / 0x400000 * 4], 0xFEC00083
        and     dword [Tables + 0x1000 + (Split + 0x200) / 0x1000 * 4], ~1
        mov     eax, Tables
        mov     cr3, eax
        mov     eax, cr0
        or      eax, 0x80000000
        mov     cr0, eax
        mov     dword [hook], map_page
        mov     dword [trap_count], 0
        int     0x45
.int:   check   "INT: #PF of its gate, then itself", [trap_count], 2
        mov     eax, [trap_log]
        and     eax, 0xFFFF
        check   "in this order", eax, 0x450E
        check   "#PF: address", [seen_cr2], Split + 0x45 * 8
        check   "#PF: error code", [seen_error], 0
        check   "#PF: at the instruction", [seen_eip], .int - 2
        check   "INT: returns behind it", [trap_eip], .int
        call    unmap
        mov     dword [trap_count], 0
        send    0x41
        sti
        nop
        nop
        nop
        cli
        check   "an interrupt: #PF of its gate", [seen_cr2], Split + 0x41 * 8
        mov     eax, [trap_count]
        check   "and is lost, as it was taken", eax, 1
        mov     dword [ApicPage + 0xB0], 0
        finish
unmap:  and     dword [Tables + 0x1000 + (Split + 0x200) / 0x1000 * 4], ~1
        invlpg  [Split + 0x200]
        ret
map_page:
        cmp     dword [vector], 14
        jne     .no
        mov     eax, [trap_cr2]
        mov     [seen_cr2], eax
        mov     eax, [error]
        mov     [seen_error], eax
        mov     eax, [trap_eip]
        mov     [seen_eip], eax
        or      dword [Tables + 0x1000 + (Split + 0x200) / 0x1000 * 4], 1
.no:    ret
Split   equ     0x2A1000 - 0x40 * 8
split_pointer:
        dw      Vectors * 8 - 1
        dd      Split
        align   4
seen_cr2: dd    0
seen_error: dd  0
seen_eip: dd    0
        align   16, db 0
payload_end:
