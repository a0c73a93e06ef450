; software-exceptions: INT n, INT3, INTO, INT1, BOUND, general detect and the names DR4 and DR5.    SDM 3A, "Exception and Interrupt Reference"
%define Guest "software-exceptions"
%include "traps.inc"
main:   call    setup_traps
        try     int3
.a:     check   "INT3", [vector], 3
        try     int 0x45
        check   "INT n", [vector], 0x45
        mov     al, 0x7F
        add     al, 1
        try     into
        check   "INTO with OF", [vector], 4
        xor     eax, eax
        try     into
        check   "INTO without OF", [vector], -1
        mov     eax, 11
        try     bound eax, [bounds]
        check   "BOUND", [vector], 5
        mov     eax, 10
        try     bound eax, [bounds]
        check   "BOUND in its bounds", [vector], -1
        xor     ecx, ecx
        try     div ecx
        check   "DIV by zero", [vector], 0

        xor     eax, eax
        mov     dr6, eax
        int1
.i1:    check   "INT1", [vector], 1
        check   "INT1: behind it", [trap_eip], .i1
        check   "INT1: nothing in DR6", [trap_dr6], 0xFFFF0FF0
        int3
.i3:    check   "INT3: behind it", [trap_eip], .i3

        mov     eax, 0x2400                     ; GD
        mov     dr7, eax
.gd:    mov     ebx, dr0
        check   "GD: #DB", [vector], 1
        check   "GD: before the instruction", [trap_eip], .gd
        mov     eax, [trap_dr6]
        check   "GD: BD", eax, 0xFFFF2FF0
        mov     eax, dr7
        check   "GD: is off then", eax, 0x400
        mov     eax, 0x12345678
        mov     dr3, eax
        xor     eax, eax
        mov     eax, dr3
        check   "DR3 keeps its value", eax, 0x12345678
        mov     eax, 8
        mov     cr4, eax
        try     mov eax, dr4
        check   "DR4 with CR4.DE", [vector], 6
        try     mov dr5, eax
        check   "DR5 with CR4.DE", [vector], 6
        xor     eax, eax
        mov     cr4, eax
        try     mov eax, dr5
        mov     eax, dr5
        check   "DR5 is DR7 without it", eax, 0x400
        xor     eax, eax
        mov     dr6, eax
        mov     eax, dr6
        check   "DR6: fixed bits", eax, 0xFFFF0FF0
        finish
bounds: dd      1, 10
        align   16, db 0
payload_end:
