; paging: crashes on purpose with a stack, registers and page tables that a report can be checked against. The command line's first character:
;   4 in 64-bit mode, p with PAE paging, 2 with 32-bit paging, n without paging. "paging: MODE" is the last line on its console.
%include "microguest.inc"

Marked  equ 0x1F0000                            ; the stack's top, with words that stand out

main:
        mov     esi, [zero_page]
        mov     esi, [esi + 0x228]
        mov     al, [esi]
        cmp     al, '4'
        je      .long
        cmp     al, 'p'
        je      .pae
        cmp     al, '2'
        je      .two
        print   "paging: none", 13, 10
        jmp     crash
.long:  print   "paging: 4-level", 13, 10
        mov     eax, start64
        jmp     enter_long_mode
.pae:   print   "paging: PAE", 13, 10
        mov     dword [Tables], Tables + 0x1001 ; the first GiB; no other is there
        mov     dword [Tables + 4], 0
        mov     edi, Tables + 0x1000
        mov     eax, 0x83
        mov     ecx, 512
.fill:  mov     [edi], eax
        mov     dword [edi + 4], 0
        add     eax, 0x200000
        add     edi, 8
        loop    .fill
        mov     eax, cr4
        or      eax, 1 << 5
        jmp     .on
.two:   print   "paging: 32-bit", 13, 10
        mov     dword [Tables], Tables + 0x1003 ; 4 MiB of small pages; the rest is not there
        mov     edi, Tables + 0x1000
        mov     eax, 3
        mov     ecx, 1024
.small: mov     [edi], eax
        add     eax, 0x1000
        add     edi, 4
        loop    .small
        mov     eax, cr4
.on:    mov     cr4, eax
        mov     eax, Tables
        mov     cr3, eax
        mov     eax, cr0
        or      eax, 1 << 31
        mov     cr0, eax
crash:
        mov     esp, Marked
        mov     dword [esp], 0x57ACC001
        mov     dword [esp + 4], 0x57ACC002
        mov     eax, 0xAAAA0001
        mov     ecx, 0xCCCC0002
        lidt    [no_idt]
        ud2                                     ; no table: a triple fault
bits 64
start64:
        mov     rsp, Marked
        mov     rax, 0x57ACC0DE57ACC001
        mov     [rsp], rax
        mov     rax, 0xAAAA0001
        mov     rcx, 0xCCCC0002
        lidt    [no_idt]
        ud2
bits 32
no_idt: dw      0
        dq      0
        align   16, db 0
payload_end:
