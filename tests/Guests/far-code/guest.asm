; far-code: jumps to where there is no RAM, which reads as ones, and then takes an exception on a stack where there is none.
%define Guest "far-code"
%include "traps.inc"
main:   call    setup_traps
        mov     eax, 0xD0000000
        try     jmp eax
        check   "code where there is nothing", [vector], 6
        mov     esp, 0xD0000100
        ud2
        align   16, db 0
payload_end:
