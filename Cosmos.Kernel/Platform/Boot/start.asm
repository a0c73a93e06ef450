; start: from GRUB's hand-over in 32-bit protected mode to kernel_main in 64-bit mode.
;   Multiboot2 specification, "OS image format" and "Machine state"; SDM 3A, "Initializing IA-32e Mode"
;   in        eax = multiboot2 magic, ebx = physical address of the boot information
;   out       kernel_main(magic, boot information), on boot_stack, GS base = boot_per_cpu, IF = 0
; The .boot sections are linked at their physical addresses, since 32-bit code cannot name the kernel window.

%include "offsets.inc"

PagePresent     equ 1 << 0
PageWrite       equ 1 << 1
PageLarge       equ 1 << 7

section .multiboot align=8
header:
        dd      0xE85250D6                      ; magic, architecture i386, length, checksum
        dd      0
        dd      header_end - header
        dd      0x100000000 - (0xE85250D6 + (header_end - header))
        align   8
        dw      1, 0                            ; information request: command line, modules, map, RSDP old and new
        dd      request_end - request
request equ     $ - 8
        dd      1, 3, 6, 14, 15, 12
request_end:
        align   8
        dw      3, 0                            ; entry address
        dd      12
        dd      start
        align   8
        dw      6, 0                            ; modules page-aligned
        dd      8
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
        mov     [boot_magic], eax
        mov     [boot_information], ebx

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

        ; start-up tables: identity and kernel window = first GiB, direct map = first 4 GiB, arena window = empty
        mov     dword [boot_l4], boot_l3_low + PagePresent + PageWrite
        mov     dword [boot_l4 + 261 * 8], boot_l3_kernel + PagePresent + PageWrite
        mov     dword [boot_l4 + 262 * 8], boot_l3_direct + PagePresent + PageWrite
        mov     dword [boot_l3_low], boot_l2_direct + PagePresent + PageWrite
        mov     dword [boot_l3_kernel], boot_l2_direct + PagePresent + PageWrite
        mov     dword [boot_l3_kernel + 256 * 8], boot_l2_arena + PagePresent + PageWrite
        mov     edi, boot_l3_direct
        mov     eax, boot_l2_direct + PagePresent + PageWrite
        mov     ecx, 4
.directory:
        mov     [edi], eax
        add     eax, 4096
        add     edi, 8
        loop    .directory
        mov     edi, boot_l2_direct
        mov     eax, PagePresent + PageWrite + PageLarge
        mov     ecx, 4 * 512
.page:
        mov     [edi], eax
        add     eax, 0x200000
        add     edi, 8
        loop    .page

        mov     eax, boot_l4
        mov     cr3, eax
        mov     eax, (1 << 5) | (1 << 9) | (1 << 10)    ; CR4: PAE, OSFXSR, OSXMMEXCPT
        mov     cr4, eax
        mov     ecx, 0xC0000080                         ; EFER: LME, NXE
        rdmsr
        or      eax, (1 << 8) | (1 << 11)
        wrmsr
        mov     eax, (1 << 31) | (1 << 16) | (1 << 5) | (1 << 4) | (1 << 1) | 1 ; CR0: PG, WP, NE, ET, MP, PE
        mov     cr0, eax
        lgdt    [boot_gdt_pointer_low]
        jmp     0x08:.long_mode

.unsupported:
        mov     esi, unsupported_message
.next:  mov     dx, 0x3FD
.wait:  in      al, dx
        test    al, 0x20
        jz      .wait
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
        mov     rax, boot_gdt_pointer
        lgdt    [rax]
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
        xor     ebp, ebp                                ; backtraces end here
        mov     edi, [boot_magic]
        mov     esi, [boot_information]
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
boot_gdt_pointer_low:
        dw      boot_gdt_pointer_low - boot_gdt - 1
        dd      boot_gdt
        align   8
boot_gdt_pointer:
        dw      boot_gdt_pointer_low - boot_gdt - 1
        dq      boot_gdt

boot_magic:             dd 0
boot_information:       dd 0

section .boot.bss nobits alloc noexec write align=4096
global boot_l2_arena, boot_l4
boot_l4:                resb 4096
boot_l3_low:            resb 4096
boot_l3_kernel:         resb 4096
boot_l3_direct:         resb 4096
boot_l2_arena:          resb 4096
boot_l2_direct:         resb 4 * 4096

section .bss
global boot_per_cpu
        alignb  64
boot_per_cpu:           resb PerCpu.Size
        alignb  4096
boot_stack:             resb 4 * 4096
boot_stack_end:

; linker_symbol: the address of a boundary that the linker script defines, for C#.
;   in        edi = index as in KernelImage.cs
;   out       rax = address
section .text
global linker_symbol:function (linker_symbol.end - linker_symbol)
extern __text_start, __text_end, __rodata_start, __rodata_end, __data_start, __image_end, __modules_start, __symbols_start
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
        dq      boot_per_cpu, boot_l2_arena, boot_l4
