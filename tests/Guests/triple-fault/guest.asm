; triple-fault: no IDT, and a breakpoint.
%include "microguest.inc"
main:
        print   "triple-fault: here it comes", 13, 10
        lidt    [nothing]
        int3
        hlt
        align   8
nothing: dw     0
        dd      0
        align   16, db 0
payload_end:
