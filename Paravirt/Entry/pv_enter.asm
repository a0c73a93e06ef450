; pv_enter: run a PV guest until it needs the hypervisor, and the ways back.
;   Xen headers "arch-x86/xen-x86_64.h"; SDM 3A, "Fast System Calls in 64-Bit Mode"
;
; Section .entry is mapped twice: with the kernel, and in L4 slot 260, which guests' tables share. The code runs in slot 260 around
; each change of CR3. While the guest runs, IA32_KERNEL_GS_BASE is the address of PerCpu; while C# runs, it is the guest's own GS base.

bits 64
default rel
%include "offsets.inc"

section .entry progbits alloc exec nowrite align=4096
extern pv_short_syscall, pv_short_return, pv_short_fault

; pv_enter: in rdi = PvRegisters*; returns when the guest has come out, with its registers there. IF = 0 throughout in the host.
        align   16
global pv_enter
pv_enter:
        push    rbp
        push    rbx
        push    r12
        push    r13
        push    r14
        push    r15
        mov     [gs:PerCpu.GuestHostRsp], rsp
        mov     [gs:PerCpu.GuestRegisters], rdi
        lea     rax, [.in_slot]
        add     rax, [gs:PerCpu.EntryDistance]
        jmp     rax
.in_slot:
        fxrstor64 [rdi + PvRegisters.Fx]
        cmp     qword [rdi + PvRegisters.IsTaskSwitched], 0
        jne     .set_task_switched
.switched:
        mov     rbx, [rdi + PvRegisters.Rbx]
        mov     rdx, [rdi + PvRegisters.Rdx]
        mov     rsi, [rdi + PvRegisters.Rsi]
        mov     rbp, [rdi + PvRegisters.Rbp]
        mov     r8, [rdi + PvRegisters.R8]
        mov     r9, [rdi + PvRegisters.R9]
        mov     r10, [rdi + PvRegisters.R10]
        mov     r12, [rdi + PvRegisters.R12]
        mov     r13, [rdi + PvRegisters.R13]
        mov     r14, [rdi + PvRegisters.R14]
        mov     r15, [rdi + PvRegisters.R15]
global pv_resume
pv_resume:                                      ; in rdi = PvRegisters*; rbx, rdx, rsi, rbp, r8..r10 and r12..r15 are the guest's
        cmp     qword [rdi + PvRegisters.ClearsBuffers], 0
        jne     .clear
.cleared:
        cmp     qword [rdi + PvRegisters.UsesSysret], 0
        je      .by_iret
        mov     rcx, [rdi + PvRegisters.Rip]    ; canonical, or C# would not have asked for this
        mov     r11, [rdi + PvRegisters.Rflags]
        mov     rax, [rdi + PvRegisters.Rsp]
        mov     [gs:PerCpu.GuestScratch], rax
        mov     rax, [rdi + PvRegisters.Cr3]
        mov     rsp, [gs:PerCpu.EntryStackTop]
        push    qword [rdi + PvRegisters.Rax]
        push    qword [rdi + PvRegisters.Rdi]
        mov     cr3, rax
        pop     rdi
        pop     rax
        mov     rsp, [gs:PerCpu.GuestScratch]
        swapgs
        o64 sysret
.by_iret:
        mov     rcx, [rdi + PvRegisters.Rcx]
        mov     r11, [rdi + PvRegisters.R11]
        mov     rax, [rdi + PvRegisters.Cr3]
        mov     rsp, [gs:PerCpu.EntryStackTop]
        push    qword [rdi + PvRegisters.Ss]
        push    qword [rdi + PvRegisters.Rsp]
        push    qword [rdi + PvRegisters.Rflags]
        push    qword [rdi + PvRegisters.Cs]
        push    qword [rdi + PvRegisters.Rip]
        push    qword [rdi + PvRegisters.Rax]
        push    qword [rdi + PvRegisters.Rdi]
        mov     cr3, rax
        pop     rdi
        pop     rax
        swapgs
pv_iret:
        iretq                                   ; may fault on selectors of the guest's: pv_entry_fault

pv_enter.set_task_switched:
        mov     rax, cr0
        or      eax, 8
        mov     cr0, rax
        jmp     pv_enter.switched
pv_resume.clear:
        mov     eax, 0xE010
        mov     [gs:PerCpu.GuestScratch], rax
        verw    [gs:PerCpu.GuestScratch]
        jmp     pv_resume.cleared
.end:

; SYSCALL from 64-bit code: the registers are the guest's, RCX its RIP and R11 its RFLAGS.
        align   16
pv_syscall:
        swapgs
        mov     [gs:PerCpu.GuestScratch], rsp
        mov     rsp, [gs:PerCpu.HostCr3]
        mov     cr3, rsp
        mov     rsp, [gs:PerCpu.GuestRegisters]
        mov     [rsp + PvRegisters.Rdi], rdi
        mov     rdi, rsp
        cmp     qword [rdi + PvRegisters.IsUser], 0
        jne     pv_short_syscall
        cmp     rax, 23                         ; iret
        je      pv_short_return
global pv_syscall_whole
pv_syscall_whole:
        mov     qword [rsp + PvRegisters.Vector], 0x100 ; PvExit.Hypercall
global pv_syscall_vector
pv_syscall_vector:
        mov     qword [rsp + PvRegisters.Cs], 0xE033
pv_syscall_save:
        mov     [rsp + PvRegisters.Rax], rax
        mov     [rsp + PvRegisters.Rcx], rcx
        mov     [rsp + PvRegisters.R11], r11
        mov     [rsp + PvRegisters.Rip], rcx
        mov     [rsp + PvRegisters.Rflags], r11
        mov     qword [rsp + PvRegisters.Ss], 0xE02B
        mov     rax, [gs:PerCpu.GuestScratch]
        mov     [rsp + PvRegisters.Rsp], rax
pv_leave:
        mov     [rdi + PvRegisters.Rbx], rbx
        mov     [rdi + PvRegisters.Rdx], rdx
        mov     [rdi + PvRegisters.Rsi], rsi
        mov     [rdi + PvRegisters.Rbp], rbp
        mov     [rdi + PvRegisters.R8], r8
        mov     [rdi + PvRegisters.R9], r9
        mov     [rdi + PvRegisters.R10], r10
        mov     [rdi + PvRegisters.R12], r12
        mov     [rdi + PvRegisters.R13], r13
        mov     [rdi + PvRegisters.R14], r14
        mov     [rdi + PvRegisters.R15], r15
        clts
        fxsave64 [rdi + PvRegisters.Fx]
        ldmxcsr [pv_mxcsr]
        mov     rsp, [gs:PerCpu.GuestHostRsp]
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbx
        pop     rbp
        ret
pv_syscall.end:

; SYSCALL from compatibility mode, on AMD's CPUs.
        align   16
pv_syscall32:
        swapgs
        mov     [gs:PerCpu.GuestScratch], rsp
        mov     rsp, [gs:PerCpu.HostCr3]
        mov     cr3, rsp
        mov     rsp, [gs:PerCpu.GuestRegisters]
        mov     [rsp + PvRegisters.Rdi], rdi
        mov     rdi, rsp
        mov     qword [rsp + PvRegisters.Vector], 0x101 ; PvExit.Syscall32
        mov     qword [rsp + PvRegisters.Cs], 0xE023
        jmp     pv_syscall_save

; SYSENTER: the CPU has saved nothing, so the guest's RIP and RSP are what its handler expects of the user's library. RSP is the entry stack's.
        align   16
pv_sysenter:
        swapgs
        mov     rsp, [gs:PerCpu.EntryStackTop]
        push    0xE02B
        push    0                               ; RSP
        push    0x202
        push    0xE023
        push    0                               ; RIP
        push    0
        push    0x102                           ; PvExit.Sysenter
        jmp     pv_trap_save

; An exception or interrupt from ring 3: on the entry stack or one of the IST lie vector, error code and the CPU's frame.
        align   16
global pv_trap
pv_trap:
        swapgs
pv_trap_save:
        mov     [gs:PerCpu.GuestScratch], rax
        mov     rax, [gs:PerCpu.HostCr3]
        mov     cr3, rax
        mov     rax, [gs:PerCpu.GuestRegisters]
        cmp     dword [rsp], 14
        je      pv_short_fault
global pv_trap_whole
pv_trap_whole:
        pop     qword [rax + PvRegisters.Vector]
        pop     qword [rax + PvRegisters.ErrorCode]
        pop     qword [rax + PvRegisters.Rip]
        pop     qword [rax + PvRegisters.Cs]
        pop     qword [rax + PvRegisters.Rflags]
        pop     qword [rax + PvRegisters.Rsp]
        pop     qword [rax + PvRegisters.Ss]
pv_trap_registers:
        mov     [rax + PvRegisters.Rdi], rdi
        mov     rdi, rax
        mov     rax, [gs:PerCpu.GuestScratch]
        mov     [rdi + PvRegisters.Rax], rax
        mov     [rdi + PvRegisters.Rcx], rcx
        mov     [rdi + PvRegisters.R11], r11
        mov     rax, cr2
        mov     [rdi + PvRegisters.FaultAddress], rax
        mov     rsp, [gs:PerCpu.GuestHostRsp]
        push    2                               ; DF, AC and NT may be set
        popfq
        jmp     pv_leave

; An exception in this section, in ring 0: the stack is as trap_common found it.
        align   16
global pv_entry_fault
extern trap_in_host
pv_entry_fault:
        cmp     dword [rsp], 1
        je      .debug
        push    rax
        lea     rax, [pv_iret]
        cmp     rax, [rsp + 8 + 16]
        pop     rax
        jne     .panic

        ; IRETQ refused the guest's selectors: its registers are loaded and stay as PvRegisters has them
        swapgs
        mov     [gs:PerCpu.GuestScratch], rax
        mov     rax, [gs:PerCpu.HostCr3]
        mov     cr3, rax
        mov     rax, [gs:PerCpu.GuestRegisters]
        pop     qword [rax + PvRegisters.Vector]
        pop     qword [rax + PvRegisters.ErrorCode]
        bts     qword [rax + PvRegisters.Vector], 9 ; PvExit.EntryFault
        jmp     pv_trap_registers

        ; a data breakpoint of the guest's that MOV SS held back until after SYSCALL: the stack is #DB's own, go on
.debug: add     rsp, 16
        btr     qword [rsp + 16], 8             ; TF, which SYSENTER leaves set
        iretq

        ; NMI, #MC or a fault of our own between the tables: it is for the host. The top of the stack says where PerCpu is
.panic: push    rax
        push    rcx
        push    rdx
        mov     rax, [rsp + 24 + 56]
        mov     rdx, rax
        shr     rdx, 32
        mov     ecx, 0xC0000101                 ; IA32_GS_BASE
        wrmsr
        mov     rax, [gs:PerCpu.HostCr3]
        mov     cr3, rax
        pop     rdx
        pop     rcx
        pop     rax
        jmp     trap_in_host
.end:

        align   4
pv_mxcsr:       dd 0x1F80

section .text

; pv_entry_point: edi = 0 SYSCALL, 1 SYSCALL from compatibility mode, 2 SYSENTER; rax = its address in slot 260
global pv_entry_point:function (pv_entry_point.end - pv_entry_point)
pv_entry_point:
        lea     rax, [pv_syscall]
        lea     rcx, [pv_syscall32]
        lea     rdx, [pv_sysenter]
        cmp     edi, 1
        cmove   rax, rcx
        cmova   rax, rdx
        add     rax, [gs:PerCpu.EntryDistance]
        ret
.end:

; pv_read_selectors: in rdi = ushort[4]: the data segment registers DS, ES, FS, GS, which the guest's run has left loaded
global pv_read_selectors:function (pv_read_selectors.end - pv_read_selectors)
pv_read_selectors:
        mov     [rdi], ds
        mov     [rdi + 2], es
        mov     [rdi + 4], fs
        mov     [rdi + 6], gs
        ret
.end:

; pv_load_selector: edi = 0 DS, 1 ES, 2 FS, 3 GS (keeps the host's GS base), esi = selector. Out eax = 1, or 0 if the CPU refused it, which leaves the null selector.
global pv_load_selector:function (pv_load_selector.end - pv_load_selector)
pv_load_selector:
        cmp     edi, 1
        jb      .ds
        je      .es
        cmp     edi, 2
        je      .fs
        swapgs                                  ; the base that comes with the selector is the guest's
.gs:    mov     gs, esi
        swapgs
        mov     eax, 1
        ret
.ds:    mov     ds, esi
        mov     eax, 1
        ret
.es:    mov     es, esi
        mov     eax, 1
        ret
.fs:    mov     fs, esi
        mov     eax, 1
        ret
.bad_gs:
        xor     eax, eax
        mov     gs, eax
        swapgs
        ret
.bad_ds:
        xor     eax, eax
        mov     ds, eax
        ret
.bad_es:
        xor     eax, eax
        mov     es, eax
        ret
.bad_fs:
        xor     eax, eax
        mov     fs, eax
        ret
.end:

section .rodata.fixup progbits alloc noexec nowrite align=8
        dq      pv_load_selector.gs, pv_load_selector.bad_gs
        dq      pv_load_selector.ds, pv_load_selector.bad_ds
        dq      pv_load_selector.es, pv_load_selector.bad_es
        dq      pv_load_selector.fs, pv_load_selector.bad_fs
