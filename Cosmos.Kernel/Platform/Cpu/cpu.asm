; cpu: single privileged instructions for C#. System V; caller-saved registers are clobbered; no decisions here.
;   SDM 2, instruction reference

bits 64
default rel
%include "offsets.inc"

section .text

%macro function 1
global %1:function (%1.end - %1)
%1:
%endmacro

function cpu_out8                               ; edi = port, esi = value
        mov     edx, edi
        mov     eax, esi
        out     dx, al
        ret
.end:
function cpu_out16
        mov     edx, edi
        mov     eax, esi
        out     dx, ax
        ret
.end:
function cpu_out32
        mov     edx, edi
        mov     eax, esi
        out     dx, eax
        ret
.end:
function cpu_in8                                ; edi = port; eax = value, zero-extended
        mov     edx, edi
        xor     eax, eax
        in      al, dx
        ret
.end:
function cpu_in16
        mov     edx, edi
        xor     eax, eax
        in      ax, dx
        ret
.end:
function cpu_in32
        mov     edx, edi
        in      eax, dx
        ret
.end:

function cpu_rdtsc
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        ret
.end:

function cpu_cpuid                              ; edi = leaf, esi = subleaf, rdx = CpuidResult*
        push    rbx
        mov     r8, rdx
        mov     eax, edi
        mov     ecx, esi
        cpuid
        mov     [r8], eax
        mov     [r8 + 4], ebx
        mov     [r8 + 8], ecx
        mov     [r8 + 12], edx
        pop     rbx
        ret
.end:

function cpu_rdmsr                              ; edi = index; rax = value. The register must exist.
        mov     ecx, edi
        rdmsr
        shl     rdx, 32
        or      rax, rdx
        ret
.end:
function cpu_wrmsr                              ; edi = index, rsi = value. The register must take it.
        mov     ecx, edi
        mov     eax, esi
        mov     rdx, rsi
        shr     rdx, 32
        wrmsr
        ret
.end:

; Accesses that may fault on a guest's value or an absent register: the trap handler looks their address up in
; fixup_table and goes on at the second address, which reports failure.
%macro fixup 2
section .rodata.fixup
        dq      %1, %2
section .text
%endmacro

function cpu_try_rdmsr                          ; edi = index, rsi = ulong*; eax = 1, or 0 after #GP
        mov     ecx, edi
.access:
        rdmsr
        shl     rdx, 32
        or      rax, rdx
        mov     [rsi], rax
        mov     eax, 1
        ret
.fault: xor     eax, eax
        ret
.end:
        fixup   cpu_try_rdmsr.access, cpu_try_rdmsr.fault

function cpu_try_wrmsr                          ; edi = index, rsi = value; eax = 1, or 0 after #GP
        mov     ecx, edi
        mov     eax, esi
        mov     rdx, rsi
        shr     rdx, 32
.access:
        wrmsr
        mov     eax, 1
        ret
.fault: xor     eax, eax
        ret
.end:
        fixup   cpu_try_wrmsr.access, cpu_try_wrmsr.fault

function cpu_try_xsetbv                         ; rdi = value for XCR0; eax = 1, or 0 after #GP
        xor     ecx, ecx
        mov     eax, edi
        mov     rdx, rdi
        shr     rdx, 32
.access:
        xsetbv
        mov     eax, 1
        ret
.fault: xor     eax, eax
        ret
.end:
        fixup   cpu_try_xsetbv.access, cpu_try_xsetbv.fault

function cpu_xsave                              ; rdi = area (64-aligned), rsi = component mask
        mov     eax, esi
        mov     rdx, rsi
        shr     rdx, 32
        xsave64 [rdi]
        ret
.end:
function cpu_try_xrstor                         ; rdi = area, rsi = component mask; eax = 1, or 0 after #GP
        mov     eax, esi
        mov     rdx, rsi
        shr     rdx, 32
.access:
        xrstor64 [rdi]
        mov     eax, 1
        ret
.fault: xor     eax, eax
        ret
.end:
        fixup   cpu_try_xrstor.access, cpu_try_xrstor.fault

function cpu_try_vmxoff                         ; leaves VMX operation; eax = 1, or 0 after #UD, where it was not on
.access:
        vmxoff
        mov     eax, 1
        ret
.fault: xor     eax, eax
        ret
.end:
        fixup   cpu_try_vmxoff.access, cpu_try_vmxoff.fault

function cpu_fixup_table                        ; out rax = first entry, stored end at [rdi]
extern __fixup_start, __fixup_end
        lea     rax, [__fixup_end]
        mov     [rdi], rax
        lea     rax, [__fixup_start]
        ret
.end:

function cpu_read_cr0
        mov     rax, cr0
        ret
.end:
function cpu_write_cr0
        mov     cr0, rdi
        ret
.end:
function cpu_read_cr2
        mov     rax, cr2
        ret
.end:
function cpu_write_cr2
        mov     cr2, rdi
        ret
.end:
function cpu_read_cr3
        mov     rax, cr3
        ret
.end:
function cpu_write_cr3
        mov     cr3, rdi
        ret
.end:
function cpu_read_cr4
        mov     rax, cr4
        ret
.end:
function cpu_write_cr4
        mov     cr4, rdi
        ret
.end:
function cpu_invlpg
        invlpg  [rdi]
        ret
.end:

function cpu_load_idt                           ; rdi = 10-byte pointer
        lidt    [rdi]
        ret
.end:
function cpu_load_gdt                           ; rdi = 10-byte pointer, esi = task register selector
        lgdt    [rdi]
        mov     eax, 0xE010                     ; DescriptorTables.DataSelector
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        ltr     si
        push    0xE008                          ; CodeSelector
        lea     rax, [.far]
        push    rax
        retfq
.far:   ret
.end:

function cpu_load_ldt                           ; edi = selector
        lldt    di
        ret
.end:

; cpu_idle: sleep until an interrupt; the vectors taken stand in PerCpu.Taken*. STI's shadow covers HLT.
function cpu_idle
        sti
        hlt
        cli
        ret
.end:

; cpu_take_interrupts: let waiting interrupts in.
function cpu_take_interrupts
        sti
        nop
        nop
        cli
        ret
.end:

function cpu_pause
        pause
        ret
.end:

; cpu_clear_memory: rdi = target (64-aligned), rsi = bytes (a multiple of 64)
function cpu_clear_memory
        pxor    xmm0, xmm0
        shr     rsi, 9
.block:
%assign offset 0
%rep 32
        movaps  [rdi + offset], xmm0
%assign offset offset + 16
%endrep
        add     rdi, 512
        dec     rsi
        jnz     .block
        ret
.end:

; cpu_clear_buffers: VERW with a writable segment, which overwrites the buffers where MD_CLEAR is enumerated
function cpu_clear_buffers
        verw    [.data_selector]
        ret
        align   2
.data_selector:
        dw      0x10
.end:

function cpu_halt_forever
        cli
.again: hlt
        jmp     .again
.end:

; cpu_triple_fault: reset by an empty IDT, the last resort.
function cpu_triple_fault
        lidt    [.nothing]
        int3
.again: hlt
        jmp     .again
        align   8
.nothing:
        dq      0, 0
.end:

; cpu_read_rbp: frame pointer of the caller, for backtraces
function cpu_read_rbp
        mov     rax, rbp
        ret
.end:

section .text
; cpu_save_extended: components of the guest's extended state to the XSAVE area. XCR0 is the guest's, which may hide some: then the largest first.
;   in        rdi = XSAVE area, rsi = components, edx = largest XCR0, ecx = the guest's XCR0
;   out       XCR0 = the largest where the guest's is another
function cpu_save_extended
        cmp     ecx, edx
        je      .save
        mov     eax, edx
        xor     ecx, ecx
        xor     edx, edx
        xsetbv
.save:  mov     eax, esi
        xor     edx, edx
        xsave64 [rdi]
        ret
.end:

; cpu_load_extended: the inverse; leaves the guest's XCR0 loaded.
function cpu_load_extended
        mov     r8d, ecx
        mov     r9d, edx
        xor     ecx, ecx
        xor     edx, edx
        mov     eax, r9d
        xsetbv
        mov     eax, esi
        xrstor64 [rdi]
        ldmxcsr [standard_mxcsr]                ; it came with AVX
        cmp     r8d, r9d
        je      .done
        mov     eax, r8d
        xsetbv
.done:  ret
.end:

; Debug registers 0 to 3 and 6, which the guest writes without an exit: rdi = ulong[5]
function cpu_save_debug
        mov     rax, dr0
        mov     [rdi], rax
        mov     rax, dr1
        mov     [rdi + 8], rax
        mov     rax, dr2
        mov     [rdi + 16], rax
        mov     rax, dr3
        mov     [rdi + 24], rax
        mov     rax, dr6
        mov     [rdi + 32], rax
        ret
.end:
function cpu_load_debug
        mov     rax, [rdi]
        mov     dr0, rax
        mov     rax, [rdi + 8]
        mov     dr1, rax
        mov     rax, [rdi + 16]
        mov     dr2, rax
        mov     rax, [rdi + 24]
        mov     dr3, rax
        mov     rax, [rdi + 32]
        mov     dr6, rax
        ret
.end:

; cpu_load_dr7: rdi = value
function cpu_load_dr7
        mov     dr7, rdi
        ret
.end:

; cpu_read_dr6: rax = value
function cpu_read_dr6
        mov     rax, dr6
        ret
.end:

section .rodata
        align   4
standard_mxcsr: dd 0x1F80
