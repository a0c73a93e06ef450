; storm: timers as fast as they can be set, all of them, with interrupts on: the local APIC's with a period of one tick, the 8254's with the
;   shortest, the RTC's at 8192 Hz. It never ends.
%include "microguest.inc"

ApicTimer equ 0x61
PicBase   equ 0x50

main:
        mov     eax, start64
        jmp     enter_long_mode
bits 64
start64:
        mov     r15, ApicPage
        mov     rsp, 0x200000
        mov     eax, ApicTimer
        mov     rbx, on_apic
        call    set_gate
        mov     eax, PicBase
        mov     rbx, on_pic
        call    set_gate
        mov     eax, PicBase + 8
        mov     rbx, on_rtc
        call    set_gate
        call    load_idt
        mov     al, 0x11                        ; the 8259 pair: vectors from PicBase, IRQ 0, 2 and 8 let through
        out     0x20, al
        out     0xA0, al
        mov     al, PicBase
        out     0x21, al
        mov     al, PicBase + 8
        out     0xA1, al
        mov     al, 4
        out     0x21, al
        mov     al, 2
        out     0xA1, al
        mov     al, 1
        out     0x21, al
        out     0xA1, al
        mov     al, 0xFA
        out     0x21, al
        mov     al, 0xFE
        out     0xA1, al
        mov     al, 0x34                        ; channel 0: rate generator, count 2
        out     0x43, al
        mov     al, 2
        out     0x40, al
        xor     eax, eax
        out     0x40, al
        mov     al, 0x8A                        ; RTC: 8192 Hz, periodic interrupt
        out     0x70, al
        mov     al, 0x23
        out     0x71, al
        mov     al, 0x8B
        out     0x70, al
        mov     al, 0x42
        out     0x71, al
        mov     dword [r15 + 0x350], 0x700      ; LINT0: the 8259 pair
        mov     dword [r15 + 0xF0], 0x1FF
        mov     dword [r15 + 0x3E0], 0xB        ; divide by 1
        mov     dword [r15 + 0x320], 0x20000 | ApicTimer
        mov     dword [r15 + 0x380], 1
        say     "storm: on", 13, 10
        sti
.wait:  pause
        jmp     .wait

on_apic:
        mov     dword [r15 + 0xB0], 0
        iretq
on_pic: push    rax
        mov     al, 0x20
        out     0x20, al
        pop     rax
        iretq
on_rtc: push    rax
        mov     al, 0x0C
        out     0x70, al
        in      al, 0x71
        mov     al, 0x20
        out     0xA0, al
        out     0x20, al
        pop     rax
        iretq
        align   16, db 0
payload_end:
