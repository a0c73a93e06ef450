; single-step: TF over instructions that leave the guest.                              SDM 3B, "Single-Step Exception Condition"
%define Guest "single-step"
%include "traps.inc"

; step "NAME", INSTRUCTION...: one #DB with BS behind it
%macro step 2+
        mov     dword [trap_count], 0
        push    eax
        xor     eax, eax
        mov     dr6, eax
        pop     eax
        pushfd
        or      dword [esp], 0x100
        popfd
        %2
%%behind:
        nop
        nop
        check   %1, [trap_eip], %%behind
        check   "once, as BS", [trap_dr6], 0xFFFF4FF0
        check   "and no other", [trap_count], 1
%endmacro
%macro load_ss 1+                               ; its shadow reaches over the instruction
        mov     ss, edi
        %1
%endmacro

%macro step_branches 0                          ; TF with IA32_DEBUGCTL.BTF, until the next #DB
        mov     dword [trap_count], 0
        mov     ecx, 0x1D9
        mov     eax, 2
        xor     edx, edx
        wrmsr
        pushfd
        or      dword [esp], 0x100
        popfd
%endmacro

main:   call    setup_traps
        mov     dword [hook], clear_trap
        mov     edi, Data
        step    "NOP", nop
        xor     eax, eax
        step    "CPUID", cpuid
        step    "IN", in al, 0x21
        step    "OUT", out 0x21, al
        mov     ecx, 0x1B
        step    "RDMSR", rdmsr
        step    "WRMSR", wrmsr
        mov     eax, 0x40000011
        step    "MOV CR0", mov cr0, eax
        step    "MOV from CR0", mov eax, cr0
        mov     eax, 0x11
        mov     cr0, eax
        step    "WBINVD", wbinvd
        step    "PAUSE", pause
        step    "load from a device", mov eax, [ApicPage + 0x30]
        step    "store to a device", mov [ApicPage + 0xB0], eax
        xor     eax, eax
        step    "CPUID behind MOV SS", load_ss cpuid
        step    "IN behind MOV SS", load_ss in al, 0x21
        mov     dx, 0x21
        mov     edi, buffer
        step    "INSB", insb
        mov     edi, buffer
        mov     ecx, 1
        step    "REP INSB of one", rep insb
        mov     edi, buffer
        xor     ecx, ecx
        step    "REP INSB of none", rep insb

        ; each element is a step
        mov     dword [hook], count_steps
        mov     dword [trap_count], 0
        mov     edi, buffer
        mov     ecx, 4
        pushfd
        or      dword [esp], 0x100
        popfd
.string:
        rep insb
.behind:
        check   "REP INSB of four: steps", [trap_count], 4
        check   "the third at the instruction", [third_eip], .string
        check   "the last behind it", [trap_eip], .behind

        mov     dword [hook], clear_trap
        mov     dword [ApicPage + 0x380], .target ; the timer's initial count: a register that keeps 32 bits
        step_branches
        jmp     [ApicPage + 0x380]
        nop
.target: nop
        check   "BTF: JMP through a device is a step", [trap_eip], .target
        check   "BTF: once", [trap_count], 1
        mov     dword [ApicPage + 0x380], 0
        mov     ecx, 0x1D9
        rdmsr
        check   "BTF: cleared by #DB", eax, 0
        mov     edi, Data
        finish

clear_trap:
        and     dword [ebp + 56], ~0x100
        ret
count_steps:
        cmp     dword [trap_count], 3
        jne     .no
        mov     eax, [trap_eip]
        mov     [third_eip], eax
.no:    cmp     dword [trap_count], 4
        jne     .on
        and     dword [ebp + 56], ~0x100
.on:    ret
        align   4
third_eip: dd   0
buffer: times   16 db 0
        align   16, db 0
payload_end:
