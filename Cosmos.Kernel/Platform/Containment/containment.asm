; containment: run C# so that a fault in it unwinds to here. A frame nests: the outer one stands in the inner's stack.
;   DESIGN: contained code restores RFLAGS, MXCSR and the containment frame; callee-saved registers come from the frame

bits 64
default rel
%include "offsets.inc"

section .text

; containment_run: rdi = function, rsi = its argument
;   out       eax = 0 it returned, 1 it faulted (PerCpu.Fault* say how)
global containment_run:function (containment_run.end - containment_run)
containment_run:
        push    rbp
        mov     rbp, rsp
        push    rbx
        push    r12
        push    r13
        push    r14
        push    r15
        pushfq
        sub     rsp, 8
        stmxcsr [rsp]
        push    qword [gs:PerCpu.ContainmentFrame]
        mov     [gs:PerCpu.ContainmentFrame], rsp
        mov     rax, rdi
        mov     rdi, rsi
        call    rax
        xor     eax, eax
.leave: pop     qword [gs:PerCpu.ContainmentFrame]
        ldmxcsr [rsp]
        add     rsp, 8
        popfq
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbx
        pop     rbp
        ret
.end:

; containment_unwind: leave the faulted code; there is a frame.
global containment_unwind:function (containment_unwind.end - containment_unwind)
containment_unwind:
        mov     rsp, [gs:PerCpu.ContainmentFrame]
        lea     rbp, [rsp + 8 * 8]              ; the frame pointer that containment_run set
        cld
        mov     eax, 1
        jmp     containment_run.leave
.end:

; containment_unwind_address: out rax = where a trap returns to for an unwind
global containment_unwind_address:function (containment_unwind_address.end - containment_unwind_address)
containment_unwind_address:
        lea     rax, [containment_unwind]
        ret
.end:
