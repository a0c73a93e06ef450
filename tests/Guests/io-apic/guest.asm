; io-apic: its registers, edges and levels, masks, remote IRR and the EOI register, logical destinations, NMI. Interrupts come from the
; line of the first UART's transmitter (pin 4) and the 8254's channel 0 (pin 2).   82093AA data sheet, "Registers"
; A line for each check: "NAME: ok", or what came instead.
%include "microguest.inc"

IoApic  equ 0xFEC00000
Vector  equ 0x61

main:
        mov     eax, start64
        jmp     enter_long_mode
bits 64
%macro expect 3                                 ; eax, what it should be, name
        mov     ebx, %2
        jmp     %%over
%%name: db      %3, 0
%%over: mov     rsi, %%name
        call    verdict
%endmacro
%macro set 2                                    ; register, value
        mov     dword [r14], %1
        mov     dword [r14 + 16], %2
%endmacro
%macro get 1                                    ; eax = register
        mov     dword [r14], %1
        mov     eax, [r14 + 16]
%endmacro
%macro gate 2
        mov     eax, %1
        mov     rbx, %2
        call    set_gate
%endmacro
%macro uart_line 1                              ; 1: the transmitter is empty, so the line rises; 0: it falls
        mov     edx, Com1 + 1
        mov     al, %1 * 2
        out     dx, al
%endmacro

; settle: gives interrupts time to come
%macro settle 0
        sti
        times 4 nop
        cli
%endmacro

start64:
        mov     rsp, 0x200000
        mov     r15, ApicPage
        mov     r14, IoApic
        gate    Vector, on_vector
        gate    2, on_nmi
        call    load_idt
        mov     al, 0xFF                        ; the 8259 pair stays out of this
        out     0x21, al
        out     0xA1, al
        mov     dword [r15 + 0xF0], 0x1FF
        mov     edx, Com1 + 4
        mov     al, 8                           ; OUT2: the line is wired through
        out     dx, al

        ; registers
        get     1
        shr     eax, 16
        and     eax, 0xFF
        expect  eax, 23, "24 pins"
        set     1, 0
        get     1
        shr     eax, 16
        and     eax, 0xFF
        expect  eax, 23, "the version cannot be written"
        set     0, 0xFFFFFFFF
        get     0
        expect  eax, 0x0F000000, "an ID has four bits"
        set     0, 0
        get     0x10 + 8
        and     eax, 0x10000
        expect  eax, 0x10000, "a pin is masked at first"
        set     0x10 + 10, 0xFFFFFFFF
        set     0x11 + 10, 0xFFFFFFFF
        get     0x10 + 10
        expect  eax, 0x0001AFFF, "delivery status and remote IRR cannot be written"
        get     0x11 + 10
        expect  eax, 0xFF000000, "of the upper half only the destination"
        set     0x10 + 10, 0x10000
        set     0x11 + 10, 0

        ; edges
        set     0x11 + 8, 0
        set     0x10 + 8, Vector
        uart_line 1
        settle
        mov     ebp, [count]
        settle
        uart_line 0                             ; what is printed makes edges, too
        mov     eax, ebp
        expect  eax, 1, "a rising edge is an interrupt"
        mov     eax, [count]
        expect  eax, 1, "and no more than one"
        mov     eax, [trigger]
        expect  eax, 0, "its trigger mode is edge"
        set     0x10 + 8, 0x10000 | Vector
        uart_line 1
        settle
        mov     eax, [count]
        expect  eax, 1, "none comes from a masked pin"
        uart_line 0

        ; levels
        mov     byte [ends_line], 1
        set     0x10 + 8, 0x8000 | Vector
        uart_line 1
        settle
        mov     eax, [count]
        expect  eax, 2, "a level is an interrupt"
        mov     eax, [trigger]
        expect  eax, 1 << (Vector & 31), "its trigger mode is level"
        mov     eax, [entry]
        and     eax, 0x4000
        expect  eax, 0x4000, "remote IRR is set until the EOI"
        get     0x10 + 8
        and     eax, 0x4000
        expect  eax, 0, "and clear after it"
        mov     byte [ends_line], 0
        mov     byte [ends_later], 3
        uart_line 1
        settle
        mov     eax, [count]
        expect  eax, 5, "a level that stays comes again after each EOI"
        set     0x10 + 8, 0x18000 | Vector
        mov     byte [ends_line], 1
        uart_line 1
        settle
        mov     eax, [count]
        expect  eax, 5, "a level at a masked pin waits"
        set     0x10 + 8, 0x8000 | Vector
        settle
        mov     eax, [count]
        expect  eax, 6, "and comes when it is unmasked"
        set     0x10 + 8, 0x18000 | Vector
        uart_line 1
        uart_line 0
        set     0x10 + 8, 0x8000 | Vector
        settle
        mov     eax, [count]
        expect  eax, 6, "unless it has gone"

        ; logical destination
        mov     dword [r15 + 0xD0], 0x02000000
        set     0x11 + 8, 0x02000000
        set     0x10 + 8, 0x8800 | Vector
        uart_line 1
        settle
        mov     eax, [count]
        expect  eax, 7, "a logical destination"
        set     0x11 + 8, 0x05000000
        uart_line 1
        settle
        mov     eax, [count]
        expect  eax, 7, "another one's is not for this processor"
        uart_line 0
        set     0x11 + 8, 0

        ; NMI
        set     0x10 + 8, 0x400
        uart_line 1
        times 4 nop
        uart_line 0
        mov     eax, [nmis]
        expect  eax, 1, "an NMI comes with interrupts off"
        set     0x10 + 8, 0x10000

        ; the 8254 at pin 2
        set     0x10 + 4, Vector
        set     0x11 + 4, 0
        mov     al, 0x30                        ; channel 0, mode 0
        out     0x43, al
        mov     al, 0
        out     0x40, al
        mov     al, 1
        out     0x40, al
        mov     byte [ends_line], 0
        sti
        hlt
        cli
        mov     eax, [count]
        expect  eax, 8, "the timer is at pin 2"
        jmp     finish64

; verdict: rsi = name, eax = value, ebx = what it should be
verdict:
        mov     ebp, eax
        call    print64
        cmp     ebp, ebx
        jne     .bad
        say     ": ok", 13, 10
        ret
.bad:   say     ": got "
        call    print_number
        say     " expected "
        mov     ebp, ebx
        call    print_number
        say     13, 10
        ret

; print_number: ebp in hexadecimal
print_number:
        mov     ecx, 8
.digit: rol     ebp, 4
        mov     eax, ebp
        and     eax, 15
        mov     al, [digits + rax]
        mov     [digit], al
        mov     rsi, digit
        call    print64
        loop    .digit
        ret

on_vector:
        push    rax
        push    rdx
        inc     dword [count]
        mov     eax, [r15 + 0x180 + (Vector >> 5) * 16]
        and     eax, 1 << (Vector & 31)
        mov     [trigger], eax
        mov     dword [r14], 0x10 + 8
        mov     eax, [r14 + 16]
        mov     [entry], eax
        cmp     byte [ends_later], 0
        je      .now
        dec     byte [ends_later]
        jz      .end
.now:   cmp     byte [ends_line], 0
        je      .eoi
.end:   uart_line 0
.eoi:   mov     dword [r15 + 0xB0], 0
        pop     rdx
        pop     rax
        iretq

on_nmi:
        inc     dword [nmis]
        iretq

        align   8
count:  dd      0
trigger: dd     0
entry:  dd      0
nmis:   dd      0
ends_line: db   0
ends_later: db  0
digits: db      "0123456789abcdef"
digit:  db      0, 0
        align   16, db 0
payload_end:
