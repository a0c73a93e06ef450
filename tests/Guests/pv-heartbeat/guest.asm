; pv-heartbeat: as heartbeat, for a paravirtual guest: wakes up each 20 ms by SCHEDOP_poll's time limit, and prints the number of each 64th
; beat and the longest time that passed between any two, in ticks of the TSC. It ends when something is typed, with a last line.
%include "pv.inc"
Beat    equ 20000000                            ; nanoseconds
Printed equ 64
InputConsumer equ 3072                          ; of the console's ring
InputProducer equ 3076

main:   call    map_shared
        mov     rbx, [start_info]
        mov     rsi, [rbx + 72]
        shl     rsi, 12
        or      rsi, RW
        lea     rdi, [ring]
        xor     edx, edx
        hypercall UpdateVaMapping
        expect  "console ring", 0
        call    system_time
        mov     rbp, rax                        ; when the next beat is due
        xor     r12d, r12d                      ; beats
        xor     r13d, r13d                      ; longest
        call    now
        mov     r14, rax
.wait:  add     rbp, Beat
        mov     [poll + 16], rbp
        mov     edi, 3
        lea     rsi, [poll]
        hypercall SchedOp
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
.typed: mov     eax, [ring + InputProducer]
        cmp     eax, [ring + InputConsumer]
        je      .wait
        call    report
        finish

; now: rax = the TSC
now:    rdtsc
        shl     rdx, 32
        or      rax, rdx
        ret

report: print   "beat "
        mov     eax, r12d
        call    print_hex_8
        print   " longest "
        mov     eax, r13d
        call    print_hex_8
        print   13, 10
        ret

; print_hex_8: eax as eight digits; keeps rbx and above
print_hex_8:
        lea     rdi, [digits + 7]
        mov     ecx, 8
.next:  mov     edx, eax
        and     edx, 15
        lea     rsi, [names]
        mov     dl, [rsi + rdx]
        mov     [rdi], dl
        dec     rdi
        shr     eax, 4
        dec     ecx
        jnz     .next
        lea     rsi, [digits]
        mov     edx, 8
        jmp     print_text
names:  db      "0123456789abcdef"
digits: times 8 db 0
section .bss
alignb  4096
ring:   resb    4096
        image
