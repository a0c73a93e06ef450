; mmio-instructions: each instruction that has a memory operand, on RAM and on a device that keeps what is written (testdev = 2), in 16-, 32- and 64-bit
; code: inside a page, across the border of two pages of the device, and across the border of device and RAM. Then the faults of operands elsewhere.
%include "microguest.inc"
Device          equ 0xFF000000                  ; 16 KiB of it, then 48 KiB of RAM
Ram16           equ 0x20                        ; selector of a 16-bit code segment
ResultBytes     equ 160
NotThere        equ 0x40000000                  ; a page that is taken out of the page tables
%define op0 add
%define op1 or
%define op2 adc
%define op3 sbb
%define op4 and
%define op5 sub
%define op6 xor
%define op7 cmp
%define shift0 rol
%define shift1 ror
%define shift2 rcl
%define shift3 rcr
%define shift4 shl
%define shift5 shr
%define shift6 sar
; What follows counts on MODE where it is used.
%macro t 3-*
        enter_test {%1}, {%2}
%rep %0 - 2
        %3
        %rotate 1
%endrep
        leave_test
%endmacro

%macro enter_test 2
%if MODE == 64
        bits    64
%else
        bits    32
%endif
%push test
        jmp     near %$over
%$name: db      %1, 0
        align   4
%$code:
%if MODE == 16
        bits    16
%endif
%xdefine test_flags (%2)
%endmacro

%macro leave_test 0
%if MODE == 16
        o32 retf
        bits    32
%else
        ret
%endif
%$over: mov     Word [current_code], %$code
        mov     dword [current_flags], test_flags
        mov     Word [current_name], %$name
        call    here(compare)
%pop
%endmacro

; what needs alignment is left out where there is none
%macro aligned 3-*
        test    dword [base], 15
        jnz     near %%skip
        enter_test {%1}, {%2}
%rep %0 - 2
        %3
        %rotate 1
%endrep
        leave_test
%%skip:
%endmacro

%macro avx 3-*
        cmp     byte [has_avx], 0
        je      near %%skip
        enter_test {%1}, {%2}
%rep %0 - 2
        %3
        %rotate 1
%endrep
        leave_test
%%skip:
%endmacro

main:
        mov     eax, cr4
        or      eax, 0x600
        mov     cr4, eax
        mov     eax, cr0
        and     eax, ~4
        or      eax, 2
        mov     cr0, eax
        lgdt    [mine_pointer]
        mov     word [current_code_selector], Ram16
        mov     esi, bases
.next32:
        mov     eax, [esi]
        test    eax, eax
        jz      .long
        mov     [base], eax
        push    esi
        call    run_16
        call    run_32
        pop     esi
        add     esi, 4
        jmp     .next32
.long:  mov     eax, start64
        jmp     enter_long_mode

%define MODE 16
%include "mmio-instructions/harness.inc"
%define MODE 32
%include "mmio-instructions/harness.inc"
%define MODE 64
%include "mmio-instructions/harness.inc"

bits 64
start64:
        mov     rsp, 0x200000
        mov     eax, 1
        cpuid
        bt      ecx, 28
        jnc     .lists
        mov     rax, cr4
        or      rax, 1 << 18
        mov     cr4, rax
        xor     ecx, ecx
        xor     edx, edx
        mov     eax, 7
        xsetbv
        mov     byte [has_avx], 1
.lists: mov     r15, bases
.next:  mov     eax, [r15]
        test    eax, eax
        jz      .faults
        mov     [base], eax
        call    run_64
        add     r15, 4
        jmp     .next

; each line of the table: what to do, the vector, the error code, the address of a page fault
.faults:
        call    load_idt
%assign vector 0
%rep 15
        mov     eax, vector
        mov     rbx, entry_ %+ vector
        call    set_gate
        %assign vector vector + 1
%endrep
        mov     rax, NotThere >> 21
        mov     qword [rax * 8 + Tables + 0x2000], 0
        mov     rax, (NotThere >> 21) + 1
        and     byte [rax * 8 + Tables + 0x2000], 0xFD ; read-only
        mov     rax, cr0
        or      rax, 1 << 16
        mov     cr0, rax
        mov     rax, cr3
        mov     cr3, rax

%macro fault 4-*
%xdefine fault_name %1
        mov     dword [expected_vector], %2
        mov     dword [expected_error], %3
        mov     rax, %4
        mov     [expected_address], rax
        mov     qword [resume], %%after
        mov     dword [seen], 0
        mov     esi, Device
        mov     edi, Device + 0x40
%rep %0 - 4
        %5
        %rotate 1
%endrep
%%after:
        inc     dword [tests]
        cmp     dword [seen], 1
        je      %%good
        inc     dword [failures]
        say     "mmio-instructions: FAILED fault: ", fault_name, 13, 10
%%good:
%endmacro
        fault   "movs to a page that is not there", 14, 2, NotThere + 8, {mov edi, NotThere + 8}, {movsd}
        fault   "movs from a page that is not there", 14, 0, NotThere + 8, {mov esi, NotThere + 8}, {movsd}
        fault   "movs to a read-only page", 14, 3, NotThere + 0x200000, {mov edi, NotThere + 0x200000}, {movsd}
        fault   "movs to half a page that is not there", 14, 2, NotThere, {mov edi, NotThere - 2}, {movsd}
        fault   "cmps with a page that is not there", 14, 0, NotThere, {mov edi, NotThere}, {cmpsd}
        fault   "movs to a non-canonical address", 13, 0, 0, {mov rdi, 0x800000000000}, {movsd}
        fault   "div", 0, 0, 0, {mov dword [rdi], 0}, {div dword [rdi]}
        fault   "idiv", 0, 0, 0, {mov dword [rdi], 1}, {mov edx, 1}, {idiv dword [rdi]}
        fault   "jmp to a non-canonical address", 13, 0, 0, {mov rax, 0x800000000000}, {mov [rdi], rax}, {jmp [rdi]}
        fault   "mov ss, null selector of the wrong level", 13, 0, 0, {mov word [rdi], 3}, {mov ss, [rdi]}
        fault   "ltr, beyond the table", 13, 0x7F8, 0, {mov word [rdi], 0x7F8}, {ltr [rdi]}
        fault   "a page table that is not there", 14, 9, NotThere + 8, {mov dword [Tables + 0x2000 + (NotThere >> 18)], 0xD0000003}, {mov edi, NotThere + 8}, {mov eax, [rdi]}
        mov     dword [Tables + 0x2000 + (NotThere >> 18)], 0
        fault   "mov ds, beyond the table", 13, 0x7F8, 0, {mov word [rdi], 0x7F8}, {mov ds, [rdi]}

        ; what is written through here is dirty
        and     byte [Tables + 0x2008], 0x9F
        mov     rax, cr3
        mov     cr3, rax
        mov     esi, Device
        mov     edi, 0x200000 + 0x80000
        movsd
        inc     dword [tests]
        test    byte [Tables + 0x2008], 0x40
        jnz     .dirty
        inc     dword [failures]
        say     "mmio-instructions: FAILED dirty bit", 13, 10
.dirty:
        ; a page table in the device, where accessed and dirty bits come
        mov     r13d, Device
        mov     dword [r13 + 0x2000], 0x200003
        mov     dword [r13 + 0x2004], 0
        mov     dword [Tables + 0x2000 + (NotThere >> 18)], Device + 0x2003
        mov     eax, [0x200010]
        inc     dword [NotThere + 0x10]
        mov     ebx, [0x200010]
        sub     ebx, eax
        mov     ecx, [r13 + 0x2000]
        mov     dword [Tables + 0x2000 + (NotThere >> 18)], 0
        invlpg  [NotThere]
        inc     dword [tests]
        cmp     ebx, 1
        jne     .no_table
        cmp     ecx, 0x200063
        je      .table
.no_table:
        inc     dword [failures]
        say     "mmio-instructions: FAILED page table in a device", 13, 10
.table:
        ; code in the device, which changes what lies beside it
        mov     dword [r13 + 0x3000], 0x1205FF90 ; nop; inc dword [rip + 0x12]; ret
        mov     dword [r13 + 0x3004], 0xC3000000
        mov     dword [r13 + 0x3019], 41
        mov     r14d, Device + 0x3000
        call    r14
        inc     dword [tests]
        cmp     dword [r13 + 0x3019], 42
        je      .code
        inc     dword [failures]
        say     "mmio-instructions: FAILED code in a device", 13, 10
.code:
        ; an instruction that was executed here before is another one now: its bytes change, then its page
        mov     rax, (NotThere >> 21) * 8 + Tables + 0x2000
        mov     qword [rax], 0x800083
        invlpg  [NotThere]
        mov     esi, 0x11111111
        mov     ebx, 0x22222222
        mov     edi, Device
        mov     r14d, NotThere + 0x100
        mov     dword [r14], 0x90C33789         ; mov [rdi], esi; ret
        mov     dword [0xA00100], 0x90C31F89    ; mov [rdi], ebx; ret
        call    changed
        call    changed
        cmp     dword [rdi], esi
        jne     .stale
        mov     byte [r14 + 1], 0x1F
        call    changed
        cmp     dword [rdi], ebx
        jne     .stale
        mov     byte [r14 + 1], 0x37
        call    changed
        cmp     dword [rdi], esi
        jne     .stale
        mov     rax, (NotThere >> 21) * 8 + Tables + 0x2000
        mov     qword [rax], 0xA00083
        invlpg  [NotThere]
        call    changed
        cmp     dword [rdi], ebx
        je      .fresh
.stale: inc     dword [failures]
        say     "mmio-instructions: FAILED changed code", 13, 10
.fresh: inc     dword [tests]
        mov     eax, [tests]
        call    decimal
        say     "mmio-instructions: "
        mov     rsi, digits
        call    print64
        say     " tests, "
        mov     eax, [failures]
        call    decimal
        mov     rsi, digits
        call    print64
        say     " failures", 13, 10
        jmp     finish64

changed:
        mov     dword [rdi], 0
        jmp     r14

; decimal: eax to digits
decimal:
        mov     edi, digits + 9
        mov     byte [rdi], 0
        mov     ecx, 10
.next:  xor     edx, edx
        div     ecx
        add     dl, '0'
        dec     edi
        mov     [rdi], dl
        test    eax, eax
        jnz     .next
        mov     esi, edi
        mov     edi, digits
        mov     ecx, 10
        rep movsb
        ret

%assign vector 0
%rep 15
entry_ %+ vector:
%if vector != 8 && (vector < 10 || vector > 14)
        push    qword 0
%endif
        push    qword vector
        jmp     taken
        %assign vector vector + 1
%endrep

; rax, which an instruction may have left unchanged, is the handler's own from here on
taken:  pop     rax
        pop     rcx
        cmp     eax, [expected_vector]
        jne     .other
        cmp     ecx, [expected_error]
        jne     .other
        mov     rdx, cr2
        cmp     eax, 14
        jne     .good
        cmp     rdx, [expected_address]
        jne     .other
.good:  inc     dword [seen]
.other: mov     rax, [resume]
        mov     [rsp], rax
        iretq

bits 32
        align   8
mine:   dq      0, 0x00AF9B000000FFFF, 0x00CF9B000000FFFF, 0x00CF93000000FFFF, 0x008F9B000000FFFF
mine_end:
mine_pointer:
        dw      mine_end - mine - 1
        dd      mine
        align   8
bases:  dd      Device + 0x100, Device + 0x1000 - 2, Device + 0x4000 - 3, Device + 0x1FF7, 0
base:   dd      0
tests:  dd      0
failures: dd    0
difference: dd  0
current_flags: dd 0
seen:   dd      0
expected_vector: dd 0
expected_error: dd 0
expected_address: dq 0
resume: dq      0
current_name: dq 0
current_code: dd 0
current_code_selector: dd 0
place:  dq      0
result: dq      0
has_avx: db     0
digits: times 10 db 0
        align   32
pattern0: times 32 db 0x11 + ($ - pattern0)
pattern1: times 32 db 0x80 + ($ - pattern1)
        align   64, db 0
ram_result: times ResultBytes db 0
device_result: times ResultBytes db 0
        align   64, db 0
        times   64 db 0
ram_place: times 1024 db 0
        align   16, db 0
payload_end:
