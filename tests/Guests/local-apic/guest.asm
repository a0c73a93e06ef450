; local-apic: its registers by MMIO and MSR, priorities, level triggering through the I/O APIC, and the change to x2APIC mode. The same answers
; with and without a processor that virtualizes it.
;   SDM 3A, "Advanced Programmable Interrupt Controller (APIC)"
%include "microguest.inc"

Own     equ 0x51
Other   equ 0xA1
Uart    equ 0x71
IoApic  equ 0xFEC00000

main:
        mov     eax, start64
        jmp     enter_long_mode
bits 64
%macro expect 3                                 ; 32-bit operand, value, text
        mov     ebp, %1                         ; a plain load: emulated memory knows MOV
        cmp     ebp, %2
        je      %%good
        say     "local-apic: FAILED, ", %3, 13, 10
        jmp     finish64
%%good: say     "local-apic: ", %3, 13, 10
%endmacro
%macro gate 2
        mov     eax, %1
        mov     rbx, %2
        call    set_gate
%endmacro
%macro send 1                                   ; fixed interrupt to this CPU
        mov     dword [r15 + 0x310], 0
        mov     dword [r15 + 0x300], 0x40000 | %1
%endmacro

start64:
        mov     r15, ApicPage
        mov     r14, IoApic
        mov     rsp, 0x200000
        gate    Own, on_own
        gate    Other, on_other
        gate    Uart, on_uart
        call    load_idt
        mov     al, 0xFF                        ; the 8259 pair stays out of this
        out     0x21, al
        out     0xA1, al
        mov     dword [r15 + 0xF0], 0x1FF

        expect  [r15 + 0x20], 0, "the bootstrap processor has ID 0"
        mov     dword [r15 + 0x20], 0x5000000
        expect  [r15 + 0x20], 0, "its ID cannot be changed"
        mov     dword [r15 + 0x30], 0
        mov     eax, [r15 + 0x30]
        and     eax, 0xFFFFFF                   ; not all can suppress EOI broadcasts
        mov     [scratch], eax
        expect  [scratch], 0x00050014, "nor can the version"
        mov     dword [r15 + 0xD0], 0x01FFFFFF
        expect  [r15 + 0xD0], 0x01000000, "only the upper byte of the logical destination is kept"
        mov     dword [r15 + 0x80], 0x35
        expect  [r15 + 0x80], 0x35, "the task priority reads back"
        mov     rax, cr8
        mov     [scratch], eax
        expect  [scratch], 3, "and CR8 is its class"
        expect  [r15 + 0xA0], 0x35, "and it is the processor priority"
        mov     dword [r15 + 0x80], 0

        ; in the handler of Own: in service, priority of its class, and nothing of a lower or the same class comes
        sti
        send    Own
        nop
        cli
        expect  [own_count], 2, "two self-IPIs arrive, the second after the first one's EOI"
        expect  [seen_service], 1 << (Own & 31), "its handler sees it in service"
        expect  [seen_priority], Own & 0xF0, "the processor priority is its class"
        expect  [seen_request], 1 << (Own & 31), "the second one waits as a request"
        expect  [nested], 0, "and does not interrupt the first"
        expect  [r15 + 0x120], 0, "nothing is in service then"
        expect  [r15 + 0xA0], 0, "and the processor priority is 0"

        ; a higher class interrupts a handler
        mov     byte [send_other], 1
        sti
        send    Own
        nop
        cli
        expect  [other_inside], 1, "a higher class interrupts a handler"

        ; an APIC that is off refuses a self-IPI, and does not remember it
        mov     dword [r15 + 0xF0], 0xFF
        sti
        send    Own
        nop
        nop
        mov     dword [r15 + 0xF0], 0x1FF
        nop
        cli
        expect  [own_count], 3, "an APIC that is switched off takes no interrupt"

        ; level: the transmitter's empty line stays asserted until the interrupt is disabled
        mov     dword [r14], 0x18               ; pin 4: level, Uart, to ID 0
        mov     dword [r14 + 16], 0x8000 | Uart
        mov     dword [r14], 0x19
        mov     dword [r14 + 16], 0
        mov     edx, Com1 + 4
        mov     al, 8                           ; OUT2
        out     dx, al
        mov     edx, Com1 + 1
        mov     al, 2                           ; transmitter empty
        out     dx, al
        sti
        mov     ecx, 1000
.wait:  dec     ecx
        jnz     .wait
        cli
        expect  [uart_count], 3, "a level that stays comes again after each EOI, and ends with it"
        expect  [seen_trigger], 1 << (Uart & 31), "its trigger mode is level"

        ; the timer
        mov     dword [r15 + 0x3E0], 0xB
        mov     dword [r15 + 0x320], Own
        mov     dword [r15 + 0x380], 0xFFFFFFFF ; other domains may run between the two loads
        mov     eax, [r15 + 0x390]
        mov     edx, [r15 + 0x390]
        cmp     edx, eax
        setb    byte [scratch]
        expect  [scratch], 1, "the timer counts down" ; the upper bytes of 3 are 0
        mov     dword [r15 + 0x380], 100000
        sti
        hlt
        cli
        expect  [own_count], 4, "the timer's interrupt ends HLT"
        expect  [r15 + 0x390], 0, "and its count is 0 then"

        ; its page over RAM, and away again
        mov     r13, 0x600000
        mov     dword [r13 + 0x30], 0x12345678
        mov     dword [r13 + 0x1030], 0x23456789
        mov     ecx, 0x1B
        rdmsr
        mov     ebx, eax
        mov     eax, 0x600900
        wrmsr
        mov     eax, [r13 + 0x30]
        and     eax, 0xFFFFFF
        mov     [scratch], eax
        expect  [scratch], 0x00050014, "the page moves to where RAM is"
        mov     dword [r13 + 0x80], 0x20
        expect  [r13 + 0x80], 0x20, "its registers are written there"
        expect  [r13 + 0x1030], 0x23456789, "the RAM behind it is as it was"
        mov     eax, [r15 + 0x30]
        mov     [scratch], eax
        expect  [scratch], 0xFFFFFFFF, "the page that it left is empty"
        mov     dword [r13 + 0x80], 0
        mov     ecx, 0x1B
        mov     eax, ebx
        xor     edx, edx
        wrmsr
        expect  [r13 + 0x30], 0x12345678, "the RAM that it lay over is as it was"
        mov     eax, [r15 + 0x30]
        and     eax, 0xFFFFFF
        mov     [scratch], eax
        expect  [scratch], 0x00050014, "the page is back"

        ; x2APIC: what is requested stays so
        send    Other
        mov     ecx, 0x1B
        rdmsr
        or      eax, 1 << 10
        wrmsr
        mov     byte [is_x2], 1
        mov     dword [other_inside], 0
        sti
        nop
        nop
        cli
        expect  [other_count], 2, "a request survives the change to x2APIC mode"
        mov     ecx, 0x83F
        mov     eax, Own
        xor     edx, edx
        sti
        wrmsr
        nop
        cli
        expect  [own_count], 5, "an x2APIC self-IPI arrives"
        mov     eax, [r15 + 0x20]
        mov     [scratch], eax
        expect  [scratch], 0xFFFFFFFF, "the page is gone in x2APIC mode"
        mov     ecx, 0x808
        mov     eax, 0x60
        xor     edx, edx
        wrmsr
        mov     rax, cr8
        mov     [scratch], eax
        expect  [scratch], 6, "CR8 is the class of the x2APIC task priority"
        jmp     finish64

; ends an interrupt in the mode that the APIC is in
end_of_interrupt:
        cmp     byte [is_x2], 0
        jne     .x2
        mov     dword [r15 + 0xB0], 0
        ret
.x2:    push    rcx
        push    rdx
        push    rax
        mov     ecx, 0x80B
        xor     eax, eax
        xor     edx, edx
        wrmsr
        pop     rax
        pop     rdx
        pop     rcx
        ret

on_own:
        push    rax
        inc     dword [own_count]
        inc     byte [inside]
        cmp     byte [inside], 1
        je      .first
        mov     dword [nested], 1
.first: cmp     dword [own_count], 1
        jne     .other
        mov     eax, [r15 + 0x100 + (Own >> 5) * 16]
        mov     [seen_service], eax
        mov     eax, [r15 + 0xA0]
        mov     [seen_priority], eax
        send    Own
        sti
        nop
        nop
        cli
        mov     eax, [r15 + 0x200 + (Own >> 5) * 16]
        mov     [seen_request], eax
.other: cmp     byte [send_other], 1
        jne     .end
        mov     byte [send_other], 0
        send    Other
        sti
        nop
        nop
        cli
.end:   dec     byte [inside]
        call    end_of_interrupt
        pop     rax
        iretq
on_other:
        inc     dword [other_count]
        cmp     byte [inside], 1
        jne     .end
        mov     dword [other_inside], 1
.end:   call    end_of_interrupt
        iretq
on_uart:
        push    rax
        push    rdx
        mov     eax, [r15 + 0x180 + (Uart >> 5) * 16]
        mov     [seen_trigger], eax
        inc     dword [uart_count]
        cmp     dword [uart_count], 3
        jne     .end
        mov     edx, Com1 + 1
        xor     eax, eax
        out     dx, al
.end:   call    end_of_interrupt
        pop     rdx
        pop     rax
        iretq

        align   4
own_count:      dd 0
other_count:    dd 0
other_inside:   dd 0
uart_count:     dd 0
seen_service:   dd 0
seen_priority:  dd 0
seen_request:   dd 0
seen_trigger:   dd 0
nested:         dd 0
scratch:        dd 0
inside:         db 0
send_other:     db 0
is_x2:          db 0
        align   16, db 0
payload_end:
