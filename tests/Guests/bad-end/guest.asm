; bad-end: ways to end; the command line's first character says which. Each gets the exception that the architecture has for it, which is printed, or
; ends this domain alone, with a report.
%define Guest "bad-end"
%include "traps64.inc"
Hole    equ 0xD0000000
Above   equ 0x4000000                           ; beyond the domain's RAM, below the devices
NoPage  equ 0x100000000                         ; not mapped

%macro way 1                                    ; the code behind it is of that character
        align   8
        cmp     byte [choice], %1
        jne     %%not
%push
%define %$next %%not
%endmacro
%macro end_way 0
        jmp     survived
%$next:
%pop
%endmacro

main64: mov     esi, [zero_page]
        mov     esi, [rsi + 0x228]              ; cmd_line_ptr
        mov     al, [rsi]
        mov     [choice], al
        mov     r14, ApicPage
        mov     dword [r14 + 0xF0], 0x1FF
        mov     ebx, Hole
        mov     qword [hook], on_exception

        way     'a'                             ; page tables: where nothing is
        mov     cr3, rbx
        end_way
        way     'b'                             ; where a device is
        mov     eax, ApicPage
        mov     cr3, rax
        end_way
        way     'c'                             ; above the RAM
        mov     eax, Above
        mov     cr3, rax
        end_way
        way     'd'                             ; at the end of all addresses
        mov     rax, 0xFFFFFFF000
        mov     cr3, rax
        end_way
        way     'e'                             ; the second level
        mov     dword [Tables + 8], Hole | 3
        mov     rcx, 1 << 39
        mov     eax, [rcx]
        end_way
        way     'f'                             ; the last level, for a write that needs the accessed bit
        mov     dword [Tables + 0x2000 + 64], ApicPage | 3
        invlpg  [0x1000000]
        mov     [0x1000000], eax
        end_way
        way     'g'                             ; PAE's four, loaded by MOV CR0
        mov     word [limit], 0                 ; there are no gates for 32-bit code
        lidt    [limit]
        mov     dword [entry_32], pae
        jmp     far dword [entry_32]
        end_way

        way     'h'                             ; exceptions: their table where nothing is
        mov     [limit + 2], rbx
        lidt    [limit]
        int     0x45
        end_way
        way     'i'                             ; not mapped
        mov     rax, NoPage
        mov     [limit + 2], rax
        lidt    [limit]
        ud2
        end_way
        way     'j'                             ; their stack on a device
        mov     esp, ApicPage + 0x800
        ud2
        end_way
        way     'k'                             ; an interrupt's
        mov     esp, ebx
        send    0x41
        sti
        nop
        nop
        end_way
        way     'l'                             ; an NMI's
        mov     esp, ebx
        mov     dword [r14 + 0x300], 0x4400
        nop
        end_way
        way     'm'                             ; one of the task state's, not mapped
        mov     byte [idt64 + 6 * 16 + 4], 1
        mov     byte [idt64 + 8 * 16 + 4], 1
        mov     byte [idt64 + 14 * 16 + 4], 1
        mov     rax, NoPage + 0x1000
        mov     [state64 + 36], rax
        ud2
        end_way
        way     'n'                             ; the task state on a device, which INT from ring 3 reads
        mov     word [gdt64 + 0x28 + 2], 0
        mov     byte [gdt64 + 0x28 + 4], 0
        mov     byte [gdt64 + 0x28 + 7], Hole >> 24
        mov     byte [gdt64 + 0x28 + 5], 0x89
        mov     eax, 0x28
        ltr     ax
        mov     byte [idt64 + 6 * 16 + 4], 1
        ud2
        end_way
        way     'o'                             ; descriptors where nothing is: a selector, a gate
        mov     [limit + 2], rbx
        lgdt    [limit]
        mov     eax, 0x18
        mov     ds, eax
        end_way
        way     'p'
        mov     [limit + 2], rbx
        lgdt    [limit]
        int     0x45
        end_way
        way     'q'
        mov     [limit + 2], rbx
        lgdt    [limit]
        mov     ds, [selector]
        end_way
        way     'r'
        mov     [limit + 2], rbx
        lgdt    [limit]
        push    rbx
        push    8
        push    rbx
        retfq
        end_way

        way     's'                             ; code: where nothing is, in a device, above the RAM
        jmp     rbx
        end_way
        way     't'
        mov     eax, ApicPage
        jmp     rax
        end_way
        way     'u'
        mov     eax, Above
        jmp     rax
        end_way
        way     'v'                             ; across the end of the RAM
        mov     byte [0xFFFFFF], 0xB8
        mov     eax, 0xFFFFFF
        jmp     rax
        end_way

        way     'w'                             ; instructions that are not emulated
        fld     qword [rbx]
        end_way
        way     'x'
        fxsave  [rbx]
        end_way
        way     'y'
        jmp     far dword [rbx]
        end_way
        way     '0'                             ; no descriptors, no exceptions
        mov     qword [limit + 2], 0
        mov     word [limit], 0
        lgdt    [limit]
        lidt    [limit]
        int3
        end_way
on_exception:
        say     "bad-end: exception "
        mov     rax, [vector]
        call    hex64
        say     " error "
        mov     rax, [error]
        call    hex64
        say     13, 10
        jmp     finish64
survived:
        say     "bad-end: survived", 13, 10
        jmp     finish64

bits 32
pae:    mov     eax, cr0
        btr     eax, 31
        mov     cr0, eax
        mov     ecx, 0xC0000080
        xor     eax, eax
        xor     edx, edx
        wrmsr
        mov     eax, Hole
        mov     cr3, eax
        mov     eax, cr0
        bts     eax, 31
        mov     cr0, eax
        print   "bad-end: survived", 13, 10
        finish
bits 64
        align   8
entry_32: dd    0
        dw      0x10
choice: db      0
selector: dw    0x18
        align   8
limit:  dw      0xFFFF
        dq      0
        align   16, db 0
payload_end:
