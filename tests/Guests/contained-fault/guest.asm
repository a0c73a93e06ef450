; contained-fault: makes a device of the fault build, or its backend, fault inside the host. The command line's first character is the number
; of the fault, its second p for the port or c for the VMCALL.
%include "microguest.inc"
FaultPort equ 0xFA17
FaultCall equ 0x4641554C
main:
        mov     esi, [zero_page]
        mov     esi, [esi + 0x228]
        movzx   ebx, byte [esi]
        sub     ebx, '0'
        cmp     byte [esi + 1], 'c'
        je      .call
        mov     edx, FaultPort
        mov     eax, ebx
        out     dx, al
        jmp     .nothing
.call:  mov     eax, FaultCall
        xor     ecx, ecx
        vmcall
.nothing:
        print   "contained-fault: FAILED, nothing happened", 13, 10
        finish
        align   16, db 0
payload_end:
