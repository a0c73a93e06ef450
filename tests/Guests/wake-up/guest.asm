; wake-up: ticks from the APIC timer's deadline to the first instruction of its handler, out of HLT: sum, least and most of 64.
%include "microguest.inc"

Vector  equ 0x41
Count   equ 64
Ahead   equ 500000

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
        mov     ebp, Count
        xor     r12d, r12d
        mov     r13d, -1
        xor     r14d, r14d
.next:  rdtsc
        shl     rdx, 32
        or      rax, rdx
        add     rax, Ahead
        mov     r8, rax
        mov     rdx, rax
        shr     rdx, 32
        mov     ecx, 0x6E0
        wrmsr
        sti
        hlt
        cli
        dec     ebp
        jnz     .next
        mov     [figures], r12d
        mov     [figures + 4], r13d
        mov     [figures + 8], r14d

        ; as text
        mov     rsi, figures
        mov     rdi, text
        mov     ebp, 3
.number:
        lodsd
        mov     ecx, 8
.digit: rol     eax, 4
        mov     ebx, eax
        and     ebx, 15
        mov     bl, [digits + rbx]
        mov     [rdi], bl
        inc     rdi
        loop    .digit
        inc     rdi
        dec     ebp
        jnz     .number
        say     "wake-up: "
        mov     rsi, text
        call    print64
        say     13, 10
        jmp     finish64

on_timer:
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        sub     rax, r8
        add     r12, rax                        ; sum
        cmp     eax, r13d
        cmovb   r13d, eax                       ; least
        cmp     eax, r14d
        cmova   r14d, eax                       ; most
        mov     dword [r15 + 0xB0], 0
        iretq

        align   8
figures: dd     0, 0, 0
digits: db      "0123456789abcdef"
text:   db      "........ ........ ........", 0
        align   16, db 0
payload_end:
