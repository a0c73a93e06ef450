; residue: looks through all of its RAM above itself for what the last owner of the frames left there, then leaves the same there itself.
;   The command line's first character: r resets the PC then, else it waits to be destroyed. Its second: how often 16 MiB, from '1' on.
; The pattern is computed, so that the guest's own image does not hold it.
%include "microguest.inc"

Start   equ 0x400000
ResetPort equ 0xCF9

main:
        mov     eax, start64
        jmp     enter_long_mode
bits 64
start64:
        mov     rsp, 0x200000
        mov     ebx, [zero_page]
        mov     ebx, [rbx + 0x228]
        movzx   r12d, byte [rbx]
        movzx   r13d, byte [rbx + 1]
        sub     r13d, '0'
        shl     r13d, 24                        ; end of RAM
        mov     rax, ~0x5EC2E75EC2E75EC2
        not     rax
        mov     rdi, Start
        mov     rcx, r13
        sub     rcx, rdi
        shr     rcx, 3
        mov     rdx, rcx
        cld
        test    rdi, rdi                        ; not zero
        repne scasq
        je      .found
        say     "residue: none", 13, 10
        jmp     .fill
.found: say     "residue: FAILED, another owner's memory is here", 13, 10
.fill:  mov     rdi, Start
        mov     rcx, rdx
        rep stosq

        ; the search itself is good only if it finds what is there
        mov     rdi, Start
        mov     rcx, rdx
        repne scasq
        je      .left
        say     "residue: FAILED, the search does not find it", 13, 10
.left:  say     "residue: left", 13, 10
        cmp     r12d, 'r'
        jne     .wait
        mov     edx, ResetPort
        mov     al, 6
        out     dx, al
.wait:  pause
        jmp     .wait

        align   16, db 0
payload_end:
