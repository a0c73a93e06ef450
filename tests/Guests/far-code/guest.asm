; far-code: jumps to where there is no RAM.
%include "microguest.inc"
main:
        print   "far-code: here it comes", 13, 10
        mov     eax, 0xD0000000
        jmp     eax
        align   16, db 0
payload_end:
