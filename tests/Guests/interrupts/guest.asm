; interrupts: windows, shadows, priorities, NMI and HLT, as the architecture has them.
;   SDM 3A, "Interrupt and Exception Handling" and "Advanced Programmable Interrupt Controller (APIC)"
%include "microguest.inc"

Low     equ 0x41
High    equ 0x91
Timer   equ 0x61

main:
        mov     eax, start64
        jmp     enter_long_mode
bits 64
%macro expect 3                                 ; memory byte, value, text
        cmp     byte [%1], %2
        je      %%good
        say     "interrupts: FAILED, ", %3, 13, 10
        jmp     finish64
%%good: say     "interrupts: ", %3, 13, 10
%endmacro
%macro send 1                                   ; fixed interrupt to this CPU
        mov     dword [r15 + 0x310], 0
        mov     dword [r15 + 0x300], 0x40000 | %1
%endmacro

start64:
        mov     r15, ApicPage
        mov     rsp, 0x200000
        mov     eax, Low
        mov     rbx, on_low
        call    set_gate
        mov     eax, High
        mov     rbx, on_high
        call    set_gate
        mov     eax, Timer
        mov     rbx, on_timer
        call    set_gate
        mov     eax, 2
        mov     rbx, on_nmi
        call    set_gate
        call    load_idt
        mov     al, 0xFF                        ; the 8259 pair stays out of this
        out     0x21, al
        out     0xA1, al
        mov     dword [r15 + 0xF0], 0x1FF

        send    Low
        mov     ecx, 1000
.spin:  dec     ecx
        jnz     .spin
        expect  low_count, 0, "IF = 0 holds an interrupt back"

        mov     byte [order], 0
        send    High
        sti
        mov     byte [shadow], 1                ; STI's shadow: this runs first
        nop
        cli
        expect  low_count, 1, "the window opens and delivers it"
        expect  shadow_seen, 1, "not before the instruction behind STI"
        expect  high_first, 1, "the higher priority first"

        mov     rax, 4
        mov     cr8, rax
        mov     rdx, cr8
        mov     [task_priority], dl
        expect  task_priority, 4, "CR8 reads back"
        send    Low
        sti
        nop
        nop
        nop
        cli
        expect  low_count, 1, "the task priority holds the class back"
        xor     eax, eax
        mov     cr8, rax
        sti
        nop
        nop
        cli
        expect  low_count, 2, "and lets it through when lowered"

        mov     dword [r15 + 0x310], 0
        mov     dword [r15 + 0x300], 0x4400 ; NMI to APIC id 0: the self shorthand knows fixed interrupts only
        nop
        nop
        expect  nmi_count, 1, "an NMI comes in spite of IF = 0"

        mov     dword [r15 + 0x3E0], 0xB
        mov     dword [r15 + 0x320], Timer
        mov     dword [r15 + 0x380], 200000
        sti
        hlt
        cli
        expect  timer_count, 1, "the APIC timer ends HLT"

        mov     dword [r15 + 0x380], 20000
        sti
.busy:  cmp     byte [timer_count], 2
        jne     .busy
        cli
        expect  timer_count, 2, "and interrupts a loop"
        jmp     finish64

on_low:
        push    rax
        inc     byte [low_count]
        cmp     byte [order], 1
        jne     .late
        mov     byte [high_first], 1
.late:  cmp     byte [shadow], 1
        jne     .end
        mov     byte [shadow_seen], 1
.end:   mov     dword [r15 + 0xB0], 0
        pop     rax
        iretq
on_high:
        cmp     byte [low_count], 0
        jne     .end
        mov     byte [order], 1
.end:   mov     dword [r15 + 0xB0], 0
        iretq
on_timer:
        inc     byte [timer_count]
        mov     dword [r15 + 0xB0], 0
        iretq
on_nmi:
        inc     byte [nmi_count]
        iretq

low_count:      db 0
order:          db 0
high_first:     db 0
shadow:         db 0
shadow_seen:    db 0
task_priority:  db 0
nmi_count:      db 0
timer_count:    db 0
        align   16, db 0
payload_end:
