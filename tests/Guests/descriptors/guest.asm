; descriptors: selectors and descriptors that must be refused, and with what.            SDM 3A, "Protection"
%define Guest "descriptors"
%include "traps.inc"
Bad     equ Free
Gate    equ Free + 8
Target  equ Free + 16
Beyond  equ 0x7F8

; refused NAME, VECTOR, ERROR, INSTRUCTION
%macro refused 4+
        try     %4
        check   %1, [vector], %2
        check   "its error code", [error], %3
%endmacro

; gate SELECTOR, CODE, OFFSET, RIGHTS
%macro gate 4
        mov     dword [gdt32 + (%1)], ((%2) << 16) | ((%3) & 0xFFFF)
        mov     dword [gdt32 + (%1) + 4], ((%3) & 0xFFFF0000) | ((%4) << 8)
%endmacro

main:   call    setup_traps
        mov     eax, Beyond
        refused "DS beyond the GDT: #GP", 13, Beyond, mov ds, eax
        mov     eax, 0x14                       ; the LDT's third
        refused "DS of an LDT that is not there: #GP", 13, 0x14, mov ds, eax
        mov     eax, State
        refused "DS of a task state: #GP", 13, State, mov ds, eax
        descriptor Bad, 0, 0xFFFFF, 0xC099
        mov     eax, Bad
        refused "DS of code that cannot be read: #GP", 13, Bad, mov ds, eax
        refused "LDS of it", 13, Bad, lds ebx, [pointer]
        descriptor Bad, 0, 0xFFFFF, 0xC013
        mov     eax, Bad
        refused "ES not present: #NP", 11, Bad, mov es, eax
        refused "SS not present: #SS", 12, Bad, mov ss, eax
        xor     eax, eax
        refused "SS null: #GP", 13, 0, mov ss, eax
        mov     eax, UserData
        refused "SS of ring 3: #GP", 13, UserData & ~3, mov ss, eax
        mov     eax, Data | 3
        refused "SS with RPL 3: #GP", 13, Data, mov ss, eax
        descriptor Bad, 0, 0xFFFFF, 0xC091
        mov     eax, Bad
        refused "SS that cannot be written: #GP", 13, Bad, mov ss, eax
        mov     eax, Flat32
        refused "SS of code: #GP", 13, Flat32, mov ss, eax
        descriptor Bad, 0, 3, 0x4093
        mov     eax, Bad
        mov     fs, eax
        try     mov ebx, [fs:0]
        check   "the last of a limit", [vector], -1
        refused "beyond it: #GP", 13, 0, mov ebx, [fs:1]
        descriptor Bad, 0, 0xF, 0x4097          ; grows down: from 10h
        mov     eax, Bad
        mov     fs, eax
        try     mov ebx, [fs:0x10]
        check   "an expand-down segment: above its limit", [vector], -1
        refused "below it: #GP", 13, 0, mov ebx, [fs:0xD]
        xor     eax, eax
        mov     fs, eax
        refused "a null segment: #GP", 13, 0, mov ebx, [fs:0x1000]

        mov     eax, Data
        refused "LLDT of data: #GP", 13, Data, lldt ax
        mov     eax, 0x14
        refused "LLDT of an LDT's: #GP", 13, 0x14, lldt ax
        descriptor Bad, 0, 0xFF, 0x02
        mov     eax, Bad
        refused "LLDT not present: #NP", 11, Bad, lldt ax
        refused "LTR of an LDT: #GP", 13, Bad, ltr ax
        xor     eax, eax
        refused "LTR null: #GP", 13, 0, ltr ax
        mov     eax, State
        refused "LTR busy: #GP", 13, State, ltr ax
        descriptor Bad, state32, 0x67, 0x09
        mov     eax, Bad
        refused "LTR not present: #NP", 11, Bad, ltr ax
        mov     eax, Beyond
        refused "LTR beyond the GDT: #GP", 13, Beyond, ltr ax

        refused "JMP to null: #GP", 13, 0, jmp 0:0
        refused "JMP to data: #GP", 13, Data, jmp Data:0
        refused "JMP to code of ring 3: #GP", 13, User32 & ~3, jmp User32:0
        descriptor Bad, 0, 0xFFFFF, 0xC01B
        refused "JMP to code that is not present: #NP", 11, Bad, jmp Bad:0
        descriptor Bad, 0, 0xFF, 0x409B
        refused "JMP beyond the limit: #GP", 13, 0, jmp Bad:0x100
        descriptor Bad, 0, 0xF, 0x408F
        refused "JMP to a type that is reserved: #GP", 13, Bad, jmp Bad:0

        gate    Gate, 0, 0, 0x8C
        refused "CALL by a gate to null: #GP", 13, 0, call Gate:0
        gate    Gate, Data, 0, 0x8C
        refused "to data: #GP", 13, Data, call Gate:0
        gate    Gate, Beyond, 0, 0x8C
        refused "beyond the GDT: #GP", 13, Beyond, call Gate:0
        gate    Gate, Flat32, 0, 0x0C
        refused "by one that is not present: #NP", 11, Gate, call Gate:0
        descriptor Target, 0, 0xFF, 0x409B
        gate    Gate, Target, 0x1000, 0x8C
        refused "to beyond the limit: #GP", 13, 0, call Gate:0
        descriptor Target, 0, 0xFF, 0x401B
        refused "to code that is not present: #NP", 11, Target, call Gate:0
        gate    Gate, Flat32, 0, 0x8C
        try3    call Gate:0
        check   "by one of ring 0 from ring 3: #GP", [vector], 13
        check   "its error code", [error], Gate
        try3    mov eax, [cs:0]
        check   "ring 3 reads its code", [vector], Return

        ; gates for exceptions
        mov     byte [Idt + 0x45 * 8 + 5], 0x93
        refused "INT by a segment's descriptor: #GP", 13, 0x45 * 8 + 2, int 0x45
        mov     byte [Idt + 0x45 * 8 + 5], 0x8C
        refused "INT by a call gate: #GP", 13, 0x45 * 8 + 2, int 0x45
        mov     byte [Idt + 0x45 * 8 + 5], 0x8E
        mov     word [Idt + 0x45 * 8 + 2], 0
        refused "INT to a null selector: #GP", 13, 0, int 0x45
        mov     word [Idt + 0x45 * 8 + 2], Data
        refused "INT to data: #GP", 13, Data, int 0x45
        mov     word [Idt + 0x45 * 8 + 2], User32
        refused "INT to ring 3: #GP", 13, User32 & ~3, int 0x45
        mov     word [Idt + 0x45 * 8 + 2], Beyond
        refused "INT to beyond the GDT: #GP", 13, Beyond, int 0x45
        mov     word [Idt + 6 * 8 + 2], 0
        refused "#UD to a null selector: #GP", 13, 1, ud2
        refused "#UD that an exit has raised: #GP", 13, 1, vmcall
        mov     word [Idt + 6 * 8 + 2], Data
        refused "#UD to data: #GP", 13, Data | 1, ud2
        refused "#UD that an exit has raised: #GP", 13, Data | 1, vmcall
        mov     word [Idt + 6 * 8 + 2], Flat32

        ; asked, and not refused
        mov     ebx, Beyond
        mov     ecx, 0x55
        lar     ecx, bx
        setz    al
        movzx   eax, al
        check   "LAR of nothing", eax, 0
        check   "changes nothing", ecx, 0x55
        lsl     ecx, bx
        setz    al
        movzx   eax, al
        check   "LSL of nothing", eax, 0
        verr    bx
        setz    al
        movzx   eax, al
        check   "VERR of nothing", eax, 0
        mov     ebx, Flat32
        verw    bx
        setz    al
        movzx   eax, al
        check   "VERW of code", eax, 0
        finish
        align   4
pointer: dd     0
        dw      Bad
        align   16, db 0
payload_end:
