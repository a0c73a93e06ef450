; control: what may be written to CR0 and CR4, and what is seen of it.                SDM 3A, "Control Registers"
%define Guest "control"
%include "traps.inc"
main:   call    setup_traps
        mov     ebx, cr0
        check   "CR0 after start, without NE and CD", ebx, 0x11

        mov     eax, 0x20000011                 ; NW without CD
        try     mov cr0, eax
        check   "NW without CD", [vector], 13
        check   "its error code", [error], 0
        mov     eax, cr0
        check   "and changes nothing", eax, 0x11
        mov     eax, 0x80000010                 ; PG without PE
        try     mov cr0, eax
        check   "PG without PE", [vector], 13
        mov     eax, 0x60000031
        try     mov cr0, eax
        check   "CD, NW and NE together", [vector], -1
        mov     eax, cr0
        check   "and all three are seen", eax, 0x60000031
        mov     eax, 0x11
        mov     cr0, eax
        mov     eax, cr0
        check   "and gone again", eax, 0x11
        mov     eax, 0x1FFAFFC1                 ; what is not defined, and ET, which stays
        try     mov cr0, eax
        check   "bits that are not defined are ignored", [vector], -1
        mov     eax, cr0
        check   "and read as zero", eax, 0x11

        mov     eax, 0xE                        ; MP, EM and TS; PE stays
        try     lmsw ax
        mov     eax, cr0
        check   "LMSW does not clear PE", eax, 0x1F
        clts
        mov     eax, cr0
        check   "CLTS", eax, 0x17
        xor     eax, eax
        smsw    ax
        check   "SMSW of 16 bits", eax, 0x17
        smsw    eax
        check   "SMSW of 32 bits", eax, 0x17
        mov     eax, 1
        lmsw    ax
        mov     eax, cr0
        check   "LMSW clears MP and EM", eax, 0x11
        mov     eax, 0x60000011
        mov     cr0, eax
        mov     eax, 9
        lmsw    ax
        mov     eax, cr0
        check   "LMSW leaves CD and NW", eax, 0x60000019
        clts
        mov     eax, cr0
        check   "and so does CLTS", eax, 0x60000011
        mov     eax, 0x11
        mov     cr0, eax

        mov     eax, 0x2000                     ; VMXE: the guest's CPUID has no VMX
        cmp     dword [next_guest], 0
        jne     .bare
        try     mov cr4, eax
        check   "CR4.VMXE without VMX", [vector], 13
.bare:  mov     eax, 0x80000000
        try     mov cr4, eax
        check   "a reserved bit of CR4", [vector], 13
        mov     eax, 0x20000
        try     mov cr4, eax
        check   "CR4.PCIDE outside IA-32e mode", [vector], 13
        mov     eax, cr4
        check   "CR4 as before", eax, 0
        mov     eax, 0x6B0                      ; OSXMMEXCPT, OSFXSR, PGE, PAE, PSE
        try     mov cr4, eax
        check   "CR4 bits that there are", [vector], -1
        mov     eax, cr4
        check   "and read back", eax, 0x6B0
        xor     eax, eax
        mov     cr4, eax
        try     db 0x0F, 0x20, 0xC8             ; MOV EAX, CR1
        check   "CR1 is not there", [vector], 6
        try     db 0x0F, 0x20, 0xE8             ; MOV EAX, CR5
        check   "nor CR5", [vector], 6
        mov     eax, 0x55555000
        mov     cr3, eax
        mov     eax, cr3
        check   "CR3 keeps what is written without paging", eax, 0x55555000
        mov     eax, 0x19
        mov     cr0, eax
        try     fnop
        check   "TS: x87", [vector], 7
        mov     eax, 0x15
        mov     cr0, eax
        try     fnop
        check   "EM: x87", [vector], 7
        mov     eax, 0x11
        mov     cr0, eax
        finish
        align   16, db 0
payload_end:
