; shadow: where an interrupt that waits comes when it may.                              SDM 3A, "Masking Maskable Hardware Interrupts"
%define Guest "shadow"
%include "traps.inc"
Vector  equ 0x41
%macro come 2                                   ; "NAME", where
        cli
        check   %1, [trap_eip], %2
        check   "once", [trap_count], 1
        mov     dword [trap_count], 0
        mov     dword [trap_eip], 0
%endmacro
%macro wait_one 0
        send    Vector
        mov     ecx, 64
%%more: dec     ecx
        jnz     %%more
%endmacro
main:   call    setup_traps
        mov     dword [ApicPage + 0xF0], 0x1FF
        mov     dword [hook], acknowledge
        wait_one
        check   "IF = 0: none", [trap_count], 0
        sti
        nop
.a:     come    "STI: behind the next instruction", .a
        wait_one
        xor     eax, eax
        sti
        cpuid
.b:     come    "STI: behind CPUID", .b
        wait_one
        sti
        in      al, 0x21
.c:     come    "STI: behind IN", .c
        wait_one
        mov     eax, Data
        sti
        mov     ss, eax
        nop
.d:     come    "STI, MOV SS: behind both shadows", .d
        wait_one
        sti
        cli
        nop
        check   "STI, CLI: none", [trap_count], 0
        sti
        hlt
.e:     come    "STI, HLT: one that waits", .e
        wait_one
        pushfd
        or      dword [esp], 0x200
        popfd
.f:     nop
        come    "POPF: at once", .f
        wait_one
        pushfd
        or      dword [esp], 0x200
        push    dword Flat32
        push    dword .g
        iretd
.g:     nop
        come    "IRET: at once", .g
        wait_one
        mov     dx, 0x21
        mov     edi, buffer
        sti
        insb
.h:     come    "STI: behind INSB", .h
        wait_one
        sti
        mov     eax, [ApicPage + 0x30]
.i:     come    "STI: behind a load from a device", .i

        ; the task priority, lowered
        mov     dword [ApicPage + 0x80], 0x50
        wait_one
        sti
        nop
        nop
        cli
        check   "task priority: held back", [trap_count], 0
        sti
        nop
        mov     dword [ApicPage + 0x80], 0
.j:     nop
        come    "task priority: at once when it is lowered", .j

        ; in the middle of a repeated instruction, which then goes on
        mov     dword [ApicPage + 0x3E0], 0xB
        mov     dword [ApicPage + 0x320], Vector
        mov     edi, 0x180000
        mov     esi, 0x1A0000
        mov     ecx, 0x4000
        cld
        mov     dword [ApicPage + 0x380], 2000
        sti
.rep:   rep movsd
.k:     come    "REP MOVS: in the middle", .rep
        check   "REP MOVS: comes to its end", edi, 0x180000 + 0x10000
        check   "REP MOVS: with its count", ecx, 0
        mov     edi, buffer
        mov     ecx, 2000
        mov     dword [ApicPage + 0x380], 1500
        sti
.ins:   rep insb
        come    "REP INS: in the middle", .ins
        check   "REP INS: comes to its end", edi, buffer + 2000
        mov     dword [ApicPage + 0x380], 20000
        sti
        hlt
.l:     come    "HLT: until the timer", .l
        finish
acknowledge:
        mov     dword [ApicPage + 0xB0], 0
        ret
buffer  equ     0x170000
        align   16, db 0
payload_end:
