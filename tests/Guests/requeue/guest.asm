; requeue: an exit in the middle of an event's delivery, which the host must deliver again.
;   The fault build takes a page away on VMCALL (rax = TakePage, rbx = address) until it is touched: here the stack that a delivery pushes to.
%include "microguest.inc"

TakePage equ 0x54414B45
Stack   equ 0x1E0000                            ; its page is the one that is taken
Vector  equ 0x51
main:
        mov     eax, start64
        jmp     enter_long_mode
bits 64
%macro expect 3
        cmp     byte [%1], %2
        je      %%good
        say     "requeue: FAILED, ", %3, 13, 10
        jmp     finish64
%%good: say     "requeue: ", %3, 13, 10
%endmacro
%macro take_stack 0
        mov     rax, TakePage
        mov     rbx, Stack - 4096
        vmcall
%endmacro

start64:
        mov     r15, ApicPage
        mov     rsp, Stack
        mov     eax, Vector
        mov     rbx, on_interrupt
        call    set_gate
        mov     eax, 6
        mov     rbx, on_invalid
        call    set_gate
        mov     eax, 13
        mov     rbx, on_protection
        call    set_gate
        mov     eax, 2
        mov     rbx, on_nmi
        call    set_gate
        mov     eax, 0x80
        mov     rbx, on_software
        call    set_gate
        call    load_idt
        mov     al, 0xFF
        out     0x21, al
        out     0xA1, al
        mov     dword [r15 + 0xF0], 0x1FF

        mov     dword [r15 + 0x310], 0
        mov     dword [r15 + 0x300], 0x40000 | Vector
        take_stack
        sti
        nop
        nop
        cli
        expect  interrupts, 1, "an external interrupt came once"

        take_stack
        ud2
        expect  invalids, 1, "an exception without error code came once"

        take_stack
        mov     eax, 0x1230
        mov     ds, eax                         ; beyond the GDT: #GP(0x1230)
        expect  protections, 1, "an exception with error code came once, with its code"

        take_stack
        int     0x80
        expect  softwares, 1, "a software interrupt came once and returned behind INT"

        take_stack
        mov     dword [r15 + 0x310], 0
        mov     dword [r15 + 0x300], 0x4400 ; NMI to APIC id 0: the self shorthand knows fixed interrupts only
        nop
        nop
        expect  nmis, 1, "an NMI came once"
        mov     dword [r15 + 0x310], 0
        mov     dword [r15 + 0x300], 0x4400 ; NMI to APIC id 0: the self shorthand knows fixed interrupts only
        nop
        nop
        expect  nmis, 2, "and is not blocked afterwards"
        jmp     finish64

on_interrupt:
        inc     byte [interrupts]
        mov     dword [r15 + 0xB0], 0
        iretq
on_invalid:
        inc     byte [invalids]
        add     qword [rsp], 2
        iretq
on_protection:
        cmp     qword [rsp], 0x1230
        jne     .wrong
        inc     byte [protections]
.wrong: add     rsp, 8
        add     qword [rsp], 2                  ; behind MOV DS, EAX
        iretq
on_software:
        inc     byte [softwares]
        iretq
on_nmi:
        inc     byte [nmis]
        iretq
interrupts:     db 0
invalids:       db 0
protections:    db 0
softwares:      db 0
nmis:           db 0
        align   16, db 0
payload_end:
