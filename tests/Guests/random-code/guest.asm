; random-code: random instructions at the highest privilege, in real, protected or long mode, as a virus with a seed would try them.
; The command line is MODE (16, 32 or 64) and, to repeat a run, the seed in 8 hexadecimal digits; without one it comes from the TSC.
; A round fills the sandbox with random bytes and with templates of instructions that matter, loads the registers with numbers
; that mean something to a PC, and single-steps from there. Any other exception, or the last step, begins the next round.
; In protected and long mode most rounds reach only RAM: a form that is not emulated on devices' memory ends the domain.
; Interrupts of the PIT and of the local APIC arrive meanwhile. Each 16 rounds it prints how many instructions it has executed.
; What ends it is an end of the domain: a triple fault, a reset, power off, a crash report, sleep without wake-up, or all rounds.
%include "microguest.inc"
default abs

Rounds          equ 8192
StepsPerRound   equ 48
Sandbox         equ 0x108000                    ; reached in real mode too: FFFF:8010
SandboxBytes    equ 48
Data            equ 0x10A000
Stack           equ 0x10F000
HandlerStack    equ 0x10FC00
RealBase        equ 0xFFFF0                     ; of segment FFFF
Breakpoint      equ 0xCC
Prefixes        equ 16
SmallTables     equ 0x306000                    ; page tables of the 16 MiB of RAM alone
Numbers         equ (numbers_end - numbers) / 4

main:
        mov     esi, [zero_page]
        mov     esi, [esi + 0x228]              ; cmd_line_ptr
        mov     ax, [esi]
        mov     [mode], ax
        rdtsc
        cmp     byte [esi + 2], ' '
        jne     .seeded
        add     esi, 3
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
.seeded:
        or      eax, 1 << 30                    ; never 0
        mov     [seed], eax
        print   "random-code: seed "
        call    print_hex
        print   13, 10
        mov     al, 0x36                        ; PIT: 1000 Hz, so that interrupts are in flight
        out     0x43, al
        mov     al, 0xA9
        out     0x40, al
        mov     al, 0x04
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
        mov     dword [ApicPage + 0xF0], 0x1FF
        mov     dword [ApicPage + 0x320], 0x40
        mov     eax, task_state
        mov     [gdt_task + 2], ax
        shr     eax, 16
        mov     [gdt_task + 4], al
        mov     [gdt_task + 7], ah
        cmp     word [mode], '16'
        je      to_real
        cmp     word [mode], '32'
        je      to_32
        mov     eax, to_64
        jmp     enter_long_mode

; next_random: eax = the next of xorshift32
%macro next_random 0
        mov     eax, [at(seed)]
        mov     edx, eax
        shl     edx, 13
        xor     eax, edx
        mov     edx, eax
        shr     edx, 17
        xor     eax, edx
        mov     edx, eax
        shl     edx, 5
        xor     eax, edx
        mov     [at(seed)], eax
%endmacro

; generator BITS: subroutines of the mode that is being assembled
%macro generator 1
; number_%1: eax = a number that means something, or a random one
number_%1:
        next_random
        test    eax, 0xF0000000
        jz      %%random
        and     eax, 0xFFFF
        xor     edx, edx
        mov     ecx, Numbers
        div     ecx
        mov     eax, [at(numbers) + edx * 4]
        ret
%%random:
        next_random
        ret

; fill_%1: the sandbox
fill_%1:
        mov     edi, fixed(Sandbox)
%%next: next_random
        mov     ebx, eax
        and     eax, 7
        cmp     eax, 3
        jb      %%raw
        je      %%prefix
        cmp     eax, 4
        je      %%load
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
        mov     esi, at(templates)
%%skip: movzx   ecx, byte [esi]
        test    edx, edx
        jz      %%take
        and     ecx, 0x7F
        lea     esi, [esi + ecx + 1]
        sub     edx, 1
        jmp     %%skip
%%take: mov     ebp, ecx
        and     ecx, 0x7F
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
%%raw:  next_random
        mov     [edi], eax
        add     edi, 4
        jmp     %%check
%%prefix:
        shr     ebx, 8
        and     ebx, Prefixes - 1
        mov     al, [at(prefixes) + ebx]
        mov     [edi], al
        add     edi, 1
        jmp     %%check
%%load: shr     ebx, 8                          ; MOV register, number
        and     bl, 7
        or      bl, 0xB8
        mov     [edi], bl
        call    number_%1
%if %1 = 16
        and     al, 0xFE                        ; a push with SP = 1 is a triple fault in real mode
%endif
        mov     [edi + 1], eax
        add     edi, 5
%%check:
        cmp     edi, fixed(Sandbox) + SandboxBytes
        jb      %%next
        mov     dword [edi], Breakpoint * 0x01010101
        mov     dword [at(steps)], StepsPerRound
        ; the local APIC's timer, and an end of interrupt for whatever was delivered
        mov     al, 0x20
        out     0x20, al
%if %1 != 16
        next_random
        and     eax, 0xFFF
        mov     edx, ApicPage
        mov     dword [edx + 0xB0], 0
        mov     [edx + 0x380], eax
%endif
        call    number_%1
        mov     edi, eax
        call    number_%1
        mov     esi, eax
        call    number_%1
        mov     ebp, eax
        call    number_%1
        mov     ebx, eax
        call    number_%1
        mov     [at(registers)], eax
        call    number_%1
        mov     [at(registers) + 4], eax
        call    number_%1
        mov     edx, [at(registers)]
        mov     ecx, [at(registers) + 4]
        ret

; count_%1: at the begin of a round; ZF if the run is over
count_%1:
        mov     eax, StepsPerRound
        sub     eax, [at(steps)]
        add     [at(executed)], eax
        add     dword [at(rounds)], 1
        test    byte [at(rounds)], 15
        jnz     %%quiet
        mov     esi, at(counted)
        call    text_%1
        mov     ebx, [at(executed)]
        mov     ecx, 8
%%digit:
        rol     ebx, 4
        mov     eax, ebx
        and     eax, 15
        mov     al, [at(digits) + eax]
        call    byte_%1
        sub     ecx, 1
        jnz     %%digit
        mov     esi, at(line_end)
        call    text_%1
%%quiet:
        cmp     dword [at(rounds)], Rounds
        ret

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
%endmacro

%define at(x) (x)
%define fixed(x) (x)

; 32 bits, no paging
to_32:
        mov     edi, idt
        mov     ecx, 256
        mov     eax, other_32
        call    .gate
        mov     edi, idt + 8
        mov     ecx, 1
        mov     eax, step_32
        call    .gate
        mov     dword [idt + 8 * 8], 0x500000   ; #DF: a task gate, since the stack may be anywhere
        mov     dword [idt + 8 * 8 + 4], 0x8500
        mov     eax, fault_task_state
        mov     [gdt_fault_task + 2], ax
        shr     eax, 16
        mov     [gdt_fault_task + 4], al
        mov     [gdt_fault_task + 7], ah
        jmp     round_32
.gate:  mov     edx, eax
.next:  mov     [edi], dx
        mov     word [edi + 2], 0x40
        mov     word [edi + 4], 0x8E00
        shr     eax, 16
        mov     [edi + 6], ax
        mov     eax, edx
        add     edi, 8
        loop    .next
        ret
other_32:
round_32:
        cli
        cld
        lgdt    [cs:gdt_with_task]
        lidt    [cs:idt_pointer_32]
        mov     eax, 0x18
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        mov     esp, HandlerStack
        push    dword 2                         ; no NT: this may be the double fault's task
        popfd
        mov     eax, 0x11
        mov     cr0, eax
        xor     eax, eax
        mov     cr4, eax
        mov     dr7, eax
        mov     byte [gdt_task + 5], 0x89
        mov     byte [gdt_fault_task + 5], 0x89
        mov     dword [fault_task_state + 0x20], round_32
        mov     eax, 0x20
        ltr     ax
        jmp     0x40:.flat
.flat:  call    count_32
        je      over_32
        call    fill_32
        mov     esp, Stack
        mov     eax, 0x58                       ; RAM only: what it does to devices' memory is in one of 128 rounds
        mov     ss, eax
        test    byte [rounds], 127
        jz      .devices
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
.devices:
        mov     eax, [ss:registers]
        push    dword 0x302                     ; TF and IF
        push    dword 0x40
        push    dword Sandbox
        iret
step_32:
        sub     dword [ss:steps], 1
        jle     other_32
        or      dword [esp + 8], 0x100
        iret
generator 32

; 64 bits
bits 64
to_64:
        mov     rdi, idt
        mov     ecx, 256
.next:  mov     eax, other_64
        cmp     ecx, 255                        ; vector 1
        mov     edx, step_64
        cmove   eax, edx
        mov     [rdi], ax
        mov     word [rdi + 2], 8
        mov     word [rdi + 4], 0x8E01          ; on stack IST1
        shr     eax, 16
        mov     [rdi + 6], eax
        mov     dword [rdi + 10], 0
        mov     word [rdi + 14], 0
        add     rdi, 16
        sub     ecx, 1
        jnz     .next
        mov     qword [task_state + 36], HandlerStack
        mov     ecx, 0xC0000080
        rdmsr
        or      eax, 1 << 11                    ; NXE
        wrmsr
        mov     edi, Tables + 0x2000 + (8 * 8)  ; code only in the 16 MiB of RAM: a wild jump is a fault
        mov     ecx, (4 * 512) - 8
.deny:  mov     dword [rdi + 4], 1 << 31
        add     rdi, 8
        sub     ecx, 1
        jnz     .deny
        mov     dword [SmallTables], SmallTables + 0x1003
        mov     dword [SmallTables + 0x1000], SmallTables + 0x2003
        mov     edi, SmallTables + 0x2000
        mov     eax, 0x83
.small: mov     [rdi], eax
        add     edi, 8
        add     eax, 0x200000
        cmp     eax, 0x1000000
        jb      .small
        jmp     round_64
other_64:
round_64:
        cli
        cld
        lgdt    [gdt_with_task]
        lidt    [idt_pointer_64]
        mov     esp, HandlerStack
        mov     byte [gdt_task + 5], 0x89
        mov     eax, 0x20
        ltr     ax
        mov     eax, 0x18
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        mov     ecx, 0xC0000080
        mov     eax, 0xD00                      ; LME, LMA, NXE
        xor     edx, edx
        wrmsr
        mov     eax, Tables
        mov     cr3, rax
        mov     eax, (1 << 5) | (1 << 9) | (1 << 10)
        mov     cr4, rax
        mov     rax, cr0
        and     eax, ~((1 << 2) | (1 << 3) | (1 << 16) | (3 << 29))
        mov     cr0, rax
        xor     eax, eax
        mov     dr7, rax
        call    count_64
        je      over_64
        call    fill_64
        test    byte [rounds], 127
        jz      .devices                        ; one of 128 rounds reaches devices' memory
        mov     eax, SmallTables
        mov     cr3, rax
        mov     eax, [registers]
.devices:
        mov     esp, Stack
        push    qword 0x18
        push    qword Stack
        push    qword 0x302
        push    qword 8
        push    qword Sandbox
        iretq
step_64:
        sub     dword [steps], 1
        jle     other_64
        or      dword [rsp + 16], 0x100
        iretq
generator 64

; 16 bits: real mode, all segments FFFF
bits 32
to_real:
        lgdt    [gdt_with_task]
        lidt    [ivt_pointer]
        mov     edi, 0
        mov     ecx, 256
.next:  mov     dword [edi], 0xFFFF0010 + other_16 - $$
        add     edi, 4
        loop    .next
        mov     dword [4], 0xFFFF0010 + step_16 - $$
        mov     eax, 0x38
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        jmp     0x30:.small - $$ + 16
bits 16
.small: mov     eax, 0x10
        mov     cr0, eax
        jmp     0xFFFF:round_16 - $$ + 16
%define at(x) ((x) - $$ + 16)                   ; the payload begins at FFFF:0010
%define fixed(x) ((x) - RealBase)
other_16:
round_16:
        cli
        cld
        mov     ax, 0xFFFF
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     esp, fixed(HandlerStack)
        o32 lidt [at(ivt_pointer)]
        xor     eax, eax
        mov     cr4, eax
        mov     dr7, eax
        call    count_16
        je      over_16
        call    fill_16
        mov     esp, fixed(Stack)
        push    word 0x302
        push    word 0xFFFF
        push    word fixed(Sandbox)
        iret
step_16:
        sub     dword [cs:at(steps)], 1
        jle     other_16
        push    bp
        mov     bp, sp
        or      word [ss:bp + 6], 0x100
        pop     bp
        iret
generator 16
bits 32

; Length, with 0x80 where a register's number goes into the last byte, and the bytes.
templates:
        db      2, 0x0F, 0xA2, 2, 0x0F, 0x32, 2, 0x0F, 0x30, 2, 0x0F, 0x31, 3, 0x0F, 0x01, 0xF9, 2, 0x0F, 0x33 ; CPUID RDMSR WRMSR RDTSC RDTSCP RDPMC
        db      3, 0x0F, 0x01, 0xD1, 3, 0x0F, 0x01, 0xD0, 2, 0xFB, 0xF4, 1, 0xFA, 1, 0xFB, 2, 0x0F, 0x09, 2, 0x0F, 0x08 ; XSETBV XGETBV STI;HLT CLI STI WBINVD INVD
        db      2, 0x0F, 0x06, 0x84, 0x44, 0x0F, 0x22, 0xC0, 0x83, 0x0F, 0x20, 0xC0 ; CLTS, MOV CR8, from CR0
        db      0x83, 0x0F, 0x01, 0x38, 0x83, 0x0F, 0x23, 0xF8, 0x83, 0x0F, 0x23, 0xC0, 0x83, 0x0F, 0x21, 0xF0 ; INVLPG MOV DR7 DR0, from DR6
        db      0x83, 0x0F, 0x01, 0x00, 0x83, 0x0F, 0x01, 0x08 ; SGDT SIDT
        db      1, 0xEC, 1, 0xED, 1, 0xEE, 1, 0xEF, 1, 0x6C, 1, 0x6D, 1, 0x6E, 1, 0x6F, 2, 0xF3, 0x6C, 2, 0xF3, 0x6F ; IN OUT INS OUTS
        db      2, 0xE4, 0x60, 2, 0xE4, 0x40, 2, 0xE6, 0x43, 2, 0xE6, 0x21, 2, 0xE6, 0x70, 2, 0xE5, 0x71, 2, 0xE6, 0x80 ; IN OUT of devices
        db      2, 0xCD, 0x40, 2, 0xCD, 0x0D, 1, 0xF1, 1, 0xCF, 1, 0xCB, 2, 0x0F, 0x0B, 1, 0x9C, 1, 0x9D ; INT, INT1 IRET RETF UD2 PUSHF POPF
        db      3, 0x0F, 0x01, 0xC8, 3, 0x0F, 0x01, 0xC9, 3, 0x0F, 0x01, 0xC1, 3, 0x0F, 0x01, 0xC2, 3, 0x0F, 0x01, 0xC4 ; MONITOR MWAIT VMCALL VMLAUNCH VMXOFF
        db      0x84, 0xF3, 0x0F, 0xC7, 0x30, 0x83, 0x0F, 0xC7, 0x30, 0x83, 0x0F, 0x78, 0xC0, 2, 0x0F, 0x37, 2, 0x0F, 0xAA ; VMXON VMPTRLD VMREAD GETSEC RSM
        db      2, 0x0F, 0x34, 2, 0x0F, 0x35, 2, 0x0F, 0x05, 2, 0x0F, 0x07, 3, 0x0F, 0x01, 0xF8, 2, 0xF3, 0x90 ; SYSENTER SYSEXIT SYSCALL SYSRET SWAPGS PAUSE
        db      0x83, 0x0F, 0xAE, 0x20, 0x83, 0x0F, 0xAE, 0x28, 0x83, 0x0F, 0xAE, 0x08, 0x85, 0x66, 0x0F, 0x38, 0x82, 0x08 ; XSAVE XRSTOR FXRSTOR INVPCID
        db      0x85, 0x66, 0x0F, 0x38, 0x80, 0x08, 0x83, 0x0F, 0xC7, 0xF0, 0x83, 0x0F, 0xC7, 0xF8, 3, 0x0F, 0x01, 0xCF ; INVEPT RDRAND RDSEED ENCLS
        db      1, 0xA4, 1, 0xA5, 1, 0xAA, 1, 0xAB, 1, 0xAC, 1, 0xA6, 1, 0xAF, 2, 0xF3, 0xAB, 2, 0xF2, 0xAE ; string instructions
        db      0x82, 0x89, 0x00, 0x82, 0x8B, 0x00, 0x82, 0x88, 0x00, 0x82, 0x01, 0x00, 0x82, 0x0B, 0x08, 0x82, 0x31, 0x10, 0x82, 0x39, 0x18 ; MOV and arithmetic with memory
        db      0x83, 0x0F, 0xB6, 0x00, 0x83, 0x0F, 0xC1, 0x00, 0x83, 0x0F, 0xB1, 0x00, 0x84, 0xF0, 0x0F, 0xC7, 0x08, 0x83, 0x0F, 0xAB, 0x00 ; MOVZX XADD CMPXCHG CMPXCHG8B BTS
        db      0x82, 0xFF, 0x30, 0x82, 0x8F, 0x00, 0x82, 0xFF, 0x10, 0x82, 0xFF, 0x20, 0x82, 0xFF, 0x28, 0x82, 0xF7, 0x18, 0x82, 0xF6, 0x30 ; PUSH POP CALL JMP, far; NEG DIV
        db      0x83, 0x0F, 0x10, 0x00, 0x83, 0x0F, 0x11, 0x00, 0x84, 0x66, 0x0F, 0x6F, 0x00, 0x84, 0xF3, 0x0F, 0x7F, 0x00, 0x84, 0xC5, 0xF8, 0x10, 0x00 ; MOVUPS MOVDQA MOVDQU VMOVUPS
        db      0x82, 0x8C, 0x00, 0x82, 0x8E, 0x18, 0x82, 0x8E, 0xC0, 0x83, 0x0F, 0x02, 0xC0, 0x83, 0x0F, 0x03, 0xC0, 1, 0xC9 ; MOV Sreg, LAR LSL LEAVE
        db      0x83, 0x0F, 0x22, 0xC0, 0x83, 0x0F, 0x22, 0xE0, 0x83, 0x0F, 0x01, 0xF0, 0x82, 0x8E, 0xD0, 0x83, 0x0F, 0x00, 0xD0, 0x83, 0x0F, 0x00, 0xD8 ; MOV CR0 CR4, LMSW, MOV SS, LLDT LTR: most end the domain, so they are rare
Usual          equ 110
Rare            equ 6
prefixes: db    0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x2E, 0x36, 0x64, 0x65, 0x40, 0x41, 0x44, 0x48, 0x49, 0x4C, 0x4F
        align   4
numbers:
        dd      0, 1, 2, 7, 13, 0x10, 0x18, 0x20, 0xFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF
        dd      Data, Data + 0xFFE, Data + 0x7F, Sandbox, Sandbox + 20, Stack, 0xFFFFFE, 0x1000000
        dd      0xFEE00000, 0xFEE00020, 0xFEE00080, 0xFEE000B0, 0xFEE000F0, 0xFEE00300, 0xFEE00320, 0xFEE00380, 0xFEE00FFD, 0xFEC00000, 0xFEC00010, 0xFED00000, 0xFF000000, 0xFFFFFFF0
        dd      0x10, 0x1B, 0x3A, 0x3B, 0x48, 0x49, 0x79, 0x8B, 0xC1, 0xFE, 0x10A, 0x174, 0x176, 0x179, 0x17A, 0x186, 0x1A0, 0x1D9, 0x200, 0x201, 0x250, 0x277, 0x2FF, 0x400, 0x401, 0x480, 0x6E0
        dd      0x802, 0x808, 0x80B, 0x80F, 0x830, 0x832, 0x838, 0x83F, 0xC0000080, 0xC0000081, 0xC0000082, 0xC0000100, 0xC0000102, 0xC0000103, 0x40000000
        dd      0x20, 0x21, 0x40, 0x43, 0x61, 0x70, 0x71, 0x80, 0xA0, 0x3F9, 0x4D0, 0x608, 0xCF8, 0xCFC, 0xE0000011, 0x60000010, 0x6A0, 0x40000, 0xD01, 0xFFFF0FF0, 0x400
numbers_end:
counted: db     13, 10, "random-code: executed ", 0
line_end: db    13, 10, 0
digits: db      "0123456789abcdef"
        align   8
gdt_tasked:
        dq      0, 0x00AF9B000000FFFF, 0x00CF9B000000FFFF, 0x00CF93000000FFFF
gdt_task: dq    0x0000890000000067, 0           ; 64-bit task state
        dq      0x00009B0FFFF0FFFF, 0x0000930FFFF0FFFF ; 16 bits, at FFFF0
        dq      0x00C09B0000000FFF              ; 32-bit code of 16 MiB: a wild jump is a fault
        dq      0                               ; 0x48 is among the numbers: null
gdt_fault_task: dq 0x0000890000000067           ; 0x50
        dq      0x00C0930000000FFF              ; 0x58: data of 16 MiB
gdt_with_task:
        dw      gdt_with_task - gdt_tasked - 1
        dq      gdt_tasked
idt_pointer_32:
        dw      256 * 8 - 1
        dd      idt
idt_pointer_64:
        dw      256 * 16 - 1
        dq      idt
ivt_pointer:
        dw      256 * 4 - 1
        dd      0
mode:   dw      0
        align   8
seed:   dd      0
steps:  dd      StepsPerRound
executed: dd    0
rounds: dd      0
registers: dd   0, 0
task_state: times 104 db 0
fault_task_state:
        times 8 dd 0
        dd      round_32, 2, 0, 0, 0, 0, HandlerStack, 0, 0, 0  ; EIP, EFLAGS, general registers
        dd      0x18, 0x40, 0x18, 0x18, 0x18, 0x18, 0, 0x680000
        align   16, db 0
payload_end:
idt             equ 0x10B000
