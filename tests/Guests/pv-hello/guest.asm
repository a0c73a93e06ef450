; pv-hello: a paravirtual kernel that looks at what it was started with, and switches itself off.
%include "pv.inc"
main:
        mov     rdi, [start_info]
        mov     rax, [rdi]
        mov     rcx, "xen-3.0-"
        xor     rax, rcx
        expect  "start_info", 0
        mov     rax, [rdi + 80]
        cmp     eax, 4095
        setbe   al
        movzx   eax, al
        expect  "console port", 1
        xor     edi, edi
        hypercall XenVersion
        shr     eax, 16
        expect  "version", 4
        hypercall 63
        expect  "no such hypercall", -NoSystemCall
        must_trap 14, "page fault", {mov rax, [abs 0]}
        mov     rax, [trap_error]
        expect  "its error code", 0
        must_trap 3, "int 3", int3
        must_trap 6, "invalid opcode", ud2
        must_trap 13, "general protection", lgdt [rsp]
        finish
        image
