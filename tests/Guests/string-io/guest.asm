; string-io: INS and OUTS, whose operands the hypervisor has to check itself.           SDM 3C, "Exit Qualification for I/O Instructions"
%define Guest "string-io"
%include "traps.inc"
Page    equ 0x180000                            ; is not there at first
Entry   equ Tables + 0x1000 + (Page >> 12) * 4
Small   equ Free
ReadOnly equ Free + 8
main:   call    setup_traps
        mov     dx, 0x21                        ; reads FFh: all interrupts are masked
        mov     edi, buffer + 3
        mov     ecx, 4
        std
        rep insb
        cld
        check   "DF: EDI goes down", edi, buffer - 1
        check   "DF: all four", [buffer], 0xFFFFFFFF
        mov     edi, 0x10000 + buffer - 0x100000
        mov     word [buffer + 4], 0
        mov     ecx, 0x10002
        descriptor Small, 0x100000, 0xFFFF, 0x93
        mov     eax, Small
        mov     es, eax
        a16 rep insb                            ; CX and DI only
        check   "16-bit addresses: CX", ecx, 0x10000
        mov     eax, Data
        mov     es, eax
        mov     eax, edi
        sub     eax, 0x10000
        check   "16-bit addresses: DI", eax, buffer - 0x100000 + 2
        xor     ecx, ecx
        mov     edi, 0xF0000000
        try     rep insb
        check   "a count of 0 touches nothing", [vector], -1
        check   "and moves nothing", edi, 0xF0000000

        mov     eax, Small
        mov     es, eax
        mov     edi, 0x10000
        try     insb
        check   "INSB beyond the limit: #GP", [vector], 13
        check   "its error code", [error], 0
        mov     eax, Small                      ; the handler has changed ES
        mov     es, eax
        mov     edi, 0xFFFF
        try     insw
        check   "INSW over the limit", [vector], 13
        descriptor ReadOnly, 0x100000, 0xFFFF, 0x91
        mov     eax, ReadOnly
        mov     es, eax
        xor     edi, edi
        try     insb
        check   "INSB to a read-only segment", [vector], 13
        xor     eax, eax
        mov     es, eax
        try     insb
        check   "INSB with ES null", [vector], 13
        mov     eax, Small
        mov     fs, eax
        mov     esi, 0x10000
        try     fs outsb
        check   "OUTSB of FS beyond the limit", [vector], 13
        mov     eax, Data
        mov     es, eax
        mov     fs, eax

        mov     dword [Tables], Tables + 0x1007
        mov     edi, Tables + 0x1000
        mov     eax, 7
        mov     ecx, 1024
.fill:  mov     [edi], eax
        add     eax, 0x1000
        add     edi, 4
        loop    .fill
        mov     dword [Entry], Page | 6
        mov     eax, Tables
        mov     cr3, eax
        mov     eax, 0x80010011
        mov     cr0, eax
        mov     edi, Page - 2
        mov     ecx, 4
        try     rep insb
        check   "INSB over a page that is not there: #PF", [vector], 14
        check   "its address", [trap_cr2], Page
        check   "its error code", [error], 2
        check   "two are done", ecx, 2
        check   "EDI stands in front of it", edi, Page
        check   "the bytes before it are there", [Page - 4], 0xFFFF0000
        mov     esi, Page - 1
        mov     ecx, 2
        try     rep outsb
        check   "OUTSB over it: #PF", [error], 0
        check   "one is done", ecx, 1
        mov     edi, Page - 1
        try     insw
        check   "INSW over its border: #PF", [vector], 14
        check   "its address", [trap_cr2], Page
        mov     dword [hook], map_page
        mov     edi, Page - 2
        mov     ecx, 4
        rep insb
        mov     dword [hook], 0
        check   "goes on when it is there", ecx, 0
        movzx   eax, word [Page]
        check   "with all bytes", eax, 0xFFFF
        mov     dword [Entry], Page | 5
        invlpg  [Page]
        mov     edi, Page
        try     insb
        check   "INSB to a read-only page", [error], 3
        mov     dword [Entry], Page | 3
        invlpg  [Page]
        mov     dword [user_flags], 0x3002
        mov     edi, Page
        try3    insb
        check   "INSB of ring 3 to a page of ring 0", [error], 7
        mov     esi, Page
        try3    outsb
        check   "OUTSB of it", [error], 5
        finish
map_page:
        mov     dword [Entry], Page | 7
        ret
        align   4
        dd      0
buffer: dd      0, 0
        align   16, db 0
payload_end:
