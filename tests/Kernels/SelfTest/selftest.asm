; selftest: what C# cannot do to the processor's state, for the checks of containment.

bits 64
default rel

section .text

; selftest_flags: out rax = RFLAGS
global selftest_flags:function (selftest_flags.end - selftest_flags)
selftest_flags:
        pushfq
        pop     rax
        ret
.end:

; selftest_mxcsr: out eax = MXCSR
global selftest_mxcsr:function (selftest_mxcsr.end - selftest_mxcsr)
selftest_mxcsr:
        push    0
        stmxcsr [rsp]
        pop     rax
        ret
.end:

; selftest_spoil: load other RFLAGS (rdi) and MXCSR (esi), spoil the callee-saved registers, then fault. Never returns.
global selftest_spoil:function (selftest_spoil.end - selftest_spoil)
selftest_spoil:
        push    rsi
        ldmxcsr [rsp]
        mov     rax, 0xBAD0BAD0BAD0BAD0
        mov     rbx, rax
        mov     r12, rax
        mov     r13, rax
        mov     r14, rax
        mov     r15, rax
        push    rdi
        popfq
        ud2
.end:

; selftest_keep: calls rdi with known values in the callee-saved registers.
;   in        rdi = function(rsi)
;   out       rax = 1 if it left them as they were, else 0
global selftest_keep:function (selftest_keep.end - selftest_keep)
selftest_keep:
        push    rbp
        push    rbx
        push    r12
        push    r13
        push    r14
        push    r15
        sub     rsp, 8
        mov     rbx, 0x1111
        mov     r12, 0x2222
        mov     r13, 0x3333
        mov     r14, 0x4444
        mov     r15, 0x5555
        mov     rbp, rsp
        mov     rax, rdi
        mov     rdi, rsi
        call    rax
        xor     eax, eax
        cmp     rbx, 0x1111
        jne     .end_of_test
        cmp     r12, 0x2222
        jne     .end_of_test
        cmp     r13, 0x3333
        jne     .end_of_test
        cmp     r14, 0x4444
        jne     .end_of_test
        cmp     r15, 0x5555
        jne     .end_of_test
        cmp     rbp, rsp
        jne     .end_of_test
        mov     eax, 1
.end_of_test:
        add     rsp, 8
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbx
        pop     rbp
        ret
.end:

; selftest_return: code that does nothing, to be reached through mappings that must not allow it.
global selftest_return:function (selftest_return.end - selftest_return)
selftest_return:
        ret
.end:

; selftest_return_address: out rax = selftest_return
global selftest_return_address:function (selftest_return_address.end - selftest_return_address)
selftest_return_address:
        lea     rax, [selftest_return]
        ret
.end:
