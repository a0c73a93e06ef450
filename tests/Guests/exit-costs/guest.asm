; exit-costs: ticks that an instruction takes, mean of many in a loop less the loop without it, in this order:
;   cpuid, vmcall (to the handler of #UD and back), rdmsr of IA32_MISC_ENABLE, wrmsr of IA32_EFER, xsetbv, wbinvd, in 0x21, out 0x43, out 0x80,
;   a write to the I/O APIC by instructions that were never met before, the same by one instruction in a loop,
;   EOI in xAPIC mode, EOI in x2APIC mode, wrmsr of IA32_TSC_DEADLINE, an x2APIC self-IPI with its handler and EOI;
;   and of the APIC timer: from its deadline to the handler while the guest spins, and out of HLT.
%include "microguest.inc"

Count   equ 4096
Once    equ 1024                                ; writes that are executed once
Timers  equ 64
Ahead   equ 100000
Vector  equ 0x41
Self    equ 0x51
IoApic  equ 0xFEC00000

main:
        mov     eax, start64
        jmp     enter_long_mode
bits 64

; ticks: rax = the TSC
%macro ticks 0
        rdtsc
        shl     rdx, 32
        or      rax, rdx
%endmacro

; row PREPARATION, INSTRUCTION: the next figure; preparations may use all but rdi, r8, r12, r14 and r15
%macro row 2
        ticks
        mov     r8, rax
        mov     r12d, Count
%%with: %1
        %2
        dec     r12d
        jnz     %%with
        ticks
        sub     rax, r8
        mov     r9, rax
        ticks
        mov     r8, rax
        mov     r12d, Count
%%without:
        %1
        dec     r12d
        jnz     %%without
        ticks
        sub     rax, r8
        sub     r9, rax
        mov     rax, r9
        mov     ecx, Count
        call    store
%endmacro
%macro gate 2
        mov     eax, %1
        mov     rbx, %2
        call    set_gate
%endmacro
%define none
%macro model_register 1                         ; rdx:rax = 0
        mov     ecx, %1
        xor     eax, eax
        xor     edx, edx
%endmacro
%macro extended_features 0
        mov     ecx, 0xC0000080
        mov     eax, ebp
        xor     edx, edx
%endmacro
%macro first_states 0
        xor     ecx, ecx
        mov     eax, 1
        xor     edx, edx
%endmacro
%macro far_deadline 0
        mov     ecx, 0x6E0
        mov     eax, -1
        mov     edx, 0xFFFFFF
%endmacro
%macro own_vector 0
        mov     ecx, 0x83F
        mov     eax, Self
        xor     edx, edx
%endmacro
%macro leaf_0 0
        xor     eax, eax
        xor     ecx, ecx
%endmacro
%macro port_43 0
        mov     al, 0xC0                        ; latch no counter: changes nothing
%endmacro

start64:
        mov     rsp, 0x200000
        mov     r15, ApicPage
        mov     r14, IoApic
        mov     edi, figures
        gate    6, on_invalid
        gate    Vector, on_timer
        gate    Self, on_self
        call    load_idt
        mov     al, 0xFF                        ; the 8259 pair stays out of this
        out     0x21, al
        out     0xA1, al
        mov     dword [r15 + 0xF0], 0x1FF

        row     leaf_0, cpuid
        row     none, vmcall
        row     {mov ecx, 0x1A0}, rdmsr
        mov     ecx, 0xC0000080
        rdmsr
        mov     ebp, eax
        row     extended_features, wrmsr
        mov     rax, cr4
        or      eax, 1 << 18                    ; OSXSAVE
        mov     cr4, rax
        row     first_states, xsetbv
        row     none, wbinvd
        row     none, {in al, 0x21}
        row     port_43, {out 0x43, al}
        row     none, {out 0x80, al}

        ticks
        mov     r8, rax
%assign number 0
%rep Once
        mov     dword [r14], number             ; no two alike
%assign number number + 1
%endrep
        ticks
        sub     rax, r8
        mov     ecx, Once
        call    store
        row     none, {mov [r14], esi}
        row     none, {mov dword [r15 + 0xB0], 0}

        mov     ecx, 0x1B
        rdmsr
        or      eax, 1 << 10                    ; x2APIC mode
        wrmsr
        row     {model_register 0x80B}, wrmsr
        mov     ecx, 0x832
        mov     eax, 0x40000 | Vector           ; the timer in deadline mode
        xor     edx, edx
        wrmsr
        row     far_deadline, wrmsr
        sti
        row     own_vector, wrmsr
        mov     byte [halts], 0
        call    measure_timer
        mov     byte [halts], 1
        call    measure_timer

        say     "exit-costs:"
        mov     rsi, figures
.print: mov     byte [text], ' '
        mov     rcx, 8
        lodsd
.digit: rol     eax, 4
        mov     ebx, eax
        and     ebx, 15
        mov     bl, [digits + rbx]
        mov     edx, text + 9
        sub     edx, ecx
        mov     [rdx], bl
        loop    .digit
        mov     rbx, rsi
        mov     rsi, text
        call    print64
        mov     rsi, rbx
        cmp     esi, edi
        jb      .print
        say     13, 10
        jmp     finish64

; store: the next figure is the nearest to rax / ecx
store:  mov     edx, ecx
        shr     edx, 1
        add     rax, rdx
        xor     edx, edx
        div     rcx
        stosd
        ret

; measure_timer: the next figure is the mean of Timers times from the deadline to the handler
measure_timer:
        xor     r13d, r13d
        mov     r12d, Timers
.next:  ticks
        add     rax, Ahead
        mov     r8, rax
        mov     rdx, rax
        shr     rdx, 32
        mov     byte [fired], 0
        mov     ecx, 0x6E0
        wrmsr
        cmp     byte [halts], 0
        jne     .halt
.spin:  cmp     byte [fired], 0
        je      .spin
        jmp     .came
.halt:  hlt
        cmp     byte [fired], 0
        je      .halt
.came:  dec     r12d
        jnz     .next
        mov     rax, r13
        mov     ecx, Timers
        jmp     store

on_invalid:
        add     qword [rsp], 3                  ; behind VMCALL
        iretq
on_timer:
        ticks
        sub     rax, r8
        add     r13, rax
        mov     byte [fired], 1
on_self:
        model_register 0x80B
        wrmsr
        iretq

        align   8
figures: times 20 dd 0
digits: db      "0123456789abcdef"
text:   db      "         ", 0
halts:  db      0
fired:  db      0
        align   16, db 0
payload_end:
