; multiboot: a kernel with a multiboot header and nothing else, as test suites for virtual machines are. It looks at what its loader told it and at the
; test devices, tells it by the port for text and ends by the port for that.
;   Multiboot Specification 0.6.96; QEMU, "hw/misc/pc-testdev.c"

bits 32
Load    equ 0x400000
        org     Load
Flags   equ 0x10003
header: dd      0x1BADB002, Flags, -(0x1BADB002 + Flags)
        dd      header, Load, 0, bss_end, start

TextPort        equ 0xE9
ExitPort        equ 0xF4
LinePort        equ 0x2000
FirmwarePort    equ 0x510
DataPort        equ 0xE0
IoMemory        equ 0xFF000000

; say ADDRESS: the text there, up to a zero
%macro say 1
        mov     esi, %1
        call    print_text
%endmacro

; check "NAME": the zero flag says whether it is so
%macro check 1
        jmp     %%over
%%text: db      %1, 10, 0
%%over: mov     esi, %%text
        call    print_verdict
%endmacro

start:  mov     esp, stack_end
        cld
        cmp     eax, 0x2BADB002
        check   "told by a multiboot loader"
        mov     ebp, ebx
        mov     eax, [ebp]
        and     eax, 0x24D
        cmp     eax, 0x24D
        check   "memory, command line, modules, map and name"
        cmp     dword [ebp + 8], 15 * 1024
        check   "memory above 1 MiB"
        say     command_line
        say     [ebp + 16]
        call    new_line
        cmp     dword [ebp + 20], 2
        check   "two modules"
        mov     ebx, [ebp + 24]
        mov     eax, [ebx]
        cmp     dword [eax], 0x1BADB002
        check   "the first is this file"
        mov     eax, [ebx + 4]
        sub     eax, [ebx]
        cmp     eax, file_end - header
        check   "as long as it is"
        test    dword [ebx + 16], 0xFFF
        check   "the second begins a page"
        say     module
        say     [ebx + 8]
        call    new_line
        say     module
        say     [ebx + 24]
        call    new_line
        mov     eax, cr0
        and     eax, 0x80000001
        cmp     eax, 1
        check   "protected mode without paging"

        ; the test devices
        mov     dx, DataPort
        mov     eax, 0x12345678
        out     dx, eax
        inc     dx
        mov     al, 0xAA
        out     dx, al
        dec     dx
        in      eax, dx
        cmp     eax, 0x1234AA78
        check   "a register of ports"
        mov     dx, FirmwarePort
        mov     ax, 5
        out     dx, ax
        inc     dx
        in      al, dx
        mov     ah, al
        in      al, dx
        xchg    al, ah
        cmp     ax, 1
        check   "one processor, says fw_cfg"
        dec     dx
        mov     ax, 3
        out     dx, ax
        inc     dx
        xor     ebx, ebx
        mov     ecx, 4
.size:  in      al, dx
        mov     bl, al
        ror     ebx, 8
        loop    .size
        cmp     ebx, 16 << 20
        check   "and how much memory"
        mov     edi, IoMemory
        mov     ecx, 0x10000 / 4
        xor     eax, eax
        repe    scasd
        check   "memory that is zero"
        lock inc dword [IoMemory + 0xFFFC]
        cmp     dword [IoMemory + 0xFFFC], 1
        check   "and can be written"
        mov     al, 0x11
        out     0x20, al
        mov     al, 0x20
        out     0x21, al
        mov     al, 4
        out     0x21, al
        mov     al, 1
        out     0x21, al
        mov     al, 0x0A                        ; reads give the requests
        out     0x20, al
        mov     dx, LinePort + 5
        mov     al, 1
        out     dx, al
        in      al, 0x20
        test    al, 1 << 5
        setz    al
        test    al, al
        check   "an interrupt line"
        mov     al, 0
        out     dx, al
        mov     dx, ExitPort
        mov     eax, [bad_count]
        out     dx, eax
        hlt
        jmp     $

; print_verdict: "ok " or "BAD " and the text at esi, by the zero flag
print_verdict:
        push    esi
        mov     esi, ok_text
        jz      .good
        inc     dword [bad_count]
        mov     esi, bad_text
.good:  call    print_text
        pop     esi
        ; fall through

; print_text: at esi, up to a zero
print_text:
        push    eax
        push    edx
        mov     dx, TextPort
.next:  lodsb
        test    al, al
        jz      .end
        out     dx, al
        jmp     .next
.end:   pop     edx
        pop     eax
        ret

new_line:
        mov     al, 10
        out     TextPort, al
        ret

ok_text:        db "ok ", 0
bad_text:       db "BAD ", 0
command_line:   db "command line: ", 0
module:         db "module: ", 0
        align   4
bad_count:      dd 0
file_end:
        absolute $
        alignb  16
        resb    4096
stack_end:
bss_end:
