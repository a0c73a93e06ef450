; pv-grants: two domains, told apart by the first letter of the command line. "g" grants a page to whichever domain has number 1 to 32; "m" finds
; it, maps it, and holds it when the granter has ended already.
%include "pv.inc"
Domains         equ 32
FirstReference  equ 8                           ; the entry for domain N is this plus N
Content         equ 0x5A0                       ; the page is to hold no present entries
Done            equ 2
Content_at      equ 8                           ; of the page's words the mapper writes 0, the granter 1 (the content) and 2, a copy 3
ForHost         equ 2
ForHostReading  equ 6
ForHostReadingByEntry equ 22
Nap             equ 10000000                    ; nanoseconds

main:   call    map_shared
        mov     rbx, [start_info]
        cmp     byte [rbx + 128], 'g'
        je      granter
        jmp     mapper

granter:
        call    show_table
        mov     qword [page + Content_at], Content
        lea     rax, [page]
        call    mfn_of
        mov     rbx, rax
        mov     ecx, 1
.entry: mov     rax, rbx
        shl     rax, 32
        mov     edx, ecx
        shl     edx, 16
        or      rax, rdx
        or      rax, 1
        lea     rdx, [table + FirstReference * 8]
        mov     [rdx + rcx * 8], rax
        inc     ecx
        cmp     ecx, Domains
        jbe     .entry

        lea     r12, [page]
        call    wait_for
        call    used
        expect  "the entry says that it is written", 0x19
        remap   page, RO
        expect  "its own mapping becomes read-only", 0
        pin     PinL1, page
        expect  "but another writes it: it is no page table", -Invalid
        check_memory "the granter's memory"
        remap   page, RW
        expect  "writable again", 0
        mov     qword [page + 16], Done
        lea     r12, [page + 24]
        call    wait_for
        call    used
        expect  "the entry says that it is read", 0x09
        remap   page, RO
        pin     PinL1, page
        expect  "what another reads may be a page table", 0
        pin     Unpin, page
        expect  "and stop being one", 0
        check_memory "the granter's memory at the end"
        finish

mapper: mov     r13d, 500                       ; rounds
.round: mov     ebx, 1                          ; the granter's number
.domain: mov    ebp, 1                          ; our own
.reference:
        mov     eax, ForHost
        lea     rdi, [place]
        call    map
        test    eax, eax
        jz      .found
        inc     ebp
        cmp     ebp, Domains
        jbe     .reference
        inc     ebx
        cmp     ebx, Domains
        jbe     .domain
        mov     edi, Nap
        call    sleep
        dec     r13d
        jnz     .round
.found: expect  "a granted page is found", 0
        mov     eax, [operation + 20]
        mov     [first_handle], eax
        mov     rax, [place + Content_at]
        expect  "it holds the granter's content", Content
        check_memory "the mapper's memory"
        lea     rax, [place]
        call    entry_of
        mov     rsi, [rax]
        lea     rdi, [second]
        mov     edx, 2
        hypercall UpdateVaMapping
        expect  "its entry is of no use elsewhere", -NotPermitted
        mov     qword [place], Done
        lea     r12, [place + 16]
        call    wait_for

        lea     rax, [second]
        call    entry_of
        call    machine_of                      ; the tables are in the image
        mov     rdi, rax
        mov     r14, rax
        mov     eax, ForHostReadingByEntry
        call    map
        expect  "the same page, to be read only, by the entry", 0
        mov     eax, [operation + 20]
        mov     [second_handle], eax
        mov     rax, [second + Content_at]
        expect  "the same content", Content
        must_trap 14, "writing it", {mov qword [second], 0}
        mov     eax, [first_handle]
        lea     rdi, [second]
        call    unmap
        expect  "unmapped where it is not", -1
        mov     eax, [first_handle]
        lea     rdi, [place]
        call    unmap
        expect  "unmapped where it is", 0
        mov     eax, [first_handle]
        lea     rdi, [place]
        call    unmap
        expect  "unmapped twice", -4
        must_trap 14, "reading what is unmapped", {mov rax, [place]}
        check_memory "the mapper's memory, half-way"

        ; word 3 by a copy: the granter goes on, and ends
        mov     qword [word_source], Done
        lea     rax, [word_source]
        call    mfn_of
        mov     [copy], rax
        mov     word [copy + 8], Self
        lea     eax, [word_source]
        and     eax, 4095
        mov     [copy + 10], ax
        lea     eax, [rbp + FirstReference]
        mov     [copy + 16], eax
        mov     [copy + 24], bx
        mov     word [copy + 26], 24
        mov     word [copy + 32], 8
        mov     word [copy + 34], 2             ; the destination is a reference
        mov     edi, 5
        lea     rsi, [copy]
        mov     edx, 1
        hypercall GrantTableOp
        expect  "copy", 0
        movsx   rax, word [copy + 36]
        expect  "to the page", 0
        mov     r13d, 100
.rest:  mov     edi, Nap
        call    sleep
        dec     r13d
        jnz     .rest
        mov     rax, [second + Content_at]
        expect  "the page is there when the granter has ended", Content
        mov     rax, [second + 24]
        expect  "with what was copied to it", Done
        mov     eax, [second_handle]
        mov     rdi, r14
        call    unmap
        expect  "and can be let go", 0
        check_memory "the mapper's memory at the end"
        finish

; show_table: sets up one frame of the grant table and shows it at table
show_table:
        mov     dword [operation], Self
        mov     dword [operation + 4], 1
        lea     rax, [table_frame]
        mov     [operation + 16], rax
        mov     edi, 2
        lea     rsi, [operation]
        mov     edx, 1
        hypercall GrantTableOp
        expect  "set up the table", 0
        movsx   rax, word [operation + 8]
        expect  "its status", 0
        mov     rsi, [table_frame]
        shl     rsi, 12
        or      rsi, RW
        lea     rdi, [table]
        xor     edx, edx
        hypercall UpdateVaMapping
        expect  "the table is shown", 0
        ret

; used: rax = flags of the entry that is in use, 0 if none is
used:   lea     rdx, [table + FirstReference * 8]
        mov     ecx, 1
.next:  movzx   eax, word [rdx + rcx * 8]
        test    eax, 0x18
        jnz     .end
        xor     eax, eax
        inc     ecx
        cmp     ecx, Domains
        jbe     .next
.end:   ret

; wait_for: until the word at r12 is Done, 10 s at most
wait_for:
        mov     r13d, 1000
.next:  cmp     qword [r12], Done
        je      .end
        mov     edi, Nap
        call    sleep
        dec     r13d
        jnz     .next
.end:   mov     rax, [r12]
        expect  "the other has come so far", Done
        ret

; map: with flags eax the page that domain ebx grants to domain ebp, by address rdi; rax = status
map:    mov     [operation], rdi
        mov     [operation + 8], eax
        lea     eax, [rbp + FirstReference]
        mov     [operation + 12], eax
        mov     [operation + 16], ebx
        mov     qword [operation + 20], -1
        xor     edi, edi
        lea     rsi, [operation]
        mov     edx, 1
        hypercall GrantTableOp
        test    rax, rax
        jnz     .end
        movsx   rax, word [operation + 18]
.end:   ret

; unmap: handle eax at address rdi; rax = status
unmap:  mov     [operation], rdi
        mov     qword [operation + 8], 0
        mov     [operation + 16], eax
        mov     edi, 1
        lea     rsi, [operation]
        mov     edx, 1
        hypercall GrantTableOp
        test    rax, rax
        jnz     .end
        movsx   rax, word [operation + 20]
.end:   ret

        align   8
operation:      times 4 dq 0
copy:           times 5 dq 0
table_frame:    dq 0
word_source:    dq 0
first_handle:   dd 0
second_handle:  dd 0
section .bss
alignb  4096
page:   resb    4096
table:  resb    4096
place:  resb    4096
second: resb    4096
        image
