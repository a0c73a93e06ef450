; bare.asm: a Linux kernel, as GRUB sees it, that is a list of micro guests and runs them one after the other on the machine itself.
;   Linux Documentation/arch/x86/boot.rst. list.inc is made by the test: a line `guest "FILE"` each.

bits 32
Guest   equ 0x100000
GuestEnd equ 0x800000
Setup   equ 1024                                ; bytes of a guest's file before its code
Com1    equ 0x3F8

section .setup start=0 align=1
        times 0x1F1 db 0
        db      1
        dw      0
        dd      (payload_end - payload + 15) / 16
        dw      0, 0, 0
        dw      0xAA55
        db      0xEB, 0x66
        db      "HdrS"
        dw      0x020C
        dd      0
        dw      0, 0
        db      0, 1
        dw      0
        dd      0x100000
        dd      0, 0, 0
        dw      0
        db      0, 0
        dd      0
        dd      0x7FFFFFFF
        dd      0x1000
        db      1, 12                           ; relocatable: then it is put to the preferred address
        dw      0
        dd      255
        dd      0
        dq      0
        dd      0, 0
        dq      0
        dq      0x1000000
        dd      0x400000
        dd      0
        times 1024 - ($ - $$) db 0

section .payload follows=.setup vstart=0x1000000 align=16
payload:
        mov     dword [current], list
        mov     edx, Com1 + 3
        mov     al, 3                           ; eight bits
        out     dx, al

; the next guest: in protected mode without paging
next:   lgdt    [gdt_pointer]
        lidt    [no_idt]
        jmp     0x10:.flat
.flat:  mov     eax, 0x18
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        mov     esp, stack_end
        push    dword 2
        popfd
        mov     eax, 0x11
        mov     cr0, eax
        xor     eax, eax
        mov     cr3, eax
        mov     cr4, eax
        mov     dr7, eax
        mov     dr0, eax
        mov     dr1, eax
        mov     dr2, eax
        mov     dr3, eax
        mov     eax, 0xFFFF0FF0
        mov     dr6, eax
        mov     ecx, 0xC0000080
        xor     eax, eax
        xor     edx, edx
        wrmsr
        call    silence

        mov     esi, [current]
        mov     edx, [esi]
        mov     ecx, [esi + 4]
        test    edx, edx
        jz      .end
        add     dword [current], 8
        mov     edi, Guest
        mov     esi, edx
        cld
        rep movsb
        mov     ecx, GuestEnd
        sub     ecx, edi
        xor     eax, eax
        rep stosb
        mov     dword [zero_page + 0x228], no_command
        mov     esi, zero_page
        mov     edi, next
        xor     ebp, ebp
        xor     ebx, ebx
        jmp     Guest
.end:   mov     esi, ended
        mov     ecx, ended_end - ended
.letter:
        mov     edx, Com1 + 5
        in      al, dx
        test    al, 0x20
        jz      .letter
        mov     edx, Com1
        outsb
        loop    .letter
.stop:  hlt
        jmp     .stop

; no interrupt comes from what the BIOS or another guest has set up
silence:
        mov     al, 0xFF
        out     0x21, al
        out     0xA1, al
        mov     ecx, 0x1B
        rdmsr
        and     eax, 0xFFFFFBFF                 ; xAPIC
        or      eax, 0x800
        wrmsr
        mov     edi, 0xFEE00000
        mov     dword [edi + 0x380], 0
        mov     dword [edi + 0x320], 0x10000
        mov     dword [edi + 0x80], 0
        mov     dword [edi + 0xF0], 0xFF
        ret

        align   8
gdt:    dq      0, 0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF
gdt_end:
gdt_pointer:
        dw      gdt_end - gdt - 1
        dd      gdt
no_idt: dw      0
        dd      0
current: dd     0
ended:  db      "ALL-GUESTS-DONE", 13, 10
ended_end:
no_command: db  0

; the list is read twice: for the images and for the table of where they are
%assign number 0
%macro guest 1
        align   16
image_ %+ number:
        incbin  %1, Setup
bytes_ %+ number equ $ - image_ %+ number
%assign number number + 1
%endmacro
%include "list.inc"
%unmacro guest 1
%assign number 0
%macro guest 1
        dd      image_ %+ number, bytes_ %+ number
%assign number number + 1
%endmacro
        align   4
list:
%include "list.inc"
        dd      0, 0
        align   16, db 0
payload_end:
        absolute $
zero_page:
        resb    4096
        resb    4096
stack_end:
