; task-priority: CR8 and the local APIC's TPR are one, and what they hold back.         SDM 3A, "Task Priority in IA-32e Mode"
%define Guest "task-priority"
%include "traps64.inc"
Tpr     equ 0x80
main64: mov     r14d, ApicPage
        mov     qword [hook], acknowledge
        mov     dword [r14 + 0xF0], 0x1FF
        mov     rax, cr8
        check   "CR8 after start", rax, 0
        mov     eax, 7
        mov     cr8, rax
        mov     ebx, [r14 + Tpr]
        check   "CR8 in TPR", rbx, 0x70
        mov     dword [r14 + Tpr], 0xA5
        mov     rax, cr8
        check   "TPR in CR8", rax, 10
        mov     ebx, [r14 + Tpr]
        check   "TPR's low bits stay", rbx, 0xA5
        mov     eax, 10
        mov     cr8, rax
        mov     ebx, [r14 + Tpr]
        check   "CR8 clears them", rbx, 0xA0
        mov     ebx, [r14 + 0xA0]
        check   "PPR follows", rbx, 0xA0
        mov     r10d, 15
        mov     cr8, r10
        mov     r11, cr8
        check   "by other registers", r11, 15

        mov     eax, 4
        mov     cr8, rax
        send    0x41
        sti
        nop
        nop
        check   "class 4 under priority 4", [trap_count], 0
        mov     eax, 3
        mov     cr8, rax
.low:   nop
        check   "under priority 3: comes", [trap_count], 1
        check   "behind MOV CR8", [trap_rip], .low
        mov     eax, 15
        mov     cr8, rax
        send    0x41
        send    0x31
        xor     eax, eax
        mov     qword [trap_count], 0
        mov     cr8, rax
        nop
        nop
        check   "both come when it is 0", [trap_count], 2
        check   "the lower last", [vector], 0x31
        cli
        mov     eax, 15
        mov     cr8, rax
        send    0x41
        xor     eax, eax
        mov     cr8, rax
        nop
        check   "IF = 0 holds it, too", [trap_count], 2
        sti
        nop
        check   "until STI", [trap_count], 3
        mov     eax, 15
        mov     cr8, rax
        mov     dword [r14 + 0x3E0], 0xB
        mov     dword [r14 + 0x320], 0x41
        mov     dword [r14 + 0x380], 1000
        mov     ecx, 20000
.spin:  dec     ecx
        jnz     .spin
        check   "the timer under priority 15", [trap_count], 3
        xor     eax, eax
        mov     cr8, rax
        nop
        check   "comes when it is 0", [trap_count], 4
        mov     eax, 5
        mov     cr8, rax
        mov     dword [r14 + 0x380], 1000
        mov     dword [r14 + Tpr], 0
        mov     ecx, 20000
.spin2: dec     ecx
        jnz     .spin2
        check   "lowered through the page", [trap_count], 5
        cli

        ; the test counts the exits that these do not cause
        mov     ecx, 1000
.many:  mov     eax, ecx
        and     eax, 15
        mov     cr8, rax
        mov     rbx, cr8
        cmp     rax, rbx
        jne     .differ
        dec     ecx
        jnz     .many
.differ: check  "a thousand times", rcx, 0
        jmp     finish64
acknowledge:
        mov     dword [r14 + 0xB0], 0
        ret
        align   16, db 0
payload_end:
bits 32
