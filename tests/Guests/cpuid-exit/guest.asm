; cpuid-exit: ticks of 100,000 CPUIDs in a loop, of the loop without them, of the quickest single one, and of none between two RDTSCs.
%include "microguest.inc"

Count   equ 100000
main:
        mov     eax, start64
        jmp     enter_long_mode
bits 64

; ticks: rax = the TSC
%macro ticks 0
        rdtsc
        shl     rdx, 32
        or      rax, rdx
%endmacro

start64:
        ticks
        mov     r8, rax
        mov     r12d, Count
.with:  xor     eax, eax
        cpuid
        dec     r12d
        jnz     .with
        ticks
        sub     rax, r8
        mov     [figures], eax

        ticks
        mov     r8, rax
        mov     r12d, Count
.without:
        xor     eax, eax
        dec     r12d
        jnz     .without
        ticks
        sub     rax, r8
        mov     [figures + 4], eax

        mov     r12d, 1000
        mov     r9d, -1
.single:
        rdtsc
        mov     r8d, eax
        xor     eax, eax
        cpuid
        rdtsc
        sub     eax, r8d
        cmp     eax, r9d
        cmovb   r9d, eax
        dec     r12d
        jnz     .single
        mov     [figures + 8], r9d
        rdtsc
        mov     r8d, eax
        xor     eax, eax
        rdtsc
        sub     eax, r8d
        mov     [figures + 12], eax

        ; as text
        mov     rsi, figures
        mov     rdi, text
        mov     r12d, 4
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
        dec     r12d
        jnz     .number
        say     "cpuid-exit: "
        mov     rsi, text
        call    print64
        say     13, 10
        jmp     finish64

        align   8
figures: dd     0, 0, 0, 0
digits: db      "0123456789abcdef"
text:   db      "........ ........ ........ ........", 0
        align   16, db 0
payload_end:
