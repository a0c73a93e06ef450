; The short ways between a guest's kernel and its user programs: SYSCALL and #PF of a user program, and iret. Each checks that everything
; is as it nearly always is, and goes on to C# if not, with nothing changed. Else it does on PvRegisters what C# would
; (TrapDelivery.Bounce, TrapHypercalls.Iret) and resumes the guest; the x87 and SSE registers stay where they are.
; What C# has found of the kernel's stack holds until the guest comes out to it, as an entry of the TLB would.
;   Xen headers "arch-x86/xen-x86_64.h"

bits 64
default rel
%include "offsets.inc"

section .entry progbits alloc exec nowrite align=16
extern pv_resume, pv_syscall_whole, pv_syscall_vector, pv_trap_whole

; swap_gs_base: the guest's active GS base for the inactive one. In rdi = PvRegisters*; clobbers rax, rcx, rdx
%macro swap_gs_base 0
        mov     ecx, 0xC0000102                 ; IA32_KERNEL_GS_BASE
        rdmsr
        shl     rdx, 32
        or      rax, rdx
        mov     rdx, [rdi + PvRegisters.InactiveGsBase]
        mov     [rdi + PvRegisters.InactiveGsBase], rax
        mov     eax, edx
        shr     rdx, 32
        wrmsr
%endmacro

; A user program's system call: as pv_syscall found the registers, rdi = rsp = PvRegisters*.
        align   16
global pv_short_syscall
pv_short_syscall:
        mov     [rdi + PvRegisters.Rax], rax
        mov     [rdi + PvRegisters.Rdx], rdx
        mov     rdx, [rdi + PvRegisters.Info]
        mov     rax, [rdi + PvRegisters.UserFrame]
        cmp     word [rdx], 0                   ; no event waits, none is masked
        jne     .whole
        test    rax, rax
        jz      .whole
        cmp     qword [rdi + PvRegisters.SyscallHandler], 0
        je      .whole
        mov     byte [rdx + 1], 1               ; events are masked
        mov     [rax], rcx
        mov     [rax + 8], r11
        mov     [rax + 16], rcx
        mov     qword [rax + 24], 0xE033
        mov     [rax + 32], r11                 ; IF is set and IOPL 0, as the frame shows them
        mov     rdx, [gs:PerCpu.GuestScratch]
        mov     [rax + 40], rdx
        mov     qword [rax + 48], 0xE02B
        and     r11d, ~0x74500                  ; AC, VM, RF, NT, DF, TF
        inc     qword [rdi + PvRegisters.ShortSyscalls]
        mov     rdx, [rdi + PvRegisters.SyscallHandler]
        mov     rax, [rdi + PvRegisters.UserFrameRsp]

; in rdx = handler, rax = its RSP, r11 = its RFLAGS, rdi = PvRegisters*, whose Rax and Rdx are saved
pv_enter_kernel:
        mov     [rdi + PvRegisters.Rip], rdx
        mov     [rdi + PvRegisters.Rsp], rax
        mov     [rdi + PvRegisters.Rflags], r11
        mov     qword [rdi + PvRegisters.Cs], 0xE033
        mov     qword [rdi + PvRegisters.Ss], 0xE02B
        mov     rax, [rdi + PvRegisters.KernelTable]
        mov     [rdi + PvRegisters.Cr3], rax
        mov     qword [rdi + PvRegisters.IsUser], 0
        mov     qword [rdi + PvRegisters.UsesSysret], 1 ; the handler is canonical, and takes RCX and R11 from the frame
        swap_gs_base
        mov     rdx, [rdi + PvRegisters.Rdx]
        jmp     pv_resume

pv_short_syscall.whole:
        mov     rax, [rdi + PvRegisters.Rax]
        mov     rdx, [rdi + PvRegisters.Rdx]
        mov     qword [rdi + PvRegisters.Vector], 0x103 ; PvExit.SystemCall
        jmp     pv_syscall_vector

; A page fault: as pv_trap found the registers, but rax, which is in GuestScratch; rax = PvRegisters*, on the stack lie vector, error code and
; the CPU's frame. Addresses of the upper half are not for here: there is the LDT, and user programs have nothing.
        align   16
global pv_short_fault
pv_short_fault:
        cmp     qword [rax + PvRegisters.IsUser], 0
        je      pv_trap_whole                   ; often a store to a page table
        mov     [rax + PvRegisters.Rdx], rdx
        mov     rdx, cr2
        test    rdx, rdx
        js      .whole
        mov     rdx, [rax + PvRegisters.Info]
        cmp     word [rdx], 0                   ; no event waits, none is masked
        jne     .whole
        cmp     qword [rax + PvRegisters.PageFaultHandler], 0
        je      .whole
        mov     rdx, [rax + PvRegisters.UserFrame]
        test    rdx, rdx
        jz      .whole
        mov     [rax + PvRegisters.Rdi], rdi
        mov     rdi, rax
        mov     [rdx - 8], rcx
        mov     [rdx], r11
        mov     rcx, [gs:PerCpu.GuestScratch]
        mov     [rdi + PvRegisters.Rax], rcx
        pop     rcx                             ; vector
        pop     rcx                             ; error code: a user's access
        or      ecx, 4
        mov     [rdx + 8], rcx
        pop     qword [rdx + 16]                ; RIP
        pop     rcx                             ; CS
        movzx   ecx, cx
        mov     [rdx + 24], rcx
        pop     r11                             ; IF is set and IOPL 0, as the frame shows them
        mov     [rdx + 32], r11
        pop     qword [rdx + 40]                ; RSP
        pop     qword [rdx + 48]                ; SS
        and     r11d, ~0x74100                  ; AC, VM, RF, NT, TF
        mov     rcx, [rdi + PvRegisters.Info]
        mov     rdx, cr2
        mov     byte [rcx + 1], 1               ; events are masked
        mov     [rcx + 16], rdx                 ; vcpu_info's CR2
        inc     qword [rdi + PvRegisters.ShortFaults]
        mov     rdx, [rdi + PvRegisters.PageFaultHandler]
        mov     rax, [rdi + PvRegisters.UserFrameRsp]
        sub     rax, 8
        jmp     pv_enter_kernel
.whole: mov     rdx, [rax + PvRegisters.Rdx]
        jmp     pv_trap_whole

; iret: as pv_syscall found the registers, rdi = rsp = PvRegisters*. The frame (IretFrame) is read once: another vCPU may change it.
        align   16
global pv_short_return
pv_short_return:
        mov     [rdi + PvRegisters.Rdx], rdx
        mov     rax, [gs:PerCpu.GuestScratch]
        mov     rdx, rax
        and     rdx, -4096
        cmp     rdx, [rdi + PvRegisters.StackPage]
        jne     .whole
        sub     rax, rdx
        cmp     rax, 4096 - 72
        ja      .whole
        add     rax, [rdi + PvRegisters.StackStart]
        mov     rdx, [rdi + PvRegisters.Info]
        cmp     byte [rdx], 0                   ; no event waits
        jne     .whole
        test    byte [rax + 25], 1              ; RCX and R11 are to stay
        jnz     .whole
        movzx   edx, word [rax + 40]            ; CS: its level says where to
        mov     [rdi + PvRegisters.Cs], rdx
        not     edx
        test    edx, 3
        jnz     .load
        cmp     qword [rdi + PvRegisters.UserTable], 0
        je      .whole

        ; RIP, RFLAGS with what a program may set, RSP, SS; events are masked as IF says
.load:  mov     rcx, [rax + 32]
        mov     [rdi + PvRegisters.Rip], rcx
        mov     rcx, [rax + 48]
        mov     rdx, [rdi + PvRegisters.Info]
        bt      ecx, 9
        setnc   byte [rdx + 1]
        and     ecx, 0x254DD5
        or      ecx, 0x202
        mov     [rdi + PvRegisters.Rflags], rcx
        mov     rcx, [rax + 56]
        mov     [rdi + PvRegisters.Rsp], rcx
        movzx   ecx, word [rax + 64]
        or      ecx, 3
        mov     [rdi + PvRegisters.Ss], rcx

        ; RAX, R11, RCX
        mov     rcx, [rax]
        mov     [rdi + PvRegisters.Rax], rcx
        mov     rcx, [rax + 8]
        mov     [rdi + PvRegisters.R11], rcx
        mov     rcx, [rax + 16]
        mov     [rdi + PvRegisters.Rcx], rcx
        mov     qword [rdi + PvRegisters.UsesSysret], 0
        inc     qword [rdi + PvRegisters.ShortReturns]
        mov     rcx, [rdi + PvRegisters.Cs]
        mov     eax, ecx
        or      eax, 3
        mov     [rdi + PvRegisters.Cs], rax
        and     ecx, 3
        cmp     ecx, 3
        jne     .kernel
        mov     rax, [rdi + PvRegisters.UserTable]
        mov     [rdi + PvRegisters.Cr3], rax
        mov     qword [rdi + PvRegisters.IsUser], 1
        swap_gs_base
.kernel:
        mov     rdx, [rdi + PvRegisters.Rdx]
        jmp     pv_resume
.whole: mov     eax, 23
        mov     rdx, [rdi + PvRegisters.Rdx]
        jmp     pv_syscall_whole
