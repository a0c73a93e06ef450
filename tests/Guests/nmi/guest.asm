; nmi: blocking, one that pends, and what IRET has to do with it.                       SDM 3A, "Nonmaskable Interrupt (NMI)"
%define Guest "nmi"
%include "traps.inc"
%macro nmi 0                                    ; to APIC id 0, this one
        mov     dword [ApicPage + 0x310], 0
        mov     dword [ApicPage + 0x300], 0x4400
        nop
        nop
%endmacro
main:   call    setup_traps
        mov     dword [ApicPage + 0xF0], 0x1FF
        nmi
        check   "comes in spite of IF", [vector], 2
        check   "once", [trap_count], 1

        mov     dword [trap_count], 0
        mov     dword [hook], another
        nmi
        check   "one in its handler waits", [inside], 1
        check   "and comes behind IRET", [trap_count], 2
        mov     dword [trap_count], 0
        mov     dword [hook], two_more
        nmi
        check   "two in its handler", [inside], 1
        check   "are one", [trap_count], 2
        mov     dword [trap_count], 0
        mov     dword [hook], early
        nmi
        check   "another IRET in the handler unblocks", [inside], 3
        check   "at once", [trap_count], 3
        mov     dword [hook], 0

        xor     eax, eax                        ; the shadow of MOV SS holds it back
        mov     ecx, Data
        mov     dword [trap_count], 0
        mov     dword [ApicPage + 0x310], 0
        mov     dword [hook], faulting
        nmi
        check   "a fault in the handler", [inside], 13
        check   "and its IRET: the next comes", [trap_count], 3
        finish

; NMIs in the handler; `inside` = how many traps there were when they had been sent
another:
        cmp     dword [trap_count], 1
        jne     .no
        nmi
        mov     eax, [trap_count]
        mov     [inside], eax
.no:    ret
two_more:
        cmp     dword [trap_count], 1
        jne     .no
        nmi
        nmi
        mov     eax, [trap_count]
        mov     [inside], eax
.no:    ret
early:
        cmp     dword [trap_count], 1
        jne     .no
        nmi
        int     0x45
        nop
        mov     eax, [trap_count]
        mov     [inside], eax
.no:    ret
faulting:
        cmp     dword [trap_count], 1
        jne     .fault
        nmi
        mov     eax, 0x20000011
        mov     cr0, eax                        ; #GP
        nop
        ret
.fault: cmp     dword [vector], 13
        jne     .no
        mov     dword [inside], 13
        add     dword [ebp + 48], 3             ; behind MOV CR0
.no:    ret
        align   4
inside: dd      0
        align   16, db 0
payload_end:
