; cpuid-leaves: what CPUID says must fit what the processor does, and itself.   SDM 2A, "CPUID - CPU Identification"
; A line for each check: "NAME: ok", or what came instead.
%include "microguest.inc"

main:
        mov     eax, start64
        jmp     enter_long_mode
bits 64
%macro leaf 1-2 0                               ; registers of a leaf, and of a subleaf
        mov     eax, %1
        mov     ecx, %2
        cpuid
%endmacro
%macro expect 3                                 ; value, what it should be, name
        mov     eax, %1
        mov     r8d, %2
        jmp     %%over
%%name: db      %3, 0
%%over: mov     rsi, %%name
        call    verdict
%endmacro

start64:
        mov     rsp, 0x200000
        mov     eax, 13
        mov     rbx, on_protection
        call    set_gate
        mov     eax, 6
        mov     rbx, on_invalid
        call    set_gate
        call    load_idt

        leaf    0
        mov     r12d, eax                       ; the highest basic leaf
        expect  ebx, 'Genu', "the vendor"
        leaf    0x80000000
        mov     r13d, eax
        xor     eax, eax
        cmp     r13d, 0x80000008
        setae   al
        expect  eax, 1, "extended leaves up to 0x80000008"

        ; beyond the highest leaf: what that one says
        mov     eax, r12d
        xor     ecx, ecx
        cpuid
        mov     r9d, eax
        mov     r10d, edx
        leaf    0x8000FFFF
        cmp     edx, r10d
        setne   dl
        cmp     eax, r9d
        setne   al
        or      al, dl
        movzx   eax, al
        expect  eax, 0, "beyond the extended leaves: the highest basic one"

        ; what is shown can be used
        leaf    1
        mov     r14d, ecx
        mov     r15d, edx
        shr     edx, 9
        and     edx, 1
        expect  edx, 1, "an APIC is shown"
        mov     ecx, 0x1B
        rdmsr
        and     eax, ~(1 << 11)
        wrmsr
        leaf    1
        shr     edx, 9
        and     edx, 1
        mov     r11d, edx
        mov     ecx, 0x1B
        rdmsr
        or      eax, 1 << 11
        wrmsr
        expect  r11d, 0, "none while it is switched off"
        leaf    1
        shr     ecx, 27
        and     ecx, 1
        expect  ecx, 0, "OSXSAVE is 0 while CR4.OSXSAVE is"
        bt      r14d, 26
        jnc     .no_xsave
        mov     rax, cr4
        or      eax, 1 << 18
        mov     cr4, rax
        leaf    1
        shr     ecx, 27
        and     ecx, 1
        expect  ecx, 1, "and 1 when that is"
        leaf    0xD
        expect  ebx, 576, "x87 alone takes 576 bytes"
        leaf    0xD
        mov     r11d, eax
        and     r11d, 7
        mov     r9d, ecx
        xor     ecx, ecx
        mov     eax, r11d
        xor     edx, edx
        xsetbv
        leaf    0xD
        mov     r10d, 576
        test    r11d, 4
        jz      .no_avx
        mov     r10d, 832
.no_avx:
        expect  ebx, r10d, "what is enabled takes what its subleaves say"
        mov     byte [faulted], 0
        xor     ecx, ecx
        mov     eax, 1 << 2                     ; AVX without SSE
        xor     edx, edx
        xsetbv
        movzx   eax, byte [faulted]
        expect  eax, 1, "AVX without SSE is #GP"
.no_xsave:

        ; control registers follow the features
        leaf    7
        mov     r9d, ebx
        mov     r10d, ecx
        bt      r14d, 17                        ; PCID
        mov     ecx, 17
        call    check_cr4
        expect  eax, 0, "CR4.PCIDE goes with PCID"
        bt      r9d, 0
        mov     ecx, 16
        call    check_cr4
        expect  eax, 0, "CR4.FSGSBASE goes with its feature"
        bt      r9d, 7
        mov     ecx, 20
        call    check_cr4
        expect  eax, 0, "CR4.SMEP goes with its feature"
        bt      r9d, 20
        mov     ecx, 21
        call    check_cr4
        expect  eax, 0, "CR4.SMAP goes with its feature"
        bt      r10d, 2
        mov     ecx, 11
        call    check_cr4
        expect  eax, 0, "CR4.UMIP goes with its feature"
        bt      r10d, 16
        mov     ecx, 12
        call    check_cr4
        expect  eax, 0, "CR4.LA57 cannot change here"

        ; instructions
        bt      r14d, 30
        setc    r11b
        mov     byte [faulted], 0
        rdrand  eax
        mov     al, [faulted]
        add     al, r11b
        movzx   eax, al
        expect  eax, 1, "RDRAND goes with its feature"
        leaf    0x80000001
        bt      edx, 27
        setc    r11b
        mov     byte [faulted], 0
        rdtscp
        mov     al, [faulted]
        add     al, r11b
        movzx   eax, al
        expect  eax, 1, "RDTSCP goes with its feature"

        ; topology
        leaf    1
        shr     ebx, 24
        mov     r11d, ebx
        cmp     r12d, 0xB
        jb      finish64
        leaf    0xB
        expect  edx, r11d, "the x2APIC ID is the APIC's"
        leaf    0xB, 5
        expect  ecx, 5, "a level that is not there names itself"
        jmp     finish64

; check_cr4: CF = a feature is there, cl = bit of CR4. eax = 0 if the bit can be set then, and only then; rdi is lost.
check_cr4:
        setc    [wanted]
        mov     byte [faulted], 0
        mov     rdi, cr4
        mov     rax, rdi
        mov     edx, 1
        shl     edx, cl
        or      eax, edx
        cmp     cl, 12
        je      .la57
        mov     cr4, rax
.back:  mov     cr4, rdi
        mov     al, [faulted]
        xor     al, [wanted]
        xor     al, 1
        movzx   eax, al
        ret
.la57:  mov     byte [wanted], 0                ; #GP in 64-bit mode whether it is there or not
        mov     cr4, rax
        jmp     .back

; verdict: rsi = name, eax = value, r8d = what it should be; keeps ebx and above
verdict:
        push    rbx
        push    rcx
        push    rdx
        mov     ebx, eax
        call    print64
        cmp     ebx, r8d
        jne     .bad
        say     ": ok", 13, 10
        jmp     .done
.bad:   say     ": got "
        call    print_number
        say     " expected "
        mov     ebx, r8d
        call    print_number
        say     13, 10
.done:  pop     rdx
        pop     rcx
        pop     rbx
        ret

; print_number: ebx in hexadecimal
print_number:
        mov     ecx, 8
.digit: rol     ebx, 4
        mov     eax, ebx
        and     eax, 15
        mov     al, [digits + rax]
        mov     [digit], al
        mov     rsi, digit
        call    print64
        loop    .digit
        ret

; the instructions that may fault here have three bytes
on_protection:
        add     rsp, 8                          ; the error code
on_invalid:
        mov     byte [faulted], 1
        add     qword [rsp], 3
        iretq

faulted: db     0
wanted: db      0
digits: db      "0123456789abcdef"
digit:  db      0, 0
        align   16, db 0
payload_end:
