; privilege: what ring 3 may not do, gates, IRET and the I/O permission bitmap.         SDM 3A, "Privileged Instructions"; SDM 1, "I/O Permission Bit Map"
%define Guest "privilege"
%include "traps.inc"
%macro refused 2+                               ; "NAME", INSTRUCTION
        try3    %2
        check   %1, [vector], 13
%endmacro
main:   call    setup_traps
        try3    nop
        check   "nothing", [vector], Return
        refused "HLT", hlt
        refused "CLI", cli
        refused "WBINVD", wbinvd
        refused "INVD", invd
        refused "CLTS", clts
        refused "MOV CR0", mov cr0, eax
        refused "MOV from CR3", mov eax, cr3
        refused "MOV DR", mov dr0, eax
        refused "RDMSR", rdmsr
        refused "WRMSR", wrmsr
        refused "LGDT", lgdt [gdt32_pointer]
        refused "LTR", ltr ax
        refused "LMSW", lmsw ax
        refused "INVLPG", invlpg [0]
        refused "RDPMC", rdpmc
        try3    cpuid
        check   "CPUID is allowed", [vector], Return
        try3    rdtsc
        check   "RDTSC is allowed", [vector], Return
        mov     eax, 4
        mov     cr4, eax
        refused "RDTSC with CR4.TSD", rdtsc
        xor     eax, eax
        mov     cr4, eax
        try3    vmcall
        check   "VMCALL", [vector], 6
        try3    smsw eax
        check   "SMSW is allowed", [vector], Return

        refused "INT through a gate of ring 0", int 0x45
        check   "its error code", [error], 0x45 * 8 + 2
        refused "INT3 through one", int3
        check   "its error code", [error], 3 * 8 + 2
        try3    ud2
        check   "a fault needs no right", [vector], 6
        try3    int1
        check   "nor does INT1", [vector], 1

        try3    in al, 0x21
        check   "IN with its bit clear", [vector], Return
        or      byte [permissions + 0x21 / 8], 2
        refused "IN with its bit set", in al, 0x21
        refused "OUT with its bit set", out 0x21, al
        refused "IN of a word over it", in ax, 0x20
        mov     dx, 0x21
        mov     edi, buffer
        refused "INSB with its bit set", insb
        mov     dword [user_flags], 0x3002
        try3    in al, 0x21
        check   "IN with IOPL 3", [vector], Return
        try3    cli
        check   "CLI with IOPL 3", [vector], Return
        mov     dword [user_flags], 2

        mov     [resume_esp], esp
        mov     dword [resume], .i1
        push    dword 2
        push    dword Data
        push    dword .i1
        iretd
.i1:    check   "IRET to data: #GP", [vector], 13
        check   "its error code", [error], Data
        mov     [resume_esp], esp
        mov     dword [resume], .i2
        push    dword 2
        push    dword 0x7F8
        push    dword .i2
        iretd
.i2:    check   "IRET beyond the GDT: error code", [error], 0x7F8
        mov     [resume_esp], esp
        mov     dword [resume], .i3
        push    dword Data                      ; a stack of ring 0 for ring 3
        push    dword 0x1C0000
        push    dword 2
        push    dword User32
        push    dword .i3
        iretd
.i3:    check   "IRET with a stack of ring 0: #GP", [vector], 13
        check   "its error code", [error], Data
        mov     dword [resume], 0
        finish
buffer: dd      0
        align   16, db 0
payload_end:
