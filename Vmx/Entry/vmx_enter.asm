; vmx_enter: run the guest until the next VM exit.                 SDM 3C, "VM Entries" and "VM Exits"
;   in        rdi = GuestRegisters*
;   out       eax = 0 exit taken, 1 VMfailInvalid, 2 VMfailValid, 3 not entered: GuestRegisters.Until is over
;   clobbers  caller-saved (System V); IF = 0 throughout; guest XMM saved before any C# runs
; The VMCS's host RIP is vmx_exit, so an exit looks like this function's return.

bits 64
default rel
%include "offsets.inc"

HostRspField            equ 0x6C14
ExitReasonField         equ 0x4402
InstructionLengthField  equ 0x440C
QualificationField      equ 0x6400
GuestRipField           equ 0x681E
GuestRflagsField        equ 0x6820
InterruptibilityField   equ 0x4824
PreemptionTimerField    equ 0x482E

section .text
        align   16
global vmx_enter:function (vmx_enter.end - vmx_enter)
vmx_enter:
        push    rbp
        push    rbx
        push    r12
        push    r13
        push    r14
        push    r15
        push    rdi

        ; the depth of the host's stack seldom changes: write it only then
        cmp     rsp, [rdi + GuestRegisters.HostRsp]
        je      .load
        mov     [rdi + GuestRegisters.HostRsp], rsp
        mov     eax, HostRspField
        vmwrite rax, rsp

        ; The timer takes the low 32 bits: an exit too early does no harm. A CPU without it refuses the field, which changes nothing.
.load:  rdtsc
        shl     rdx, 32
        or      rax, rdx
        mov     rdx, [rdi + GuestRegisters.Until]
        sub     rdx, rax
        jbe     .late
        mov     ecx, [rdi + GuestRegisters.TimerShift]
        shr     rdx, cl
        mov     eax, PreemptionTimerField
        vmwrite rax, rdx
        mov     eax, GuestRipField
        vmwrite rax, [rdi + GuestRegisters.Rip]
        fxrstor64 [rdi + GuestRegisters.Fx]
        cmp     byte [rdi + GuestRegisters.IsLaunched], 0 ; the moves below keep the flags
        mov     rax, [rdi + GuestRegisters.Rax]
        mov     rbx, [rdi + GuestRegisters.Rbx]
        mov     rcx, [rdi + GuestRegisters.Rcx]
        mov     rdx, [rdi + GuestRegisters.Rdx]
        mov     rsi, [rdi + GuestRegisters.Rsi]
        mov     rbp, [rdi + GuestRegisters.Rbp]
        mov     r8,  [rdi + GuestRegisters.R8]
        mov     r9,  [rdi + GuestRegisters.R9]
        mov     r10, [rdi + GuestRegisters.R10]
        mov     r11, [rdi + GuestRegisters.R11]
        mov     r12, [rdi + GuestRegisters.R12]
        mov     r13, [rdi + GuestRegisters.R13]
        mov     r14, [rdi + GuestRegisters.R14]
        mov     r15, [rdi + GuestRegisters.R15]
        mov     rdi, [rdi + GuestRegisters.Rdi]
        jne     .resume
        vmlaunch
        jmp     .failed
.resume:
        vmresume
.failed:                                        ; CF = VMfailInvalid, else VMfailValid; the registers still hold the guest's values
        mov     eax, 1
        mov     ecx, 2
        cmovnc  eax, ecx
        pop     rdi
        ldmxcsr [host_mxcsr]
        jmp     .leave

.late:  mov     eax, 3
        pop     rdi
        jmp     .leave

        align   16
global vmx_exit
vmx_exit:
        push    rdi
        mov     rdi, [rsp + 8]
        mov     [rdi + GuestRegisters.Rax], rax
        mov     [rdi + GuestRegisters.Rbx], rbx
        mov     [rdi + GuestRegisters.Rcx], rcx
        mov     [rdi + GuestRegisters.Rdx], rdx
        mov     [rdi + GuestRegisters.Rsi], rsi
        mov     [rdi + GuestRegisters.Rbp], rbp
        mov     [rdi + GuestRegisters.R8], r8
        mov     [rdi + GuestRegisters.R9], r9
        mov     [rdi + GuestRegisters.R10], r10
        mov     [rdi + GuestRegisters.R11], r11
        mov     [rdi + GuestRegisters.R12], r12
        mov     [rdi + GuestRegisters.R13], r13
        mov     [rdi + GuestRegisters.R14], r14
        mov     [rdi + GuestRegisters.R15], r15
        pop     qword [rdi + GuestRegisters.Rdi]
        fxsave64 [rdi + GuestRegisters.Fx]
        ldmxcsr [host_mxcsr]

        ; what every exit needs
        mov     eax, ExitReasonField
        vmread  [rdi + GuestRegisters.ExitReason], rax
        mov     eax, QualificationField
        vmread  [rdi + GuestRegisters.Qualification], rax
        mov     eax, InstructionLengthField
        vmread  [rdi + GuestRegisters.InstructionLength], rax
        mov     eax, GuestRipField
        vmread  [rdi + GuestRegisters.Rip], rax
        mov     eax, GuestRflagsField
        vmread  [rdi + GuestRegisters.Rflags], rax
        mov     eax, InterruptibilityField
        vmread  [rdi + GuestRegisters.Interruptibility], rax
        xor     eax, eax
        pop     rdi
vmx_enter.leave:
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbx
        pop     rbp
        ret
vmx_enter.end:

; vmx_exit_address: out rax = host RIP for the VMCS
global vmx_exit_address
vmx_exit_address:
        lea     rax, [vmx_exit]
        ret

section .rodata
        align   4
host_mxcsr:     dd 0x1F80
