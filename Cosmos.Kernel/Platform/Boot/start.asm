; start: from GRUB's hand-over in 32-bit protected mode to kernel_main in 64-bit mode.
;   Multiboot2 specification, "OS image format" and "Machine state"; SDM 3A, "Initializing IA-32e Mode"
;   in        eax = multiboot2 magic, ebx = physical address of the boot information
;   out       kernel_main(magic, boot information), on boot_stack, GS base = boot_per_cpu, IF = 0
; The .boot sections are linked at physical addresses, since 32-bit code cannot name the kernel window. The loader may move the image by
; a multiple of 2 MiB: ebp holds by how much until C# runs, and every address in the .boot sections has it added.

%include "offsets.inc"

PagePresent     equ 1 << 0
PageWrite       equ 1 << 1
PageLarge       equ 1 << 7
Table           equ PagePresent + PageWrite
Page2M          equ PagePresent + PageWrite + PageLarge

ImageAlignment  equ 0x200000                    ; start-up maps the image with pages of this size
ImagePages      equ 8                           ; at most so many: the linker script checks it

section .multiboot align=8
header:
        dd      0xE85250D6                      ; magic, architecture i386, length, checksum
        dd      0
        dd      header_end - header
        dd      0x100000000 - (0xE85250D6 + (header_end - header))
        align   8
        dw      1, 0                            ; information request, must be there: command line, modules, map
        dd      request_end - request
request equ     $ - 8
        dd      1, 3, 6
request_end:
        align   8
        dw      1, 1                            ; information request, welcome: frame buffer, EFI tables, RSDP old and new, EFI map, load base
        dd      optional_request_end - optional_request
optional_request equ $ - 8
        dd      8, 11, 12, 14, 15, 17, 21
optional_request_end:
        align   8
        dw      3, 0                            ; entry address
        dd      12
        dd      start
        align   8
        dw      5, 1                            ; frame buffer, welcome: any size and depth
        dd      20
        dd      0, 0, 0
        align   8
        dw      6, 0                            ; modules page-aligned
        dd      8
        align   8
        dw      10, 0                           ; relocatable: anywhere from 1 MiB to the end of 32 bits, as low as possible
        dd      24
        dd      0x100000, 0xFFFFFFFF, ImageAlignment, 1
        align   8
        dw      0, 0                            ; end
        dd      8
header_end:

section .boot.text progbits alloc exec nowrite align=16
bits 32
global start:function (start.end - start)
start:
        cli
        cld
        mov     edi, eax                        ; the loader's magic
        rdtsc                                   ; start-up is measured from here on
        mov     esi, eax

        ; where are we? The reserved word of the boot information is the only stack there is
        lea     esp, [ebx + 8]
        call    .here
.here:  pop     ebp
        sub     ebp, .here
        mov     [ebp + boot_magic], edi
        mov     [ebp + boot_information], ebx
        mov     [ebp + boot_ticks], esi
        mov     [ebp + boot_ticks + 4], edx
        lea     esp, [ebp + boot_low_stack_end]

        ; a CPU without CPUID leaf 0x80000001, long mode or NX cannot run the kernel: say so and stop
        mov     eax, 0x80000000
        cpuid
        cmp     eax, 0x80000001
        jb      .unsupported
        mov     eax, 0x80000001
        cpuid
        and     edx, (1 << 29) | (1 << 20)
        cmp     edx, (1 << 29) | (1 << 20)
        jne     .unsupported

        ; start-up tables: identity and direct map = first 4 GiB, kernel window = the image, arena window = empty
        lea     eax, [ebp + boot_l3_direct + Table]
        mov     [ebp + boot_l4], eax
        mov     [ebp + boot_l4 + 262 * 8], eax
        lea     eax, [ebp + boot_l3_kernel + Table]
        mov     [ebp + boot_l4 + 261 * 8], eax
        lea     eax, [ebp + boot_l2_kernel + Table]
        mov     [ebp + boot_l3_kernel], eax
        lea     eax, [ebp + boot_l2_arena + Table]
        mov     [ebp + boot_l3_kernel + 256 * 8], eax
        lea     edi, [ebp + boot_l3_direct]
        lea     eax, [ebp + boot_l2_direct + Table]
        mov     ecx, 4
.directory:
        mov     [edi], eax
        add     eax, 4096
        add     edi, 8
        loop    .directory
        lea     edi, [ebp + boot_l2_direct]
        mov     eax, Page2M
        mov     ecx, 4 * 512
        call    .map
        lea     edi, [ebp + boot_l2_kernel + 8] ; linked one page above the window's start
        lea     eax, [ebp + ImageAlignment + Page2M]
        mov     ecx, ImagePages
        call    .map

        lea     eax, [ebp + boot_l4]
        mov     cr3, eax
        mov     eax, (1 << 5) | (1 << 9) | (1 << 10)    ; CR4: PAE, OSFXSR, OSXMMEXCPT
        mov     cr4, eax
        mov     ecx, 0xC0000080                         ; EFER: LME, NXE
        rdmsr
        or      eax, (1 << 8) | (1 << 11)
        wrmsr
        mov     eax, (1 << 31) | (1 << 16) | (1 << 5) | (1 << 4) | (1 << 1) | 1 ; CR0: PG, WP, NE, ET, MP, PE
        mov     cr0, eax
        lea     eax, [ebp + boot_gdt]
        mov     [ebp + boot_gdt_pointer + 2], eax
        lgdt    [ebp + boot_gdt_pointer]
        push    0x08
        lea     eax, [ebp + .long_mode]
        push    eax
        retf

; fill ecx entries at edi with pages of 2 MiB from eax on
.map:   mov     [edi], eax
        add     eax, 0x200000
        add     edi, 8
        loop    .map
        ret

.unsupported:
        lea     esi, [ebp + unsupported_message]
.next:  mov     dx, 0x3FD
        mov     ecx, 1 << 20                    ; an absent UART must not keep the rest from happening
.wait:  in      al, dx
        test    al, 0x20
        loopz   .wait
        lodsb
        test    al, al
        jz      .halt
        mov     dx, 0x3F8
        out     dx, al
        jmp     .next
.halt:  hlt
        jmp     .halt

bits 64
.long_mode:
        mov     rax, start_high
        jmp     rax
.end:

section .text
start_high:
        mov     eax, 0x10
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        xor     eax, eax
        mov     fs, eax
        mov     gs, eax
        ; CPU-local state through GS from the first C# instruction on
        mov     rax, boot_per_cpu
        mov     [rax + PerCpu.Self], rax
        mov     rdx, rax
        shr     rdx, 32
        mov     ecx, 0xC0000101                         ; IA32_GS_BASE
        wrmsr
        mov     rsp, boot_stack_end
        mov     ebp, ebp                                ; the upper half is undefined after the change of mode
        mov     rax, load_offset
        mov     [rax], rbp
        mov     rax, hand_over_ticks
        mov     rdx, [rbp + boot_ticks]
        mov     [rax], rdx
        mov     edi, [rbp + boot_magic]
        mov     esi, [rbp + boot_information]
        xor     ebp, ebp                                ; backtraces end here
        extern  kernel_main
        call    kernel_main
.halt:  cli
        hlt
        jmp     .halt

; run_on_stack: leave the current stack for good.
;   in        rdi = top of the new stack (16-aligned)    rsi = function that never returns
global run_on_stack:function (run_on_stack.end - run_on_stack)
run_on_stack:
        mov     rsp, rdi
        xor     ebp, ebp
        call    rsi
        ud2
.end:

section .boot.data progbits alloc noexec write align=8
unsupported_message:
        db      13, 10, "multicosm: panic: this CPU has no 64-bit mode with execute-disable", 13, 10, 0
        align   8
boot_gdt:
        dq      0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF
boot_gdt_pointer:
        dw      boot_gdt_pointer - boot_gdt - 1
        dd      0
        align   8
boot_ticks:             dq 0
boot_magic:             dd 0
boot_information:       dd 0

section .boot.bss nobits alloc noexec write align=4096
boot_l4:                resb 4096
boot_l3_kernel:         resb 4096
boot_l3_direct:         resb 4096
boot_l2_kernel:         resb 4096
boot_l2_arena:          resb 4096
boot_l2_direct:         resb 4 * 4096
boot_low_stack:         resb 64
boot_low_stack_end:

section .bss
        alignb  64
boot_per_cpu:           resb PerCpu.Size
load_offset:            resq 1
hand_over_ticks:        resq 1
        alignb  4096
boot_stack:             resb 4 * 4096
boot_stack_end:

; linker_symbol: the address of a boundary that the linker script defines, for C#.
;   in        edi = index as in KernelImage.cs
;   out       rax = address
section .text
global linker_symbol:function (linker_symbol.end - linker_symbol)
extern __boot_start, __text_start, __text_end, __rodata_start, __rodata_end, __data_start, __image_end, __modules_start, __symbols_start
linker_symbol:
        lea     rax, [rel linker_symbols]
        mov     edi, edi
        mov     rax, [rax + rdi * 8]
        ret
.end:

section .rodata
        align   8
linker_symbols:
        dq      __text_start, __text_end, __rodata_start, __rodata_end, __data_start, __image_end, __modules_start, __symbols_start
        dq      __boot_start, boot_l2_arena, load_offset, hand_over_ticks
