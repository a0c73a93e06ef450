; entry-failure: asks the fault build for a VM entry that must fail; the command line's first character says by what.
%include "microguest.inc"
BreakGuestState equ 0x42524B47
BreakControls   equ 0x42524B43
main:
        mov     esi, [zero_page]
        mov     esi, [esi + 0x228]
        mov     eax, BreakGuestState
        cmp     byte [esi], 'g'
        je      .break
        mov     eax, BreakControls
.break: vmcall
        print   "entry-failure: FAILED, the entry succeeded", 13, 10
        finish
        align   16, db 0
payload_end:
