; heartbeat: counts beats of 20 ms of the local APIC's timer, and prints the number of each 64th and the longest time that passed between any
;   two, in ticks of the TSC: "beat NUMBER longest TICKS", both in hexadecimal. It waits in HLT in between, and ends
;   when something is typed, with a last line.
%include "microguest.inc"

Timer   equ 0x61
PmTimer equ 0x608                               ; 24 bits at 3.579545 MHz
Printed equ     64
Beat    equ 71591                               ; 20 ms of it

main:
        mov     eax, start64
        jmp     enter_long_mode
bits 64
start64:
        mov     r15, ApicPage
        mov     rsp, 0x200000
        mov     eax, Timer
        mov     rbx, on_timer
        call    set_gate
        call    load_idt
        mov     al, 0xFF                        ; the 8259 pair stays out of this
        out     0x21, al
        out     0xA1, al
        mov     dword [r15 + 0xF0], 0x1FF
        mov     dword [r15 + 0x3E0], 0xB        ; divide by 1

        ; the timer's rate by the PM timer
        mov     dword [r15 + 0x320], 0x10000 | Timer
        mov     edx, PmTimer
        in      eax, dx
        mov     ebx, eax
        mov     dword [r15 + 0x380], 0xFFFFFFFF
.rate:  in      eax, dx
        sub     eax, ebx
        and     eax, 0xFFFFFF
        cmp     eax, Beat
        jb      .rate
        mov     eax, [r15 + 0x390]
        mov     ecx, 0xFFFFFFFF
        sub     ecx, eax
        mov     dword [r15 + 0x320], 0x20000 | Timer ; periodic
        mov     [r15 + 0x380], ecx

        xor     r12d, r12d                      ; beats
        xor     r13d, r13d                      ; longest
        call    now
        mov     r14, rax
.wait:  sti
        hlt
        cli
        cmp     byte [came], 0
        je      .wait
        mov     byte [came], 0
        call    now
        mov     rbx, rax
        sub     rax, r14
        mov     r14, rbx
        cmp     rax, r13
        cmova   r13, rax
        inc     r12d
        test    r12d, Printed - 1
        jnz     .typed
        call    report
.typed: mov     edx, Com1 + 5
        in      al, dx
        test    al, 1
        jz      .wait
        call    report
        jmp     finish64

report: say     "beat "
        mov     eax, r12d
        call    hex64
        say     " longest "
        mov     eax, r13d
        call    hex64
        say     13, 10
        ret

now:    rdtsc
        shl     rdx, 32
        or      rax, rdx
        ret

; hex64: eax in hexadecimal
hex64:  mov     ebx, eax
        mov     ecx, 8
.next:  rol     ebx, 4
        mov     edx, Com1 + 5
.ready: in      al, dx
        test    al, 0x20
        jz      .ready
        mov     eax, ebx
        and     eax, 15
        mov     al, [digits + rax]
        mov     edx, Com1
        out     dx, al
        dec     ecx
        jnz     .next
        ret

on_timer:
        mov     byte [came], 1
        mov     dword [r15 + 0xB0], 0
        iretq

digits: db      "0123456789abcdef"
came:   db      0
        align   16, db 0
payload_end:
