; msrs: which model-specific registers a guest can read and write, and which values are #GP(0).   SDM 4, "Model-Specific Registers (MSRs)"
; A line for each check: "NAME: ok", or what came instead.
%include "microguest.inc"

main:
        mov     eax, start64
        jmp     enter_long_mode
bits 64

Reads   equ 0                                   ; RDMSR gives the value, as far as the mask goes
Faults  equ 1                                   ; RDMSR is #GP
Keeps   equ 2                                   ; WRMSR of the value, and RDMSR gives it; then back to what it was
Refuses equ 3                                   ; WRMSR of the value is #GP, and nothing changes
Ignores equ 4                                   ; WRMSR of the value, and RDMSR gives what was there before

%macro check 3-5 0, -1                          ; NAME, WHAT, MSR [, VALUE [, MASK]]
        dd      %2, %3
        dq      %4, %5
        db      %1, 0
%endmacro

start64:
        mov     rsp, 0x200000
        mov     eax, 13
        mov     rbx, on_protection
        call    set_gate
        call    load_idt
        mov     r15, checks
.next:  mov     ecx, [r15 + 4]
        mov     r12, [r15 + 8]                  ; value
        mov     r13, [r15 + 16]                 ; mask
        mov     byte [faulted], 0
        mov     eax, [r15]
        cmp     eax, Reads
        je      .reads
        cmp     eax, Faults
        je      .faults
        cmp     eax, Keeps
        je      .keeps
        cmp     eax, Refuses
        je      .refuses

        call    read                            ; Ignores
        mov     r14, rax
        mov     rax, r12
        call    write
        mov     r12, r14
        call    read
        jmp     .compare
.reads: call    read
.compare:
        and     rax, r13
        and     r12, r13
        movzx   ebx, byte [faulted]
        mov     ebp, 0
        jmp     .verdict
.faults:
        call    read
        movzx   ebx, byte [faulted]
        mov     ebp, 1
        mov     r12, rax
        jmp     .verdict
.keeps: call    read
        mov     r14, rax
        mov     rax, r12
        call    write
        call    read
        and     rax, r13
        and     r12, r13
        movzx   ebx, byte [faulted]
        push    rax
        mov     rax, r14
        call    write
        pop     rax
        mov     ebp, 0
        jmp     .verdict
.refuses:
        call    read
        mov     r14, rax
        mov     byte [faulted], 0
        mov     rax, r12
        call    write
        movzx   ebx, byte [faulted]
        mov     ebp, 1
        mov     byte [faulted], 0
        call    read
        mov     r12, r14
        cmp     byte [faulted], 0
        je      .verdict
        mov     rax, r12                        ; one that can only be written

        ; rax = what came, r12 = what should; ebx and ebp the same of faults
.verdict:
        mov     r8, rax
        lea     rsi, [r15 + 24]
        call    print64
        mov     r15, rsi                        ; behind the name is the next
        cmp     ebx, ebp
        jne     .fault
        cmp     r8, r12
        jne     .value
        say     ": ok", 13, 10
        jmp     .done
.fault: cmp     ebx, 0
        je      .none
        say     ": got #GP expected none", 13, 10
        jmp     .done
.none:  say     ": got no fault expected #GP", 13, 10
        jmp     .done
.value: say     ": got "
        mov     rax, r8
        call    print_number
        say     " expected "
        mov     rax, r12
        call    print_number
        say     13, 10
.done:  cmp     r15, checks_end
        jb      .next
        jmp     finish64

; read: rax = MSR ecx, 0 if it faults
read:   xor     eax, eax
        xor     edx, edx
        rdmsr
        shl     rdx, 32
        or      rax, rdx
        ret

; write: MSR ecx = rax
write:  mov     rdx, rax
        shr     rdx, 32
        wrmsr
        ret

; print_number: rax in hexadecimal
print_number:
        mov     rbx, rax
        mov     ebp, 16
.digit: rol     rbx, 4
        mov     eax, ebx
        and     eax, 15
        mov     al, [digits + rax]
        mov     [digit], al
        mov     rsi, digit
        call    print64
        dec     ebp
        jnz     .digit
        ret

on_protection:
        mov     byte [faulted], 1
        add     rsp, 8                          ; the error code
        add     qword [rsp], 2                  ; RDMSR and WRMSR have two bytes
        iretq

digits: db      "0123456789abcdef"
digit:  db      0, 0
faulted: db     0

NonCanonical    equ 0x0000800000000000
Canonical       equ 0xFFFF800012345000
checks:
        ; of the machine
        check   "IA32_PLATFORM_ID reads", Reads, 0x17, 0, 0
        check   "IA32_BIOS_SIGN_ID takes 0", Ignores, 0x8B, 0
        check   "IA32_FEATURE_CONTROL is locked", Reads, 0x3A, 1, 1
        check   "IA32_FEATURE_CONTROL cannot be written", Refuses, 0x3A, 5
        check   "an unknown register cannot be read", Faults, 0x12345
        check   "an unknown register cannot be written", Refuses, 0x12345, 0
        check   "IA32_VMX_BASIC is not there", Faults, 0x480

        ; system calls
        check   "IA32_SYSENTER_CS keeps its value", Keeps, 0x174, 0x1234
        check   "IA32_SYSENTER_ESP keeps an address", Keeps, 0x175, Canonical
        check   "IA32_SYSENTER_ESP refuses a non-canonical one", Refuses, 0x175, NonCanonical
        check   "IA32_SYSENTER_EIP keeps an address", Keeps, 0x176, Canonical
        check   "IA32_SYSENTER_EIP refuses a non-canonical one", Refuses, 0x176, NonCanonical
        check   "IA32_STAR keeps its value", Keeps, 0xC0000081, 0x0012000834567890
        check   "IA32_LSTAR keeps an address", Keeps, 0xC0000082, Canonical
        check   "IA32_LSTAR refuses a non-canonical one", Refuses, 0xC0000082, NonCanonical
        check   "IA32_CSTAR keeps an address", Keeps, 0xC0000083, Canonical
        check   "IA32_CSTAR refuses a non-canonical one", Refuses, 0xC0000083, NonCanonical
        check   "IA32_FMASK keeps its value", Keeps, 0xC0000084, 0xFFFFFFFF
        check   "IA32_FS_BASE keeps an address", Keeps, 0xC0000100, Canonical
        check   "IA32_FS_BASE refuses a non-canonical one", Refuses, 0xC0000100, NonCanonical
        check   "IA32_GS_BASE keeps an address", Keeps, 0xC0000101, Canonical
        check   "IA32_GS_BASE refuses a non-canonical one", Refuses, 0xC0000101, NonCanonical
        check   "IA32_KERNEL_GS_BASE keeps an address", Keeps, 0xC0000102, Canonical
        check   "IA32_KERNEL_GS_BASE refuses a non-canonical one", Refuses, 0xC0000102, NonCanonical
        check   "IA32_TSC_AUX keeps its value", Keeps, 0xC0000103, 0x12345678

        ; EFER
        check   "IA32_EFER shows long mode", Reads, 0xC0000080, 0x500, 0x500
        check   "IA32_EFER.SCE and NXE can be set", Keeps, 0xC0000080, 0xD01
        check   "IA32_EFER.LME cannot change while paging is on", Refuses, 0xC0000080, 0
        check   "IA32_EFER.SVME is reserved", Refuses, 0xC0000080, 0x1500
        check   "IA32_EFER bit 1 is reserved", Refuses, 0xC0000080, 0x502
        check   "IA32_EFER.LMA cannot be cleared", Ignores, 0xC0000080, 0x100

        ; memory types
        check   "IA32_PAT keeps memory types", Keeps, 0x277, 0x0007010500070106
        check   "IA32_PAT refuses type 2", Refuses, 0x277, 0x0007040600070402
        check   "IA32_PAT refuses type 3", Refuses, 0x277, 0x0307040600070406
        check   "IA32_PAT refuses type 8", Refuses, 0x277, 0x0007080600070406
        check   "IA32_MTRRCAP: eight ranges, fixed ones, write combining", Reads, 0xFE, 0x508, 0x5FF
        check   "IA32_MTRRCAP cannot be written", Refuses, 0xFE, 0x508
        check   "IA32_MTRR_DEF_TYPE keeps a type", Keeps, 0x2FF, 0xC00
        check   "IA32_MTRR_DEF_TYPE refuses type 2", Refuses, 0x2FF, 0xC02
        check   "IA32_MTRR_DEF_TYPE refuses bit 12", Refuses, 0x2FF, 0x1C06
        check   "IA32_MTRR_PHYSBASE3 keeps a range", Keeps, 0x206, 0x12345006
        check   "IA32_MTRR_PHYSBASE3 refuses type 3", Refuses, 0x206, 0x12345003
        check   "IA32_MTRR_PHYSBASE3 refuses bit 8", Refuses, 0x206, 0x12345106
        check   "IA32_MTRR_PHYSBASE3 refuses addresses that the processor lacks", Refuses, 0x206, 0x0100000000000006
        check   "IA32_MTRR_PHYSMASK3 keeps a mask", Keeps, 0x207, 0xFFFFF800
        check   "IA32_MTRR_PHYSMASK3 refuses bit 10", Refuses, 0x207, 0xFFFFFC00
        check   "IA32_MTRR_PHYSMASK3 refuses addresses that the processor lacks", Refuses, 0x207, 0x0100000000000800
        check   "there is no ninth range", Faults, 0x210
        check   "IA32_MTRR_FIX64K_00000 keeps types", Keeps, 0x250, 0x0001040506060606
        check   "IA32_MTRR_FIX64K_00000 refuses type 7", Refuses, 0x250, 0x0706060606060606
        check   "IA32_MTRR_FIX16K_A0000 keeps types", Keeps, 0x259, 0x0101010101010101
        check   "IA32_MTRR_FIX4K_F8000 refuses type 2", Refuses, 0x26F, 2

        ; machine checks
        check   "IA32_MCG_CAP cannot be written", Refuses, 0x179, 0
        check   "IA32_MCG_STATUS keeps its bits", Keeps, 0x17A, 4
        check   "IA32_MC0_CTL takes all ones", Keeps, 0x400, -1
        check   "IA32_MC0_CTL refuses others", Refuses, 0x400, 0x55
        check   "IA32_MC0_STATUS is clear", Reads, 0x401, 0
        check   "IA32_MC0_STATUS takes 0", Keeps, 0x401, 0
        check   "IA32_MC0_STATUS refuses others", Refuses, 0x401, 1

        ; debugging, counters, power
        check   "IA32_MISC_ENABLE: no BTS, no PEBS", Reads, 0x1A0, 0x1800, 0x1880
        check   "IA32_MISC_ENABLE keeps what may be switched", Keeps, 0x1A0, 0x400C51809
        check   "IA32_DEBUGCTL.BTF can be set", Keeps, 0x1D9, 2
        check   "IA32_DEBUGCTL refuses reserved bits", Refuses, 0x1D9, 0x20
        check   "MSR_PLATFORM_INFO reads", Reads, 0xCE, 0, 0
        check   "MSR_SMI_COUNT is 0", Reads, 0x34, 0
        check   "IA32_PERF_CAPABILITIES is not there", Faults, 0x345
        check   "IA32_XSS is not there", Faults, 0xDA0

        ; time
        check   "IA32_TSC_ADJUST moves", Keeps, 0x3B, 0x1000
        check   "IA32_TIME_STAMP_COUNTER reads", Reads, 0x10, 0, 0

        ; local APIC
        check   "IA32_APIC_BASE: enabled, bootstrap processor", Reads, 0x1B, 0xFEE00900
        check   "IA32_APIC_BASE refuses reserved bits", Refuses, 0x1B, 0xFEE00901
        check   "IA32_APIC_BASE refuses addresses that the processor lacks", Refuses, 0x1B, 0x01000000FEE00900
        check   "IA32_APIC_BASE refuses EXTD without EN", Refuses, 0x1B, 0xFEE00500
        check   "x2APIC registers are not there in xAPIC mode", Faults, 0x802
        check   "x2APIC registers cannot be written in xAPIC mode", Refuses, 0x80B, 0
        check   "IA32_TSC_DEADLINE reads 0 when it is not in use", Reads, 0x6E0, 0
checks_end:
        align   16, db 0
payload_end:
