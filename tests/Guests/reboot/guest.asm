; reboot: asks for a reset as soon as it runs.
%include "microguest.inc"
main:
        print   "reboot: again", 13, 10
        mov     edx, 0xCF9
        mov     al, 6
        out     dx, al
.wait:  jmp     .wait
        align   16, db 0
payload_end:
