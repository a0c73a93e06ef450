; sleeper: wakes up once in a second, says so, and sleeps again, for ever.
%include "microguest.inc"

Vector  equ 0x41
Ahead   equ 100000000

main:
        mov     eax, start64
        jmp     enter_long_mode
bits 64
start64:
        mov     rsp, 0x200000
        mov     r15, ApicPage
        mov     eax, Vector
        mov     rbx, on_timer
        call    set_gate
        call    load_idt
        mov     al, 0xFF                        ; the 8259 pair stays out of this
        out     0x21, al
        out     0xA1, al
        mov     dword [r15 + 0xF0], 0x1FF
        mov     dword [r15 + 0x320], 0x40000 | Vector ; TSC deadline
.next:  say     "awake", 13, 10
        rdtsc
        add     eax, Ahead
        adc     edx, 0
        mov     ecx, 0x6E0
        wrmsr
        sti
        hlt
        cli
        jmp     .next

on_timer:
        mov     dword [r15 + 0xB0], 0
        iretq
        align   16, db 0
payload_end:
