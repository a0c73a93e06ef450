; moves: MOV forms, string moves and string I/O on emulated memory and ports, against the local APIC and the CMOS.
%include "microguest.inc"
main:
        mov     eax, start64
        jmp     enter_long_mode
bits 64
Ldr     equ 0xD0                                ; logical destination: bits 31:24 keep what is written
Dfr     equ 0xE0
%assign checks 0
%macro check 1                                  ; rax must hold this
%assign checks checks + 1
%defstr number checks
        mov     rcx, %1
        cmp     rax, rcx
        je      %%good
        say     "moves: FAILED, check ", number, 13, 10
        jmp     finish64
%%good:
%endmacro
start64:
        mov     rsp, 0x200000
        mov     rdi, ApicPage
        mov     dword [rdi + Ldr], 0x5A000000   ; C7
        mov     eax, [rdi + Ldr]                ; 8B
        check   0x5A000000
        mov     ebx, 0xA5000000
        mov     [rdi + Ldr], ebx                ; 89
        mov     rax, -1
        mov     eax, [rdi + Ldr]                ; clears the upper half
        check   0xA5000000
        movsxd  rax, dword [rdi + Ldr]          ; 63
        check   0xFFFFFFFFA5000000
        movzx   eax, byte [rdi + Ldr + 3]       ; B6
        check   0xA5
        movsx   rax, byte [rdi + Ldr + 3]       ; BE
        check   0xFFFFFFFFFFFFFFA5
        movzx   eax, word [rdi + Ldr + 2]       ; B7
        check   0xA500
        mov     r9, rdi
        mov     ecx, Ldr
        mov     eax, [r9 + rcx]                 ; SIB
        check   0xA5000000
        mov     eax, [abs qword ApicPage + Ldr] ; A1
        check   0xA5000000
        mov     ebx, 0x3C
        bswap   ebx
        movnti  [rdi + Ldr], ebx                ; 0F C3
        xor     eax, eax
        mov     ah, [rdi + Ldr + 3]             ; high byte
        check   0x3C00

        mov     rsi, ApicPage + Ldr             ; MOVS from a device
        mov     rdi, buffer
        cld
        movsd
        mov     eax, [buffer]
        check   0x3C000000
        mov     rax, rsi
        check   ApicPage + Ldr + 4
        mov     dword [buffer], 0x77000000      ; MOVS to a device
        mov     rsi, buffer
        mov     rdi, ApicPage + Ldr
        movsd
        mov     eax, [abs qword ApicPage + Ldr]
        check   0x77000000
        mov     rsi, ApicPage + Ldr             ; MOVS between devices
        mov     rdi, ApicPage + Ldr
        movsd
        mov     eax, [abs qword ApicPage + Ldr]
        check   0x77000000
        mov     rsi, ApicPage + Ldr             ; LODS
        lodsd
        mov     eax, eax
        check   0x77000000
        mov     eax, 0x11000000                 ; STOS
        mov     rdi, ApicPage + Ldr
        stosd
        mov     eax, [abs qword ApicPage + Ldr]
        check   0x11000000
        mov     rax, rdi
        check   ApicPage + Ldr + 4

        mov     rsi, indices                    ; REP OUTSB and REP INSB
        mov     edx, 0x70
        mov     ecx, 3
        rep outsb
        mov     rax, rcx
        check   0
        mov     rax, rsi
        check   indices + 3
        mov     al, 0x5E                        ; a byte of CMOS memory
        out     0x70, al
        mov     al, 0xC3
        out     0x71, al
        mov     al, 0x5E
        out     0x70, al
        mov     rdi, buffer
        mov     edx, 0x71
        mov     ecx, 2
        rep insb
        mov     rax, rcx
        check   0
        movzx   eax, word [buffer]
        check   0xC3C3
        mov     eax, [abs qword 0xD0000000]           ; nothing answers there
        check   0xFFFFFFFF
        say     "moves: every form did what the manual says", 13, 10
        jmp     finish64
indices: db     1, 2, 0x5E
        align   16
buffer: times 16 db 0
        align   16, db 0
payload_end:
