; flood: prints as fast as it can and never ends.
%include "microguest.inc"

main:
        xor     edi, edi
.next:  print   "flooding "
        mov     eax, edi
        call    print_hex
        print   13, 10
        inc     edi
        jmp     .next
        align   16, db 0
payload_end:
