; traps: entries of CPU exceptions 0..31 and of host interrupts 32..255.
;   SDM 3A, "Exception and Interrupt Handling in 64-bit Mode"

bits 64
default rel
%include "offsets.inc"

section .entry progbits alloc exec nowrite align=4096

; Exceptions push a whole TrapFrame and call trap_entry(TrapFrame*), which may change it (fix-up, containment) or panics.
%assign vector 0
%rep 32
        align   16
trap_stub_ %+ vector:
%if vector = 8 || (vector >= 10 && vector <= 14) || vector = 17 || vector = 21 || vector = 29 || vector = 30
%else
        push    0                               ; where the CPU pushes no error code
%endif
        push    vector
        jmp     trap_common
%assign vector vector + 1
%endrep

; What is of ring 3 or of the code between the page tables is Paravirt's (if that is not linked, neither can happen).
extern pv_trap, pv_entry_fault
        align   16
trap_common:
        test    byte [rsp + 24], 3              ; CS
        jnz     pv_trap
        cmp     dword [rsp + 20], 0xFFFF8200    ; RIP is in slot 260
        je      pv_entry_fault
global trap_in_host
trap_in_host:
        push    rax
        mov     rax, trap_save                  ; absolute: C# is not near the second mapping of this code
        xchg    rax, [rsp]
        ret
.end:

section .text
        align   16
global trap_save:function (trap_save.end - trap_save)
extern trap_entry
trap_save:
        push    r15
        push    r14
        push    r13
        push    r12
        push    r11
        push    r10
        push    r9
        push    r8
        push    rbp
        push    rdi
        push    rsi
        push    rdx
        push    rcx
        push    rbx
        push    rax
        cld
        mov     rdi, rsp
        mov     rbp, rsp
        sub     rsp, 512 + 16
        and     rsp, -16
        fxsave64 [rsp]                          ; a fix-up returns into code that owns the xmm registers
        mov     rbx, rsp
        call    trap_entry
        fxrstor64 [rbx]
        mov     rsp, rbp
        pop     rax
        pop     rbx
        pop     rcx
        pop     rdx
        pop     rsi
        pop     rdi
        pop     rbp
        pop     r8
        pop     r9
        pop     r10
        pop     r11
        pop     r12
        pop     r13
        pop     r14
        pop     r15
        add     rsp, 16
        iretq
.end:

section .entry
; Host interrupts only note their vector: they are let in at a few known points, and C# dispatches them there with IF = 0. From ring 3 they end the guest's run.
%assign vector 32
%rep 224
        align   16
interrupt_stub_ %+ vector:
        test    byte [rsp + 8], 3               ; CS
        jnz     .guest
        lock bts qword [gs:PerCpu.Taken0 + (vector / 64) * 8], vector % 64
        iretq
.guest: push    0
        push    vector
        jmp     pv_trap
%assign vector vector + 1
%endrep

section .text
; entry_code_start and entry_code_end: out rax = the boundaries of section .entry, whole pages
extern __entry_start, __entry_end
global entry_code_start:function, entry_code_end:function
entry_code_start:
        lea     rax, [__entry_start]
        ret
entry_code_end:
        lea     rax, [__entry_end]
        ret

; trap_stub_address: edi = vector; rax = its entry
global trap_stub_address:function (trap_stub_address.end - trap_stub_address)
trap_stub_address:
        lea     rax, [trap_stubs]
        mov     edi, edi
        mov     rax, [rax + rdi * 8]
        ret
.end:

section .rodata
        align   8
trap_stubs:
%assign vector 0
%rep 32
        dq      trap_stub_ %+ vector
%assign vector vector + 1
%endrep
%rep 224
        dq      interrupt_stub_ %+ vector
%assign vector vector + 1
%endrep
