; v86: virtual-8086 mode: what reaches the monitor and what leaves the guest.           SDM 3A, "8086 Emulation"
%define Guest "v86"
%include "traps.inc"
Low     equ 0x8000
; tryv FLAGS, INSTRUCTION: in virtual-8086 mode at Low; [vector] is 6 (the UD2 behind it) if nothing came
%macro tryv 2+
        mov     esi, %%code
        mov     edi, Low
        mov     ecx, %%end - %%code
        rep movsb
        mov     dword [vector], -1
        mov     [resume_esp], esp
        mov     dword [resume], %%end
        push    dword 0x5555
        push    dword 0x4444
        push    dword Low / 16
        push    dword Low / 16
        push    dword Low / 16
        push    dword 0x1000
        push    dword 0x20002 | (%1)
        push    dword Low / 16
        push    dword 0
        xor     eax, eax
        iretd
bits 16
%%code: %2
        ud2
bits 32
%%end:  mov     eax, Data
        mov     fs, eax
        mov     gs, eax
%endmacro
Iopl3   equ 0x3000
main:   call    setup_traps
        tryv    0, nop
        check   "nothing", [vector], 6
        check   "CS", [trap_cs], Low / 16
        check   "EIP", [trap_eip], 1
        mov     eax, [trap_flags]
        and     eax, 0x20000
        check   "VM in what is pushed", eax, 0x20000
        tryv    0, cli
        check   "CLI with IOPL 0", [vector], 13
        check   "its error code", [error], 0
        tryv    Iopl3, cli
        check   "CLI with IOPL 3", [vector], 6
        tryv    0, pushf
        check   "PUSHF with IOPL 0", [vector], 13
        tryv    0, int 0x45
        check   "INT with IOPL 0", [vector], 13
        tryv    Iopl3, int Return
        check   "INT with IOPL 3", [vector], Return
        tryv    Iopl3, int 0x45
        check   "INT through a gate of ring 0", [vector], 13
        check   "its error code", [error], 0x45 * 8 + 2
        tryv    0, int3
        check   "INT3 through a gate of ring 0", [error], 3 * 8 + 2
        tryv    0, hlt
        check   "HLT", [vector], 13
        tryv    Iopl3, in al, 0x21
        check   "IN with its bit clear", [vector], 6
        or      byte [permissions + 0x21 / 8], 2
        tryv    Iopl3, in al, 0x21
        check   "IN with its bit set, whatever IOPL is", [vector], 13
        and     byte [permissions + 0x21 / 8], ~2
        tryv    0, cpuid
        check   "CPUID", [vector], 6
        tryv    0, vmcall
        check   "VMCALL", [trap_eip], 0
        tryv    0, mov eax, cr0
        check   "MOV from CR0", [vector], 13
        tryv    0, rdmsr
        check   "RDMSR", [vector], 13
        tryv    0, wbinvd
        check   "WBINVD", [vector], 13
        tryv    0, smsw ax
        check   "SMSW", [vector], 6
        tryv    0, str ax
        check   "STR", [trap_eip], 0
        mov     dx, 0x21
        tryv    0, insb
        check   "INSB", [vector], 6
        tryv    0, mov ax, [0xFFFF]
        check   "a word at FFFFh", [vector], 13

        mov     dword [hook], clear_trap        ; single step
        tryv    0x100, cpuid
        check   "single step over CPUID", [vector], 1
        check   "behind it", [trap_eip], 2
        mov     dword [hook], 0

        mov     eax, 1                          ; VME: INT through the 8086 program's own table
        mov     cr4, eax
        mov     dword [0x45 * 4], (Low / 16) << 16 | 0x40
        mov     word [Low + 0x40], 0x0B0F       ; UD2
        tryv    0, int 0x45
        check   "VME: redirected INT", [vector], 6
        check   "VME: to its own handler", [trap_eip], 0x40
        or      byte [permissions - 32 + 0x45 / 8], 1 << (0x45 & 7)
        tryv    Iopl3, int 0x45
        check   "VME: not redirected", [vector], 13
        tryv    0, cli
        check   "VME: CLI clears VIF", [vector], 6
        xor     eax, eax
        mov     cr4, eax
        finish
clear_trap: and dword [ebp + 56], ~0x100
        ret
        align   16, db 0
payload_end:
