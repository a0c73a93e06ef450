; hammer: nothing but exits: CPUID, ports, device memory and CR3, and never ends.
%include "microguest.inc"
main:
        xor     eax, eax
        cpuid
        mov     edx, Pm1Control + 4             ; the PM timer
        in      eax, dx
        mov     eax, [ApicPage + 0x390]
        mov     edx, 0x80
        out     dx, al
        mov     edx, 0xCFC                      ; no function there
        in      eax, dx
        mov     eax, cr3
        mov     cr3, eax
        jmp     main
        align   16, db 0
payload_end:
