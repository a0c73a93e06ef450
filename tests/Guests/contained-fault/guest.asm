; contained-fault: makes the host's test device fault; the number of the fault is the command line's first character.
%include "microguest.inc"
FaultPort equ 0xFA17
main:
        mov     esi, [zero_page]
        mov     esi, [esi + 0x228]
        movzx   ebx, byte [esi]
        sub     ebx, '0'
        print   "contained-fault: here it comes", 13, 10
        mov     edx, FaultPort
        mov     eax, ebx
        out     dx, al
        print   "contained-fault: FAILED, nothing happened", 13, 10
        finish
        align   16, db 0
payload_end:
