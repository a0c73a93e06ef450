; hog: keeps interrupts off and never ends.
%include "microguest.inc"
main:
        print   "hog: interrupts off", 13, 10
        cli
.loop:  jmp     .loop
        align   16, db 0
payload_end:
