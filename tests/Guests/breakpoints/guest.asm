; breakpoints: DR0 to DR3 on code, data and ports, also of instructions that leave the guest.    SDM 3B, "Debug Registers"
%define Guest "breakpoints"
%include "traps.inc"

; watch ADDRESS, KIND, LENGTH: by DR0; kind 0 code, 1 writes, 2 ports, 3 reads and writes; length 0, 1, 3 = 1, 2, 4 bytes
%macro watch 3
        push    eax
        mov     eax, %1
        mov     dr0, eax
        mov     eax, 0x402 | ((%2) << 16) | ((%3) << 18)
        mov     dr7, eax
        xor     eax, eax
        mov     dr6, eax
        mov     [trap_count], eax
        pop     eax
%endmacro
%macro traps 2                                  ; "NAME", EIP
        check   %1, [trap_eip], %2
        check   "its DR6", [trap_dr6], 0xFFFF0FF1
        check   "once", [trap_count], 1
%endmacro
%macro quiet 1
        check   %1, [trap_count], 0
%endmacro

main:   call    setup_traps
        mov     dword [hook], resume_code
        watch   .cpuid, 0, 0
        xor     eax, eax
.cpuid: cpuid
        traps   "code: CPUID", .cpuid
        watch   .in, 0, 0
.in:    in      al, 0x21
        traps   "code: IN", .in

        watch   memory, 1, 3
        mov     [memory], eax
.w1:    traps   "data: write", .w1
        watch   memory, 1, 3
        mov     eax, [memory]
        quiet   "data: a read is no write"
        watch   memory, 3, 3
        mov     eax, [memory]
.w2:    traps   "data: read", .w2
        watch   memory, 1, 0
        mov     byte [memory + 1], 0
        quiet   "data: the byte beside"

        mov     eax, 8                          ; CR4.DE
        mov     cr4, eax
        watch   0x21, 2, 0
        in      al, 0x21
.p1:    traps   "port: IN", .p1
        watch   0x21, 2, 0
        out     0x21, al
.p2:    traps   "port: OUT", .p2
        watch   0x21, 2, 0
        in      al, 0xA1
        quiet   "port: another"
        watch   0x20, 2, 1
        in      al, 0x21
.p3:    traps   "port: two bytes from 20h", .p3
        mov     edi, memory
        mov     dx, 0x21
        watch   0x21, 2, 0
        insb
.p4:    traps   "port: INSB", .p4
        mov     esi, memory
        watch   0x21, 2, 0
        outsb
.p5:    traps   "port: OUTSB", .p5
        mov     edi, memory
        watch   memory, 1, 0
        insb
.p6:    traps   "data: written by INSB", .p6
        mov     esi, memory
        watch   memory, 3, 0
        outsb
.p7:    traps   "data: read by OUTSB", .p7
        xor     eax, eax
        mov     cr4, eax

        ; a watched word loaded into SS: one instruction later
        mov     dword [memory], Data
        watch   memory, 3, 1
        mov     ss, [memory]
        nop
.s1:    traps   "MOV SS from watched memory", .s1
        watch   memory, 3, 1
        xor     eax, eax
        mov     ss, [memory]
        cpuid
.s2:    traps   "and in front of CPUID", .s2
        watch   memory, 3, 1
        mov     ss, [memory]
        in      al, 0x21
.s3:    traps   "and in front of IN", .s3
        xor     eax, eax
        mov     dr7, eax

        ; RF in what faults push, and none in what traps push
        mov     dword [hook], 0
        mov     eax, 0x20000011
        try     mov cr0, eax
        mov     eax, [trap_flags]
        and     eax, 0x10000
        check   "RF: a fault", eax, 0x10000
        try     ud2
        mov     eax, [trap_flags]
        and     eax, 0x10000
        check   "RF: #UD", eax, 0x10000
        try     vmcall
        mov     eax, [trap_flags]
        and     eax, 0x10000
        check   "RF: #UD of VMCALL", eax, 0x10000
        try     int3
        mov     eax, [trap_flags]
        and     eax, 0x10000
        check   "RF: INT3", eax, 0
        finish

resume_code:
        or      dword [ebp + 56], 0x10000
        ret
        align   4
memory: times   4 dd 0
        align   16, db 0
payload_end:
