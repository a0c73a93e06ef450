; random-code: random instructions in real, virtual-8086, protected, long and compatibility mode, in rings 0 and 3, as a virus with a seed would try them.
; The command line is MODE (16, 32 or 64), the seed and how many instructions to execute, both in 8 hexadecimal digits; without them
; the seed comes from the TSC and there are 1,048,576 instructions.
; A round fills the sandbox, which lies across the border of two pages, with random bytes and with templates of instructions that matter. It has
; 32 starts: an exception, an interrupt or the 64th step ends what runs, the monitor puts the processor right and goes on from the next one
; with new numbers in the registers. The monitor and its state (seed, counts) are in no page table of the random code;
; real mode does not reach them either. Some starts have no single steps: interrupts and a watchdog's NMI end them (the test sends one where random code has stopped the watchdog).
; What is counted: single steps, that is instructions completed, and iterations of repeated ones. Neither those that
; faulted nor those that ran without single steps are counted; a start counts 64 at most, whatever it does to its counter.
; What ends it sooner is an end of the domain: a triple fault, a reset, power off, a crash report.
%include "microguest.inc"
default abs

Goal            equ 0x100000
Starts          equ 32
StepsPerStart   equ 64
StartsPerCount  equ 1024
FullDirectory   equ 0x31F000                    ; page tables: of the monitor, for 32-bit code
Tables64        equ 0x310000                    ; of the random code: 64-bit, with and without devices' memory
Devices64       equ 0x315000
Tables32        equ 0x31A000                    ; 32-bit
Devices32       equ 0x31C000
TablesV86       equ 0x31D000
PageTable32     equ 0x31B000
PageTableV86    equ 0x31E000
MonitorStack    equ 0x1FFFF0
Idt             equ 0x280000                    ; what an exception needs is mapped for ring 0 alone, and read-only where it can be
Steps           equ 0x281000                    ; in the page of the exceptions' stack, which is in all page tables
ExceptionStack  equ 0x282000
Task32          equ 0x282000
FaultTask       equ 0x282080
Task64          equ 0x282100
NmiStack        equ 0x282FF0
Gdt             equ 0x283000
Sandbox         equ 0x284F00                    ; across the border of two pages
SandboxBytes    equ Starts * 16
Data            equ 0x286000
Stack           equ 0x288F00
Constants       equ 0x28A000                    ; read-only
RealVectors     equ 0x290000                    ; the table of vectors is where real mode does not reach
RealStub        equ 0x70000                     ; far from the segments that numbers make
RealSandbox     equ 0x20F00                     ; 2000:0F00
RealStack       equ 0x30000
V86Frames       equ 0x400000                    ; the megabyte of virtual-8086 mode
V86Sandbox      equ V86Frames + 0x50F00         ; 5000:0F00
Breakpoint      equ 0xCC
Prefixes        equ 16
Numbers         equ (numbers_end - numbers) / 4

IsProtected     equ 0                           ; kinds of code in a round
IsV86           equ 1
IsReal          equ 2

Cr0Paged        equ 0x80010031
Cr0Flat         equ 0x31

main:
        mov     esi, [zero_page]
        mov     esi, [esi + 0x228]              ; cmd_line_ptr
        mov     ax, [esi]
        mov     [mode], ax
        add     esi, 2
        rdtsc
        mov     [seed], eax
        call    argument
        jnz     .seeded
        mov     [seed], eax
        call    argument
        jnz     .seeded
        mov     [goal], eax
.seeded:
        mov     eax, [seed]
        or      eax, 1 << 30                    ; never 0
        mov     [seed], eax
        print   "random-code: seed "
        call    print_hex
        print   13, 10
        call    page_tables
        call    tasks
        cmp     word [mode], '64'
        jne     to_32
        mov     eax, to_64
        jmp     enter_long_mode

; argument: eax = the next of the command line, with ZF; no ZF if there is none
argument:
        cmp     byte [esi], ' '
        jne     .none
        inc     esi
        xor     eax, eax
        mov     ecx, 8
.digit: movzx   edx, byte [esi]
        sub     edx, '0'
        cmp     edx, 10
        jb      .small
        sub     edx, 'a' - '0' - 10
.small: shl     eax, 4
        or      eax, edx
        inc     esi
        loop    .digit
        cmp     eax, eax
.none:  ret

; page_tables: those of the random code, and the monitor's for 32-bit code
page_tables:
        mov     dword [Tables64], Tables64 + 0x1007
        mov     dword [Tables64 + 0x1000], Tables64 + 0x2007
        mov     dword [Tables64 + 0x2000], Tables64 + 0x3007
        mov     dword [Tables64 + 0x2008], Tables64 + 0x4007
        mov     dword [Devices64], Devices64 + 0x1007
        mov     dword [Devices64 + 0x1000], Tables64 + 0x2007
        mov     dword [Devices64 + 0x1008], Devices64 + 0x2007
        mov     dword [Devices64 + 0x1018], Devices64 + 0x3007
        xor     ecx, ecx
.large: mov     eax, ecx                        ; 2 MiB each at 1 GiB, where nothing is, and at 3 GiB; no code
        shl     eax, 21
        or      eax, 0x400000E7
        mov     [Devices64 + 0x2000 + ecx * 8], eax
        mov     dword [Devices64 + 0x2004 + ecx * 8], 1 << 31
        or      eax, 0xC0000000
        mov     [Devices64 + 0x3000 + ecx * 8], eax
        mov     dword [Devices64 + 0x3004 + ecx * 8], 1 << 31
        inc     ecx
        cmp     ecx, 512
        jb      .large
        mov     dword [Tables32], PageTable32 + 7
        mov     dword [Devices32], PageTable32 + 7
        mov     dword [TablesV86], PageTableV86 + 7
        xor     ecx, ecx
.huge:  mov     eax, ecx                        ; 4 MiB each
        shl     eax, 22
        or      eax, 0xE3
        mov     [FullDirectory + ecx * 4], eax
        or      eax, 4
        cmp     ecx, 4
        jb      .next
        mov     [Devices32 + ecx * 4], eax
.next:  inc     ecx
        cmp     ecx, 1024
        jb      .huge
        mov     esi, pages
.page:  mov     eax, [esi]
        mov     ecx, eax
        shr     ecx, 12
        mov     [Tables64 + 0x3000 + ecx * 8], eax ; its second table follows the first
        mov     [PageTable32 + ecx * 4], eax
        mov     [PageTableV86 + ecx * 4], eax
        add     esi, 4
        cmp     esi, pages_end
        jb      .page
        xor     ecx, ecx
.v86:   mov     eax, ecx
        shl     eax, 12
        or      eax, V86Frames | 0x67
        mov     [PageTableV86 + ecx * 4], eax
        inc     ecx
        cmp     ecx, 256
        jb      .v86
        ret

; tasks: task states, and descriptor tables for exceptions
tasks:
        mov     dword [Steps], StepsPerStart
        mov     dword [Task32 + 4], ExceptionStack
        mov     dword [Task32 + 8], 0x18
        mov     dword [Task32 + 0x64], 0x680000
        mov     dword [Task64 + 4], ExceptionStack
        mov     dword [Task64 + 36], ExceptionStack
        mov     dword [Task64 + 44], NmiStack
        mov     dword [Task64 + 100], 0x680000
        mov     edi, RealVectors
        mov     ecx, 256
.real:  mov     dword [edi], ((RealStub / 16) << 16) | (real_fault - real_stub)
        add     edi, 4
        loop    .real
        mov     dword [RealVectors + 4], ((RealStub / 16) << 16) | (real_step - real_stub)
        xor     ecx, ecx
        cmp     word [mode], '64'
        je      .long
.gate:  mov     eax, fault_32
        mov     edx, step_32
        cmp     ecx, 1
        cmove   eax, edx
        mov     edx, nmi_32
        cmp     ecx, 2
        cmove   eax, edx
        mov     [Idt + ecx * 8], ax
        mov     word [Idt + ecx * 8 + 2], 0x10
        shr     eax, 16
        mov     word [Idt + ecx * 8 + 4], 0x8E00
        mov     [Idt + ecx * 8 + 6], ax
        inc     ecx
        cmp     ecx, 256
        jb      .gate
        mov     dword [Idt + 8 * 8], 0x500000   ; #DF: a task gate, since the stack may be anywhere
        mov     dword [Idt + 8 * 8 + 4], 0x8500
        ret
.long:  mov     edi, Idt
.gate64:
        mov     eax, fault_64
        mov     edx, step_64
        cmp     ecx, 1
        cmove   eax, edx
        mov     ebx, 0x8E01                     ; on stack IST1
        cmp     ecx, 2
        jne     .write
        mov     eax, nmi_64
        mov     ebx, 0x8E02
.write: mov     [edi], ax
        mov     word [edi + 2], 8
        mov     [edi + 4], bx
        shr     eax, 16
        mov     [edi + 6], eax
        add     edi, 16
        inc     ecx
        cmp     ecx, 256
        jb      .gate64
        ret

; next_random: eax = the next of xorshift32
%macro next_random 0
        mov     eax, [seed]
        mov     edx, eax
        shl     edx, 13
        xor     eax, edx
        mov     edx, eax
        shr     edx, 17
        xor     eax, edx
        mov     edx, eax
        shl     edx, 5
        xor     eax, edx
        mov     [seed], eax
%endmacro

; monitor BITS: what the monitor has of it in 32-bit and in 64-bit code
%macro monitor 1
; next_%1: something ended what ran: counts, and goes on
next_%1:
        mov     edi, [steps_at]
        mov     eax, StepsPerStart
        sub     eax, [edi]
        cmp     eax, StepsPerStart
        ja      %%forged
        add     [executed], eax
%%forged:
        add     dword [starts], 1
        test    dword [starts], StartsPerCount - 1
        jnz     %%quiet
        call    count_%1
        mov     eax, [executed]
        cmp     eax, [goal]
        jae     over_%1
%%quiet:
        add     dword [start], 1
        cmp     dword [start], Starts
        jb      go_%1
        mov     dword [start], 0
        mov     dword [base], Sandbox
        mov     dword [steps_at], Steps
        mov     byte [kind], IsProtected
        cmp     word [mode], '16'
        jne     %%filled
        mov     dword [base], V86Sandbox
        mov     byte [kind], IsV86
        next_random
        test    eax, 0xF000
        jnz     %%filled
        mov     dword [base], RealSandbox
        mov     dword [steps_at], RealStub + real_steps - real_stub
        mov     byte [kind], IsReal
%%filled:
        call    devices_%1
        next_random
        test    eax, 0x1F000                    ; one of 32 rounds reaches devices' memory
        setz    [reaches_devices]
        call    fill_%1
        jmp     go_%1

; devices_%1: the serial line, and interrupts of the PIT and the local APIC, the PIT's as NMI as well
devices_%1:
        mov     edx, 0
        mov     ecx, 0x1B
        mov     eax, 0xFEE00000                 ; out of x2APIC mode, if it was
        wrmsr
        mov     eax, 0xFEE00900
        wrmsr
        mov     eax, ApicPage
        mov     dword [eax + 0xF0], 0x1FF
        mov     dword [eax + 0x320], 0x40
        mov     dword [eax + 0x350], 0x700
        mov     ecx, 0x10400                    ; the watchdog of real mode is armed each time
        cmp     byte [kind], IsReal
        je      %%masked
        mov     ecx, 0x400
%%masked:
        mov     eax, 0xFEC00000
        mov     dword [eax], 0x15
        mov     dword [eax + 0x10], 0
        mov     dword [eax], 0x14
        mov     [eax + 0x10], ecx
        mov     al, 0x34                        ; PIT: 4000 Hz
        out     0x43, al
        mov     al, 0x2A
        out     0x40, al
        mov     al, 0x01
        out     0x40, al
        mov     al, 0x11                        ; PIC: vectors from 0x50
        out     0x20, al
        mov     al, 0x50
        out     0x21, al
        mov     al, 4
        out     0x21, al
        mov     al, 1
        out     0x21, al
        mov     al, 0xFE
        out     0x21, al
        mov     al, 0xFF
        out     0xA1, al
        mov     edx, Com1 + 1                   ; the serial line: no interrupts, 8 bits, no loop
        mov     al, 0
        out     dx, al
        mov     edx, Com1 + 3
        mov     al, 3
        out     dx, al
        mov     edx, Com1 + 4
        out     dx, al
        xor     edx, edx
        mov     ecx, 0xC0000080
        mov     eax, [efer]
        wrmsr
        ret

; timer_%1: the local APIC's timer, soon, and an end of interrupt for whatever was delivered
timer_%1:
        next_random
        test    eax, 0x70000
        jnz     %%not
        and     eax, 0xFFF
        mov     edx, ApicPage
        mov     dword [edx + 0xB0], 0
        mov     [edx + 0x380], eax
        mov     al, 0x20
        out     0x20, al
%%not:  ret

; set_steps_%1: one of eight starts is without single steps; eax = flags
set_steps_%1:
        mov     edi, [steps_at]
        mov     dword [edi], StepsPerStart
        next_random
        mov     edx, eax
        and     eax, 0x43CD5                    ; arithmetic, DF, IOPL, AC
        or      eax, 0x302
        test    edx, 0x3800000
        jnz     %%stepped
        and     eax, ~0x100
%%stepped:
        ret

; number_%1: eax = a number that means something, or a random one
number_%1:
        next_random
        test    eax, 0xF0000000
        jz      %%random
        and     eax, 0xFFFF
        xor     edx, edx
        mov     ecx, Numbers
        div     ecx
        mov     eax, [numbers + edx * 4]
        ret
%%random:
        next_random
        ret

; fill_%1: the sandbox
fill_%1:
        mov     edi, [base]
        lea     eax, [edi + SandboxBytes]
        mov     [limit], eax
%%next: next_random
        mov     ebx, eax
        and     eax, 15
        cmp     byte [reaches_devices], 0
        je      %%any
        cmp     eax, 6
        jb      %%load
%%any:  cmp     eax, 2
        jb      %%raw
        je      %%prefix
        cmp     eax, 6
        jb      %%load
        cmp     eax, 10
        jb      %%arithmetic
        movzx   eax, bh                         ; a template
        xor     edx, edx
        mov     ecx, Usual
        mov     ebp, 0
%if %1 = 64
        test    ebx, 0x7C000000
%else
        test    ebx, 0x7FF80000                 ; without task gates or paging to save it, one of these is mostly the end
%endif
        jnz     %%usual
        mov     ecx, Rare
        mov     ebp, Usual
%%usual:
        div     ecx
        add     edx, ebp
        mov     esi, templates
%%skip: movzx   ecx, byte [esi]
        test    edx, edx
        jz      %%take
        and     ecx, 0x3F
        lea     esi, [esi + ecx + 1]
        sub     edx, 1
        jmp     %%skip
%%take: mov     ebp, ecx
        and     ecx, 0x3F
        test    ebp, 0x40
        jz      %%copy
        cmp     byte [reaches_devices], 0
        jne     %%load
%%copy: add     esi, 1
        mov     al, [esi]
        mov     [edi], al
        add     edi, 1
        sub     ecx, 1
        jnz     %%copy
        test    ebp, 0x80
        jz      %%check
        shr     ebx, 16
        and     ebx, 7                          ; any register
        or      [edi - 1], bl
        jmp     %%check
%%arithmetic:                                   ; ADD to CMP between registers
        and     bh, 0x38 | 3
        or      bh, 1
        mov     [edi], bh
        shr     ebx, 16
        and     bl, 0xDB                        ; of the first four
        or      bl, 0xC0
        mov     [edi + 1], bl
        add     edi, 2
        jmp     %%check
%%raw:  next_random
        mov     [edi], eax
        add     edi, 4
        jmp     %%check
%%prefix:
        shr     ebx, 8
        and     ebx, Prefixes - 1
        mov     al, [prefixes + ebx]
        mov     [edi], al
        add     edi, 1
        jmp     %%check
%%load: shr     ebx, 8                          ; MOV register, number
        and     bl, 7
        cmp     byte [reaches_devices], 0
        je      %%loaded
        and     bl, 3                           ; not the stack's, which may not be there
%%loaded:
        or      bl, 0xB8
        mov     [edi], bl
        call    number_%1
        mov     [edi + 1], eax
        add     edi, 5
%%check:                                        ; the last of those that begin in 16 bytes is a start
        mov     eax, edi
        sub     eax, [base]
        shr     eax, 4
        mov     [starts_at + eax * 4], edi
        cmp     edi, [limit]
        jb      %%next
        mov     ecx, 16
%%end:  mov     dword [edi], Breakpoint * 0x01010101
        add     edi, 4
        sub     ecx, 1
        jnz     %%end
        ret

; count_%1: how many instructions it has executed
count_%1:
        mov     esi, counted
        call    text_%1
        mov     ebx, [executed]
        mov     ecx, 8
%%digit:
        rol     ebx, 4
        mov     eax, ebx
        and     eax, 15
        mov     al, [digits + eax]
        call    byte_%1
        sub     ecx, 1
        jnz     %%digit
        mov     esi, line_end
text_%1:
        mov     al, [esi]
        test    al, al
        jz      %%done
        call    byte_%1
        add     esi, 1
        jmp     text_%1
%%done: ret

byte_%1:
        mov     edi, eax
%%wait: mov     edx, Com1 + 5
        in      al, dx
        test    al, 0x20
        jz      %%wait
        mov     eax, edi
        mov     edx, Com1
        out     dx, al
        ret

over_%1:
        mov     edx, Pm1Control
        mov     eax, PowerOffValue
        out     dx, ax
        hlt
        jmp     over_%1

; descriptors_%1: as they were
descriptors_%1:
        mov     esi, descriptors
        mov     edi, Gdt
%%entry: mov     eax, [esi]
        mov     [edi], eax
        add     esi, 4
        add     edi, 4
        cmp     esi, descriptors_end
        jb      %%entry
        ret
%endmacro

; 32 bits, and 16
to_32:
        mov     dword [efer], 0
        mov     eax, 0x10
        mov     cr4, eax
        jmp     round_32
fault_task_32:                                  ; #DF
round_32:                                       ; any exception; the stack may be anywhere
        mov     eax, 0x18
        mov     ss, eax
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     esp, MonitorStack
        push    dword 2                         ; no NT: this may be the double fault's task
        popfd
        call    descriptors_32
        lgdt    [gdt_pointer_32]
        lidt    [idt_pointer_32]
        xor     eax, eax
        mov     dr7, eax
        mov     dword [FaultTask + 0x1C], FullDirectory
        mov     dword [FaultTask + 0x20], fault_32
        mov     dword [FaultTask + 0x24], 2
        mov     dword [FaultTask + 0x38], MonitorStack
        mov     dword [FaultTask + 0x48], 0x18
        mov     dword [FaultTask + 0x4C], 0x10
        mov     dword [FaultTask + 0x50], 0x18
        mov     dword [FaultTask + 0x54], 0x18
        mov     dword [FaultTask + 0x58], 0x18
        mov     dword [FaultTask + 0x5C], 0x18
        mov     dword [FaultTask + 0x60], 0
        mov     dword [FaultTask + 0x64], 0x680000
        mov     dword [Task32 + 4], ExceptionStack
        mov     eax, 0x78
        ltr     ax
        jmp     0x10:next_32

; go_32: the next start. The image of the registers lies on the stack that the random code has, or on ring 0's.
go_32:
        call    timer_32
        call    set_steps_32
        mov     ebx, eax                        ; flags
        mov     ecx, [start]
        mov     ecx, [starts_at + ecx * 4]
        cmp     byte [kind], IsV86
        je      go_v86
        cmp     byte [kind], IsReal
        je      go_real
        mov     esp, ExceptionStack
        next_random
        test    eax, 0x10000
        jz      .ring0
        push    dword 0x33
        push    dword Stack
        push    ebx
        push    dword 0x63
        push    ecx
        mov     ebp, 0x33
        jmp     .registers
.ring0: mov     esp, Stack
        push    ebx
        push    dword 0x40
        push    ecx
        mov     ebp, 0x58                       ; RAM alone
        cmp     byte [reaches_devices], 0
        je      .registers
        mov     ebp, 0x18
.registers:
        mov     esi, 8
.register:
        call    number_32
        push    eax
        sub     esi, 1
        jnz     .register
        push    ebp
        push    ebp
        push    ebp
        push    ebp
        mov     eax, Tables32
        mov     edx, Devices32
        cmp     byte [reaches_devices], 0
        cmovne  eax, edx
        jmp     leave_32

go_v86: mov     esp, ExceptionStack
        mov     esi, 4                          ; GS, FS, DS, ES
.segment:
        push    ecx
        call    number_32
        pop     ecx
        movzx   eax, ax
        push    eax
        sub     esi, 1
        jnz     .segment
        or      ebx, 1 << 17
        push    dword 0x6000
        push    dword 0x8000
        push    ebx
        push    dword 0x5000
        movzx   ecx, cx
        push    ecx
        mov     esi, 8
.register:
        call    number_32
        push    eax
        sub     esi, 1
        jnz     .register
        push    esi
        push    esi
        push    esi
        push    esi
        mov     eax, TablesV86
        jmp     leave_32

; To real mode: the stub is put where it reaches it, and a watchdog set.
go_real:
        mov     eax, [start]
        test    eax, eax
        jnz     .stub
        mov     esi, real_stub
        mov     edi, RealStub
        mov     ecx, (real_stub_end - real_stub + 3) / 4
.copy:  mov     eax, [esi]
        mov     [edi], eax
        add     esi, 4
        add     edi, 4
        sub     ecx, 1
        jnz     .copy
        mov     dword [RealStub + real_steps - real_stub], StepsPerStart
.stub:  mov     al, 0x30
        out     0x43, al
        mov     al, 0x54
        out     0x40, al
        mov     al, 2                           ; 0.5 ms
        out     0x40, al
        or      ebx, 0x100                      ; with the single step
        mov     esp, RealStack + 0x8000
        mov     ecx, [start]
        mov     ecx, [starts_at + ecx * 4]
        push    bx
        push    word 0x2000
        push    cx
        mov     esi, 8
.register:
        call    number_32
        push    eax
        sub     esi, 1
        jnz     .register
        mov     esi, 4                          ; DS, ES, FS, GS: RAM alone, or not
.segment:
        call    number_32
        mov     edx, eax
        and     edx, 0x7FFF
        cmp     byte [reaches_devices], 0
        cmove   eax, edx
        push    ax
        sub     esi, 1
        jnz     .segment
        mov     eax, Cr0Flat
        mov     cr0, eax
        mov     eax, 0x70
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        jmp     0x68:real_enter - real_stub
back_from_real:
        mov     eax, 0x18
        mov     ds, eax
        mov     al, 0x30                        ; the watchdog stops
        out     0x43, al
        xor     eax, eax
        mov     cr4, eax
        mov     eax, 0x10
        mov     cr4, eax
        mov     eax, FullDirectory
        mov     cr3, eax
        mov     eax, Cr0Paged
        mov     cr0, eax
        jmp     round_32
monitor 32

; 64 bits
bits 64
to_64:
        mov     dword [efer], 0xD01             ; LME, LMA, NXE, SCE
        mov     ecx, 0xC0000080
        mov     eax, 0xD01
        xor     edx, edx
        wrmsr
        mov     eax, 1
        cpuid
        and     ecx, 1 << 26
        shr     ecx, 26 - 18                    ; OSXSAVE where there is XSAVE
        or      ecx, (1 << 5) | (1 << 9) | (1 << 10)
        mov     [cr4_64], ecx
round_64:
        mov     eax, [cr4_64]
        mov     cr4, rax
        mov     eax, Cr0Paged
        mov     cr0, rax
        mov     esp, MonitorStack
        call    descriptors_64
        lgdt    [gdt_pointer_64]
        lidt    [idt_pointer_64]
        xor     eax, eax
        mov     dr7, rax
        mov     eax, 0x18
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        mov     eax, 0x20
        ltr     ax
        jmp     next_64

; go_64: the next start
go_64:
        call    timer_64
        mov     esp, ExceptionStack
        next_random
        mov     ebp, eax
        mov     eax, 0x33
        mov     ebx, 0x3B                       ; 64-bit code of ring 3
        test    ebp, 0x30000
        jz      .segments
        mov     ebx, 0x63                       ; 32-bit code of ring 3
        test    ebp, 0xC0000
        jz      .segments
        mov     eax, 0x18
        mov     ebx, 8                          ; not 32-bit code of ring 0, which can leave long mode
.segments:
        push    rax
        mov     eax, Stack
        test    ebp, 0x3800000
        jnz     .stack
        cmp     byte [reaches_devices], 0
        jne     .stack
        call    number_64
.stack: push    rax
        call    set_steps_64
        push    rax
        push    rbx
        mov     eax, [start]
        mov     eax, [starts_at + eax * 4]
        push    rax
        mov     ebx, 15
.register:
        call    number_64
        mov     esi, eax
        next_random
        test    eax, 0x30000
        jz      .sign
        test    eax, 0xC0000
        jnz     .plain
        bswap   rsi
.sign:  movsxd  rsi, esi
.plain: push    rsi
        sub     ebx, 1
        jnz     .register
        mov     eax, Tables64
        mov     edx, Devices64
        cmp     byte [reaches_devices], 0
        cmovne  eax, edx
        jmp     leave_64
monitor 64

; What real mode has of the monitor, and what is still the monitor's there. It is copied to RealStub.
bits 16
real_stub:
real_step:
        push    bp
        mov     bp, sp
        cmp     word [bp + 4], 0x9000           ; not to code of devices, which ends the domain
        jae     real_fault
        or      word [bp + 6], 0x100
        pop     bp
        sub     dword [cs:real_steps - real_stub], 1
        jle     real_fault
        iret
real_fault:
        cli
        o32 lgdt [cs:real_gdt - real_stub]
        o32 lidt [cs:real_idt - real_stub]
        mov     eax, Cr0Flat
        mov     cr0, eax
        jmp     dword 0x10:back_from_real
real_enter:
        mov     eax, Cr0Flat & ~1
        mov     cr0, eax
        jmp     RealStub / 16:.real - real_stub
.real:  mov     ax, RealStack / 16
        mov     ss, ax
        mov     esp, 0x8000 - 4 * 2 - 8 * 4 - 3 * 2
        o32 lidt [cs:real_vectors - real_stub]
        pop     gs
        pop     fs
        pop     es
        pop     ds
        popad
        iret
        align   4
real_steps: dd  StepsPerStart
real_gdt:
        dw      descriptors_end - descriptors - 1
        dd      Gdt
real_idt:
        dw      256 * 8 - 1
        dd      Idt
real_vectors:
        dw      256 * 4 - 1
        dd      RealVectors
real_stub_end:
bits 32

; Length, with 0x80 where a register's number goes into the last byte and 0x40 where it is not emulated on devices' memory, and the bytes.
templates:
        db      2, 0x0F, 0xA2, 2, 0x0F, 0x32, 2, 0x0F, 0x30, 2, 0x0F, 0x31, 3, 0x0F, 0x01, 0xF9, 2, 0x0F, 0x33 ; CPUID RDMSR WRMSR RDTSC RDTSCP RDPMC
        db      3, 0x0F, 0x01, 0xD1, 3, 0x0F, 0x01, 0xD0, 2, 0xFB, 0xF4, 1, 0xFA, 1, 0xFB, 2, 0x0F, 0x09, 2, 0x0F, 0x08 ; XSETBV XGETBV STI;HLT CLI STI WBINVD INVD
        db      2, 0x0F, 0x06, 0x83, 0x0F, 0x20, 0xC0 ; CLTS, MOV from CR0
        db      0x83, 0x0F, 0x01, 0x38, 0x83, 0x0F, 0x23, 0xF8, 0x83, 0x0F, 0x23, 0xC0, 0x83, 0x0F, 0x21, 0xF0 ; INVLPG MOV DR7 DR0, from DR6
        db      0xC3, 0x0F, 0x01, 0x00, 0xC3, 0x0F, 0x01, 0x08 ; SGDT SIDT
        db      1, 0xEC, 1, 0xED, 1, 0xEE, 1, 0xEF, 1, 0x6C, 1, 0x6D, 1, 0x6E, 1, 0x6F, 2, 0xF3, 0x6C, 2, 0xF3, 0x6F ; IN OUT INS OUTS
        db      2, 0xE4, 0x60, 2, 0xE4, 0x40, 2, 0xE6, 0x43, 2, 0xE6, 0x21, 2, 0xE6, 0x70, 2, 0xE5, 0x71, 2, 0xE6, 0x80 ; IN OUT of devices
        db      2, 0xCD, 0x40, 2, 0xCD, 0x0D, 1, 0xF1, 0x41, 0xCF, 0x41, 0xCB, 2, 0x0F, 0x0B, 1, 0x9C, 1, 0x9D ; INT, INT1 IRET RETF UD2 PUSHF POPF
        db      3, 0x0F, 0x01, 0xC8, 3, 0x0F, 0x01, 0xC9, 3, 0x0F, 0x01, 0xC1, 3, 0x0F, 0x01, 0xC2, 3, 0x0F, 0x01, 0xC4 ; MONITOR MWAIT VMCALL VMLAUNCH VMXOFF
        db      0x84, 0xF3, 0x0F, 0xC7, 0x30, 0x83, 0x0F, 0xC7, 0x30, 0x83, 0x0F, 0x78, 0xC0, 2, 0x0F, 0x37, 2, 0x0F, 0xAA ; VMXON VMPTRLD VMREAD GETSEC RSM
        db      2, 0x0F, 0x34, 2, 0x0F, 0x35, 2, 0x0F, 0x05, 2, 0x0F, 0x07, 3, 0x0F, 0x01, 0xF8, 2, 0xF3, 0x90 ; SYSENTER SYSEXIT SYSCALL SYSRET SWAPGS PAUSE
        db      0xC3, 0x0F, 0xAE, 0x20, 0xC3, 0x0F, 0xAE, 0x28, 0xC3, 0x0F, 0xAE, 0x08, 0xC5, 0x66, 0x0F, 0x38, 0x82, 0x08 ; XSAVE XRSTOR FXRSTOR INVPCID
        db      0xC5, 0x66, 0x0F, 0x38, 0x80, 0x08, 0x83, 0x0F, 0xC7, 0xF0, 0x83, 0x0F, 0xC7, 0xF8, 3, 0x0F, 0x01, 0xCF ; INVEPT RDRAND RDSEED ENCLS
        db      1, 0xA4, 1, 0xA5, 1, 0xAA, 1, 0xAB, 1, 0xAC, 1, 0xA6, 1, 0xAF, 2, 0xF3, 0xAB, 2, 0xF2, 0xAE ; string instructions
        db      0x82, 0x89, 0x00, 0x82, 0x8B, 0x00, 0x82, 0x88, 0x00, 0x82, 0x01, 0x00, 0x82, 0x0B, 0x08, 0x82, 0x31, 0x10, 0x82, 0x39, 0x18 ; MOV and arithmetic with memory
        db      0x83, 0x0F, 0xB6, 0x00, 0x83, 0x0F, 0xC1, 0x00, 0x83, 0x0F, 0xB1, 0x00, 0x84, 0xF0, 0x0F, 0xC7, 0x08, 0x83, 0x0F, 0xAB, 0x00 ; MOVZX XADD CMPXCHG CMPXCHG8B BTS
        db      0x82, 0xFF, 0x30, 0x82, 0x8F, 0x00, 0x82, 0xFF, 0x10, 0x82, 0xFF, 0x20, 0xC2, 0xFF, 0x28, 0x82, 0xF7, 0x18, 0x82, 0xF6, 0x30 ; PUSH POP CALL JMP, far; NEG DIV
        db      0x83, 0x0F, 0x10, 0x00, 0x83, 0x0F, 0x11, 0x00, 0x84, 0x66, 0x0F, 0x6F, 0x00, 0x84, 0xF3, 0x0F, 0x7F, 0x00, 0x84, 0xC5, 0xF8, 0x10, 0x00 ; MOVUPS MOVDQA MOVDQU VMOVUPS
        db      0x82, 0x8C, 0x00, 0x82, 0x8E, 0x18, 0x82, 0x8E, 0xC0, 0x83, 0x0F, 0x02, 0xC0, 0x83, 0x0F, 0x03, 0xC0, 0x41, 0xC9 ; MOV Sreg, LAR LSL LEAVE
        db      0x83, 0x0F, 0x22, 0xC0, 0x83, 0x0F, 0x22, 0xE0, 0x83, 0x0F, 0x01, 0xF0, 0x82, 0x8E, 0xD0, 0x83, 0x0F, 0x00, 0xD0, 0x83, 0x0F, 0x00, 0xD8, 0x84, 0x44, 0x0F, 0x22, 0xC0 ; MOV CR0 CR4, LMSW, MOV SS, LLDT LTR, MOV CR8: in ring 0 without long mode most end the domain, so they are rare there
Usual           equ 109
Rare            equ 7
prefixes: db    0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x2E, 0x36, 0x64, 0x65, 0x40, 0x41, 0x44, 0x48, 0x49, 0x4C, 0x4F
        align   4
numbers:
        dd      0, 1, 2, 7, 13, 0x10, 0x18, 0x20, 0xFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF
        dd      Data, Data + 0xFFE, Data + 0x7F, Sandbox, Sandbox + 20, Stack, Constants, 0xA000, 0x5000, 0xFFFFFE, 0x1000000
        dd      0xFEE00000, 0xFEE00020, 0xFEE00080, 0xFEE000B0, 0xFEE000F0, 0xFEE00300, 0xFEE00320, 0xFEE00380, 0xFEE00FFD, 0xFEC00000, 0xFEC00010, 0xFED00000, 0xFF000000, 0xFFFFFFF0
        dd      0x10, 0x1B, 0x3A, 0x3B, 0x48, 0x49, 0x79, 0x8B, 0xC1, 0xFE, 0x10A, 0x174, 0x176, 0x179, 0x17A, 0x186, 0x1A0, 0x1D9, 0x200, 0x201, 0x250, 0x277, 0x2FF, 0x400, 0x401, 0x480, 0x6E0
        dd      0x802, 0x808, 0x80B, 0x80F, 0x830, 0x832, 0x838, 0x83F, 0xC0000080, 0xC0000081, 0xC0000082, 0xC0000100, 0xC0000102, 0xC0000103, 0x40000000
        dd      0x20, 0x21, 0x40, 0x43, 0x61, 0x70, 0x71, 0x80, 0xA0, 0x3F9, 0x4D0, 0x608, 0xCF8, 0xCFC, 0xE0000011, 0x60000010, 0x6A0, 0x40000, 0xD01, 0xFFFF0FF0, 0x400
numbers_end:
counted: db     13, 10, "random-code: executed ", 0
line_end: db    13, 10, 0
digits: db      "0123456789abcdef"
; What is mapped while random code runs, in all its modes: frames and rights.
        align   4
pages:  dd      gates + 0x61, Idt + 0x61, 0x281063, 0x282063, Gdt + 0x63
        dd      0x284067, 0x285067, 0x286067, 0x287067, 0x288067, Constants + 0x65
pages_end:
        align   8
descriptors:
        dq      0, 0x00AF9B000000FFFF, 0x00CF9B000000FFFF, 0x00CF93000000FFFF
        dq      0x0000890000000067 | (Task64 & 0xFFFF) << 16 | (Task64 >> 16) << 32, 0 ; 0x20
        dq      0x00CFF3000000FFFF, 0x00AFFB000000FFFF ; 0x30, 0x38: ring 3, data and 64-bit code
        dq      0x00C09B0000000FFF, 0           ; 0x40: 32-bit code of 16 MiB: a wild jump is a fault. 0x48 is among the numbers: null
        dq      0x0000890000000067 | (FaultTask & 0xFFFF) << 16 | (FaultTask >> 16) << 32 ; 0x50
        dq      0x00C0930000000FFF, 0x00C0FB0000000FFF ; 0x58, 0x60: data of 16 MiB, code of ring 3
        dq      0x00009B000000FFFF | RealStub << 16, 0x000093000000FFFF ; 0x68, 0x70: 16 bits
        dq      0x0000890000000067 | (Task32 & 0xFFFF) << 16 | (Task32 >> 16) << 32 ; 0x78
descriptors_end:
gdt_pointer_32:
gdt_pointer_64:
        dw      descriptors_end - descriptors - 1
        dq      Gdt
idt_pointer_32:
        dw      256 * 8 - 1
        dd      Idt
idt_pointer_64:
        dw      256 * 16 - 1
        dq      Idt
mode:   dw      0
kind:   db      IsProtected
reaches_devices: db 0
        align   4
seed:   dd      0
goal:   dd      Goal
executed: dd    0
starts: dd      0
start:  dd      Starts - 1
base:   dd      Sandbox
limit:  dd      0
starts_at: times Starts + 1 dd 0
steps_at: dd    Steps
efer:   dd      0
cr4_64: dd      0

; The only code of the monitor that is mapped while random code runs: the ways in and out.
        times   -($ - payload) & 4095 db 0      ; a page
gates:
bits 32
fault_32:
        mov     eax, 0x10                       ; PSE
        mov     cr4, eax
        mov     eax, FullDirectory
        mov     cr3, eax
        mov     eax, Cr0Paged
        mov     cr0, eax
        jmp     round_32
step_32:
        push    ds
        push    dword 0x18
        pop     ds
        sub     dword [Steps], 1
        jle     fault_32
        pop     ds
        cmp     byte [esp + 2], monitor_bits    ; general detection in the monitor
        je      .monitor
        or      dword [esp + 8], 0x100
.monitor:
        iret
nmi_32:
        cmp     byte [esp + 2], monitor_bits
        jne     fault_32
        iret
leave_32:
        mov     cr3, eax
        mov     eax, Cr0Paged
        mov     cr0, eax
        mov     eax, 0x58                       ; an exception's frame must not go to devices' memory
        mov     ss, eax
        pop     gs
        pop     fs
        pop     es
        pop     ds
        popad
        iret
bits 64
fault_64:
        mov     eax, Tables
        mov     cr3, rax
        jmp     round_64
step_64:
        sub     dword [Steps], 1
        jle     fault_64
        cmp     byte [rsp + 2], monitor_bits
        je      .monitor
        or      dword [rsp + 16], 0x100
.monitor:
        iretq
nmi_64:
        cmp     byte [rsp + 2], monitor_bits
        jne     fault_64
        iretq
leave_64:
        mov     cr3, rax
        pop     rax
        pop     rcx
        pop     rdx
        pop     rbx
        pop     rbp
        pop     rsi
        pop     rdi
        pop     r8
        pop     r9
        pop     r10
        pop     r11
        pop     r12
        pop     r13
        pop     r14
        pop     r15
        iretq
bits 32
monitor_bits    equ 0x10                        ; bits 23:16 of all its addresses
        align   16, db 0
payload_end:
