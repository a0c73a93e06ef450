; wild: accesses of all sizes and kinds to memory that is none, to all ports, code that changes at the border of two pages.
;   What is not there reads as all ones and takes writes; nothing of this is a fault, but where a page table says so.
%define Guest "wild"
%include "traps64.inc"
Window  equ 0x50000000                          ; pages of its own: a table for its first 2 MiB
Table   equ 0x306000
Border  equ 0x202000                            ; code lies across it
Other   equ 0x204000                            ; its last bytes take the place of the first page's

main64: mov     r14, ApicPage
        mov     dword [r14 + 0xF0], 0x1FF
        mov     edi, Tables + 0x1000 + 4 * 8    ; the GiB above 4 GiB, where nothing is
        mov     dword [rdi], Table + 0x1003
        mov     edi, Table + 0x1000
        mov     rax, 0x100000083
        mov     ecx, 512
.above: mov     [rdi], rax
        add     rax, 0x200000
        add     edi, 8
        loop    .above
        mov     dword [Tables + 0x3000 + (Window - 0x40000000 >> 21) * 8], Table + 3
        mov     rax, cr3
        mov     cr3, rax

        ; every size and form
        mov     ebx, places
.place: mov     rsi, [rbx]
        test    rsi, rsi
        jz      .placed
        try     call probe
        cmp     qword [vector], -1
        je      .fine
        mov     rax, [rbx]
        say     "wild: at "
        call    hex64
        say     ": "
        check   "no fault", [vector], -1
.fine:  add     rbx, 8
        jmp     .place
.placed:
        check   "all places, sizes and forms: faults", [trap_count], 0
        mov     esi, 0xD0000000
        mov     qword [rsi], 0
        mov     rax, [rsi]
        check   "what is not there reads as ones", rax, -1
        mov     dword [0xFFFFFC], 0x11223344
        mov     rax, [0xFFFFFC]
        check   "half of it in RAM", rax, 0xFFFFFFFF11223344
        mov     rax, 0x5566778899AABBCC
        mov     [0xFFFFFC], rax
        mov     eax, [0xFFFFFC]
        check   "written: RAM has its half", rax, 0x99AABBCC
        mov     eax, -1
        xor     edx, edx
        mov     dword [0xFFFFFC], 0x77777777
        lock xadd [0xFFFFFE], edx
        movzx   eax, word [0xFFFFFE]
        check   "locked, across the border", rax, 0x7777

        ; page tables that refuse what the second half would touch
        mov     dword [Table], 0xD0000003
        mov     dword [Table + 4], 0
        mov     qword [Table + 8], 0
        mov     rax, cr3
        mov     cr3, rax
        try     mov rax, [Window + 0xFFC]
        check   "half of it not mapped: #PF", [vector], 14
        check   "its address", [trap_cr2], Window + 0x1000
        check   "its error code", [error], 0
        mov     rcx, 1 << 45 | 3                ; beyond the addresses that there are
        mov     [Table + 8], rcx
        try     mov rax, [Window + 0xFFC]
        check   "half of it with a reserved bit: #PF", [vector], 14
        check   "its error code", [error], 9
        try     mov [Window + 0xFFC], rax
        check   "a write there: error code", [error], 11
        try     mov eax, [Window + 0x1000]
        check   "all of it: error code", [error], 9
        mov     rcx, 0xD0000001
        mov     [Table + 8], rcx
        mov     rax, cr3
        mov     cr3, rax
        try     mov [Window + 0xFFC], rax
        check   "half of it read-only, with CR0.WP clear", [vector], -1
        mov     rax, cr0
        bts     rax, 16
        mov     cr0, rax
        try     mov [Window + 0xFFC], rax
        check   "the same with CR0.WP: #PF", [error], 3
        mov     rax, cr0
        btr     rax, 16
        mov     cr0, rax

        ; ports
        xor     ecx, ecx
        mov     qword [trap_count], 0
        try     call all_ports
        check   "IN and OUT of all ports", [vector], -1
        mov     dx, 0xFFFF
        in      eax, dx
        mov     eax, eax
        check   "IN of the last port, four bytes", rax, 0xFFFFFFFF
        mov     edx, 0x80
        mov     edi, Window + 0x2000 - 3
        mov     qword [Table + 16], 0
        mov     dword [Table + 8], 0x206003
        mov     rax, cr3
        mov     cr3, rax
        mov     ecx, 100
        try     rep insb
        check   "REP INS into a page that is not there: #PF", [vector], 14
        check   "after as many bytes as fitted", rcx, 97
        check   "its destination", rdi, Window + 0x2000
        mov     ecx, 100
        mov     rsi, 0x8000000000000000
        try     rep outsb
        check   "REP OUTS from no address: #GP", [vector], 13
        check   "and none is written", rcx, 100
        mov     ecx, 5
        mov     edi, 0xD0000FFD
        try     rep insd
        check   "REP INS into what is not there", [vector], -1
        mov     ecx, 5
        mov     esi, 0xD0000FFD
        try     rep outsw
        check   "REP OUTS of it", [vector], -1

        ; an instruction that is emulated, across the border of two pages, changes
        mov     dword [r14 + 0xD0], 0x5A000000
        mov     dword [r14 + 0xE0], 0x3FFFFFFF
        call    put_code
        call    run_thrice
        check   "code across pages", rax, 0x5A000000
        mov     byte [Border], 0xE0
        call    run_thrice
        check   "its second page has changed", rax, 0x3FFFFFFF
        mov     byte [Border - 1], 0x8E         ; to ECX
        call    run_thrice
        check   "its first page has changed", rcx, 0x3FFFFFFF
        mov     dword [Table + 24], 0x201003    ; the same frames elsewhere
        mov     dword [Table + 32], 0x202003
        mov     rax, cr3
        mov     cr3, rax
        mov     byte [Window + 0x4000], 0xD0
        call    run_thrice
        check   "the second, by another address", rcx, 0x5A000000
        mov     byte [Window + 0x3FFF], 0x86
        call    run_thrice
        check   "the first, by another address", rax, 0x5A000000
        mov     esi, Border - 64                ; the second page stays, the first is exchanged. (The emulator's processor would keep
        mov     edi, Other - 64                 ; the instruction if it were the other way round.)
        mov     ecx, 64
        rep movsb
        mov     byte [Other - 1], 0x8E
        mov     dword [entry], Window + 0x4000 - 3
        call    run_thrice
        check   "the code by its other address", rax, 0x5A000000
        mov     dword [Table + 24], Other - 0x1000 | 3
        invlpg  [Window + 0x3000]
        xor     ecx, ecx
        call    run_thrice
        check   "another frame for its first page", rcx, 0x5A000000
        mov     qword [Table + 24], 0
        invlpg  [Window + 0x3000]
        try     call run_thrice
        check   "no first page: #PF", [vector], 14
        check   "its address", [trap_cr2], Window + 0x4000 - 3
        jmp     finish64

; probe: rsi = address
probe:  mov     al, [rsi]
        mov     ax, [rsi]
        mov     eax, [rsi]
        mov     rax, [rsi]
        movups  xmm0, [rsi]
        mov     [rsi], al
        mov     [rsi + 1], ax
        mov     [rsi + 3], eax
        mov     [rsi + 5], rax
        movups  [rsi + 1], xmm0
        lock add byte [rsi], 0
        lock or word [rsi + 1], 0
        lock xor dword [rsi + 3], 0
        lock sub qword [rsi + 5], 0
        mov     edx, 0
        lock xadd [rsi], edx
        xchg    [rsi], rax
        lock cmpxchg [rsi], rdx
        lock bts qword [rsi], 3
        mov     r8, rsi
        mov     edi, buffer
        mov     ecx, 5
        rep movsb
        mov     rsi, r8
        mov     rdi, r8
        mov     ecx, 3
        rep stosw
        mov     rdi, r8
        mov     ecx, 2
        mov     esi, buffer
        rep movsq
        mov     rsi, r8
        mov     edi, buffer
        mov     ecx, 2
        repe cmpsd
        mov     rsi, r8
        add     qword [rsi + 2], rax
        not     word [rsi + 7]
        movzx   eax, byte [rsi + 9]
        cmp     rax, [rsi + 1]
        test    byte [rsi], 1
        setz    [rsi]
        ret

; all_ports: IN of a byte from each port and of two or four where DX has these low bits, aligned or not; the same of OUT, where that ends nothing
all_ports:
        xor     edx, edx
.next:  mov     esi, ending_ports
.range: cmp     dx, [rsi]
        setb    bl
        jb      .in
        cmp     dx, [rsi + 2]
        jbe     .in
        add     esi, 4
        jmp     .range
.in:    mov     eax, edx
        and     eax, 3
        jz      .four
        cmp     al, 2
        jb      .one
        je      .two
.four:  in      eax, dx
        test    bl, bl
        jz      .done
        out     dx, eax
        jmp     .done
.two:   in      ax, dx
        test    bl, bl
        jz      .done
        out     dx, ax
        jmp     .done
.one:   in      al, dx
        test    bl, bl
        jz      .done
        out     dx, al
.done:  inc     dx
        jnz     .next
        ret

put_code:                                       ; MOV EAX, [R14 + 0xD0]; RET
        mov     dword [Border - 3], 0xD0868B41
        mov     dword [Border + 1], 0xC3000000
        mov     dword [entry], Border - 3
        ret
run_thrice:
        mov     ebx, 3
.next:  mov     edx, [entry]
        call    rdx
        dec     ebx
        jnz     .next
        ret

        align   8
; the first and last of places; not the local APIC's registers and the IOAPIC's, which probe would set
places: dq      0xFEE00FF0, 0xFEE00FFF, 0xFEE01000, 0xFEE00FF9, 0xFEC00100, 0xFEC00FFD, 0xFED00000, 0xFED000F0, 0xD0000000, 0xD0000FFB
        dq      0xFFFFF0, 0xFFFFFD, 0x1000000, 0x1000FFF, 0xFFFFFFF0 - 32, 0xA0000, 0xBFFFD, 0xFFFFFFFF, 0x100000000, 0x13FFFFFC0, 0
ending_ports:                                   ; reset, power, the console, the 8042: pairs in rising order, then the end
        dw      0x60, 0x64, 0x8F, 0x92, 0x3F5, 0x3FF, 0x5FD, 0x640, 0xCF5, 0xCFF, 0xFFFF, 0xFFFF
entry:  dq      0
        align   8
buffer: times   64 db 0
        align   16, db 0
payload_end:
