; pv-tables: tries every way to a writable mapping of a page table, of a page of descriptors, or of a frame that is not its own.
%include "pv.inc"

Recursive       equ 300                         ; a free entry of level 4, and where it shows the tables
Window          equ 0xFFFF000000000000 | (Recursive << 39)
M2p             equ 0xFFFF800000000000

main:   call    live_tables
        call    new_tables
        call    upper_tables
        call    linear_tables
        call    descriptors
        call    writable_tables
        call    pointers
        call    given_back
        check_memory "invariants before the search"
        call    all_frames
        check_memory "invariants"
        finish

; the tables that it runs on
live_tables:
        lea     rax, [page_a]
        call    entry_of
        mov     rbx, rax                        ; the live entry of page_a
        must_trap 14, "store to a live table", {mov [rbx], rax}
        mov     rax, [trap_error]
        expect  "that is a write to what is read-only", 3
        mov     rdi, rbx
        mov     rax, rbx
        call    machine_of
        shr     rax, 12
        shl     rax, 12
        lea     rsi, [rax + RW]
        xor     edx, edx
        hypercall UpdateVaMapping
        expect  "live table writable by update_va_mapping", -Invalid
        lea     rax, [page_a]
        call    entry_of
        call    machine_of
        mov     rdi, rax
        mov     rax, [tables]
        call    machine_of
        lea     rsi, [rax + RW]
        call    update_entry
        expect  "base table writable by mmu_update", -Invalid
        mov     rax, [tables]
        call    machine_of
        lea     rsi, [rax + RO]
        call    update_entry
        expect  "base table read-only by mmu_update", 0
        mov     rax, [tables]
        mov     rax, [rax + 511 * 8]
        cmp     rax, [page_a + 511 * 8]
        setz    al
        movzx   eax, al
        expect  "and it is seen there", 1
        remap   page_a, RW
        expect  "back", 0

        ; an odd address, a kind of update that there is not, flags that no entry may have
        lea     rax, [page_a]
        call    entry_of
        call    machine_of
        lea     rdi, [rax + 4]
        mov     rsi, [rbx]
        call    update_entry
        refused "unknown kind of update"
        remap   page_a, RW | 0x80
        expect  "attribute bit", -Invalid
        remap   page_a, RW | 0x10
        expect  "uncached", -Invalid
        remap   page_a, RW | 8
        expect  "write-through", -Invalid
        ret

; a table of level 1 of its own making
new_tables:
        pin     PinL1, page_a
        expect  "pin what is mapped writable", -Invalid
        remap   page_a, RO
        pin     PinL1, page_a
        expect  "pin what is read-only", 0
        pin     PinL1, page_a
        expect  "pin it twice", -Invalid
        pin     PinL2, page_a
        expect  "pin it as another level", -Invalid
        remap   page_a, RW
        expect  "map a pinned table writable", -Invalid
        must_trap 14, "store to a pinned table", {mov qword [page_a], 0}
        pin     ClearPage, page_a
        expect  "clear a pinned table", -Invalid
        lea     rax, [page_b]
        call    mfn_of
        mov     rdx, rax
        lea     rax, [page_a]
        call    mfn_of
        mov     rsi, rax
        mov     edi, CopyPage
        call    extended
        expect  "copy over a pinned table", -Invalid
        lea     rax, [page_a]
        call    machine_of
        mov     rdi, rax
        lea     rsi, [rax + RW]
        call    update_entry
        expect  "a table that maps itself writable", -Invalid
        lea     rsi, [rax + RO]
        lea     rax, [page_a]
        call    machine_of
        lea     rsi, [rax + RO]
        call    update_entry
        expect  "a table that maps itself read-only", 0
        pin     Unpin, page_a
        expect  "unpin", 0
        pin     Unpin, page_a
        expect  "unpin it twice", -Invalid
        remap   page_a, RW
        expect  "writable again", 0

        point   page_a, 0, page_a, RW
        remap   page_a, RO
        pin     PinL1, page_a
        expect  "pin a table that maps itself writable", -Invalid
        remap   page_a, RW
        expect  "writable after the refusal", 0
        mov     rax, [tables]
        call    machine_of
        or      rax, RW
        mov     [page_a], rax
        remap   page_a, RO
        pin     PinL1, page_a
        expect  "pin a table that maps the base table writable", -Invalid
        remap   page_a, RW
        point   page_a, 0, page_b, RW
        remap   page_a, RO
        pin     PinL1, page_a
        expect  "pin a table that maps a page writable", 0
        remap   page_b, RO
        pin     PinL1, page_b
        expect  "pin that page", -Invalid
        pin     Unpin, page_a
        expect  "unpin the first", 0
        pin     PinL1, page_b
        expect  "then pin that page", 0
        remap   page_a, RW
        point   page_a, 0, page_b, RW
        remap   page_a, RO
        pin     PinL1, page_a
        expect  "and the first cannot map it writable", -Invalid
        pin     Unpin, page_b
        remap   page_b, RW
        remap   page_a, RW
        mov     qword [page_a], 0
        ret

; levels 2 to 4
upper_tables:
        point   page_a, 0, page_b, 0xE7
        remap   page_a, RO
        pin     PinL2, page_a
        expect  "large page", -Invalid
        remap   page_a, RW
        point   page_a, 0, page_b, TABLE
        remap   page_a, RO
        pin     PinL2, page_a
        expect  "table below it is mapped writable", -Invalid
        remap   page_b, RO
        pin     PinL2, page_a
        expect  "table below it is read-only", 0
        remap   page_b, RW
        expect  "the table below is a table now", -Invalid
        must_trap 14, "store to the table below", {mov qword [page_b], 0}
        pin     PinL3, page_b
        expect  "and can be pinned as its own level alone", -Invalid
        pin     Unpin, page_a
        remap   page_b, RW
        expect  "unpinned it is a page again", 0
        remap   page_a, RW
        mov     qword [page_a], 0
        point   page_a, 7, page_a, TABLE
        remap   page_a, RO
        pin     PinL2, page_a
        expect  "linear entry with RW", -Invalid
        pin     PinL3, page_a
        expect  "linear entry with RW, level 3", -Invalid
        pin     PinL4, page_a
        expect  "linear entry with RW, level 4", -Invalid
        remap   page_a, RW
        point   page_a, 7, page_a, RO
        remap   page_a, RO
        pin     PinL2, page_a
        expect  "linear entry", 0
        pin     Unpin, page_a
        remap   page_a, RW
        mov     qword [page_a + 7 * 8], 0

        ; the hypervisor's slots
        mov     rax, [tables]
        call    machine_of
        lea     rdi, [rax + 256 * 8]
        xor     esi, esi
        call    update_entry
        refused "slot 256"
        add     rdi, 4 * 8
        call    update_entry
        refused "slot 260"
        add     rdi, 11 * 8
        call    update_entry
        refused "slot 271"
        remap   page_b, RO
        remap   page_c, RO
        point   page_d, 256, page_b, TABLE      ; in a new table they are taken over
        point   page_d, 260, page_c, TABLE
        remap   page_d, RO
        pin     PinL4, page_d
        expect  "pin level 4", 0
        mov     rax, [tables]
        mov     rax, [rax + 260 * 8]
        cmp     rax, [page_d + 260 * 8]
        setz    al
        movzx   eax, al
        expect  "its slot 260 is the hypervisor's", 1
        remap   page_b, RW
        expect  "what it named there is no table", 0
        pin     Unpin, page_d
        remap   page_c, RW
        remap   page_d, RW
        mov     rax, [page_d + 260 * 8]
        expect  "nothing of the hypervisor's is left in it", 0
        ret

; the recursive entry, as NetBSD has it
linear_tables:
        mov     rax, [tables]
        call    machine_of
        mov     r12, rax
        lea     rdi, [rax + Recursive * 8]
        lea     rsi, [rax + TABLE]
        call    update_entry
        expect  "recursive entry with RW", -Invalid
        lea     rsi, [r12 + 0x65]
        call    update_entry
        expect  "recursive entry", 0
        mov     rbx, Window | (Recursive << 30) | (Recursive << 21) | (Recursive << 12)
        mov     rax, [rbx + 511 * 8]
        mov     rcx, [tables]
        xor     rax, [rcx + 511 * 8]
        expect  "shows the base table", 0
        must_trap 14, "store to it", {mov [rbx + 8], rax}
        mov     rbp, Window | (Recursive << 30) | (Recursive << 21) | (260 << 12)
        must_trap 14, "through it to the hypervisor's tables", {mov rax, [rbp]}
        xor     edi, edi
        mov     esi, 8
        mov     rdx, rbp
        hypercall ConsoleIo
        expect  "nor by a hypercall", -Fault
        mov     rdi, rbx
        mov     rsi, rdx
        xor     edx, edx
        lea     rax, [page_a]
        call    machine_of
        lea     rsi, [rax + RW]
        hypercall UpdateVaMapping
        expect  "no entry of level 1 is there", -Invalid
        lea     rdi, [r12 + (Recursive + 1) * 8] ; 301 -> the same, twice
        lea     rsi, [r12 + 0x65]
        call    update_entry
        expect  "a second one", 0
        xor     esi, esi
        call    update_entry
        lea     rdi, [r12 + Recursive * 8]
        call    update_entry
        expect  "taken away", 0
        must_trap 14, "it shows nothing", {mov rax, [rbx]}

        ; another table of level 4, shown by this one
        remap   page_d, RO
        pin     PinL4, page_d
        lea     rax, [page_d]
        call    machine_of
        lea     rdi, [r12 + Recursive * 8]
        lea     rsi, [rax + TABLE]
        call    update_entry
        expect  "another table with RW", -Invalid
        lea     rax, [page_d]
        call    machine_of
        lea     rsi, [rax + 0x65]
        call    update_entry
        expect  "another table", 0
        lea     rax, [page_d]
        call    machine_of
        lea     rdi, [rax + Recursive * 8]
        lea     rsi, [r12 + 0x65]
        call    update_entry
        expect  "which may not show this one", -Invalid
        pin     Unpin, page_d
        remap   page_d, RW
        expect  "what is shown is a table still", -Invalid
        lea     rdi, [r12 + Recursive * 8]
        xor     esi, esi
        call    update_entry
        remap   page_d, RW
        expect  "and a page afterwards", 0
        ret

; pages of descriptors
descriptors:
        lea     rax, [page_c]
        call    mfn_of
        mov     [frames], rax
        lea     rdi, [frames]
        mov     esi, 16
        hypercall SetGdt
        expect  "GDT in a writable page", -Invalid
        mov     rax, 0x0000890000000067         ; a TSS
        mov     [page_c + 8], rax
        remap   page_c, RO
        lea     rdi, [frames]
        mov     esi, 16
        hypercall SetGdt
        expect  "TSS in the GDT", -Invalid
        remap   page_c, RW
        mov     rax, 0x0000820000000FFF         ; an LDT
        mov     [page_c + 8], rax
        remap   page_c, RO
        lea     rdi, [frames]
        mov     esi, 16
        hypercall SetGdt
        expect  "LDT in the GDT", -Invalid
        remap   page_c, RW
        mov     rax, 0x00008E0000080000         ; an interrupt gate
        mov     [page_c + 8], rax
        remap   page_c, RO
        lea     rdi, [frames]
        mov     esi, 16
        hypercall SetGdt
        expect  "gate in the GDT", -Invalid
        remap   page_c, RW
        mov     rax, 0x00CF92000000FFFF         ; data of ring 0
        mov     [page_c + 8], rax
        remap   page_c, RO
        lea     rdi, [frames]
        mov     esi, 16
        hypercall SetGdt
        expect  "GDT", 0
        mov     rax, [page_c + 8]
        shr     rax, 45
        and     eax, 3
        expect  "its ring 0 is ring 3", 3
        must_run "selector of it", {mov eax, 11}, {mov es, eax}
        xor     eax, eax
        mov     es, eax
        remap   page_c, RW
        expect  "map the GDT writable", -Invalid
        must_trap 14, "store to the GDT", {mov qword [page_c], 0}
        pin     PinL1, page_c
        expect  "make the GDT a page table", -Invalid
        pin     ClearPage, page_c
        expect  "clear the GDT", -Invalid
        lea     rax, [page_c]
        call    machine_of
        mov     rdi, rax
        xor     esi, esi
        call    update_entry
        expect  "write the GDT by mmu_update", -Invalid
        mov     rsi, 0x00008C0000080000         ; a call gate
        hypercall UpdateDescriptor
        expect  "call gate by update_descriptor", 0
        mov     rax, [page_c]
        shr     rax, 45
        and     eax, 3
        expect  "which ring 3 cannot use", 0
        mov     rsi, 0x0000890000000067
        hypercall UpdateDescriptor
        refused "TSS by update_descriptor"
        mov     rsi, 0x00CFF2000000FFFF
        hypercall UpdateDescriptor
        expect  "data by update_descriptor", 0
        mov     rax, [tables]
        call    machine_of
        mov     rdi, rax
        hypercall UpdateDescriptor
        expect  "descriptor into a page table", -Invalid
        xor     edi, edi
        hypercall UpdateDescriptor
        expect  "descriptor into frame 0", -NotPermitted
        mov     qword [frames], 0
        lea     rdi, [frames]
        mov     esi, 16
        hypercall SetGdt
        expect  "GDT in frame 0", -NotPermitted
        mov     esi, 7169
        hypercall SetGdt
        expect  "GDT that is too large", -Invalid
        mov     rax, [tables]
        call    mfn_of
        mov     [frames], rax
        mov     esi, 16
        hypercall SetGdt
        expect  "GDT in a page table", -Invalid
        xor     esi, esi
        hypercall SetGdt
        expect  "no GDT", 0
        remap   page_c, RW
        expect  "the page is writable again", 0

        ; the same for an LDT, whose page is taken at its first use
        mov     rax, 0x00CFF2000000FFFF
        mov     [page_c], rax
        lea     rsi, [page_c]
        mov     edx, 512
        mov     edi, SetLdt
        call    extended
        expect  "LDT", 0
        must_trap 13, "selector of an LDT in a writable page", {mov eax, 7}, {mov es, eax}
        remap   page_c, RO
        must_run "selector of an LDT in a read-only page", {mov eax, 7}, {mov es, eax}
        remap   page_c, RW
        expect  "map the LDT writable", -Invalid
        xor     eax, eax
        mov     es, eax
        mov     rsi, 0xFFFF820000000000
        mov     edx, 512
        mov     edi, SetLdt
        call    extended
        expect  "LDT in the hole", -Invalid
        lea     rsi, [page_c]
        mov     edx, 8193
        call    extended
        expect  "LDT that is too large", -Invalid
        xor     edx, edx
        call    extended
        expect  "no LDT", 0
        remap   page_c, RW
        expect  "its page is writable again", 0
        ret

; stores to live tables that are done for the guest
writable_tables:
        xor     edi, edi
        mov     esi, 2
        hypercall VmAssist
        expect  "writable page tables", 0
        lea     rax, [page_a]
        call    entry_of
        mov     rbx, rax
        mov     r12, [rbx]                      ; as it is
        mov     rax, [tables]
        call    machine_of
        lea     r13, [rax + RW]                 ; as it may not be
        lea     r14, [rax + RO]
        must_run "store of an entry", {mov [rbx], r14}
        must_trap 14, "store of a writable mapping", {mov [rbx], r13}
        must_trap 14, "exchange", {mov rax, r13}, {xchg [rbx], rax}
        must_trap 14, "bit set", {bts qword [rbx], 1}
        must_trap 14, "locked or", {lock or qword [rbx], 2}
        must_trap 14, "or of a byte", {or byte [rbx], 2}
        must_trap 14, "store of a byte", {mov byte [rbx], RW}
        must_trap 14, "store of a word", {mov word [rbx], r13w}
        mov     rax, [rbx]
        must_trap 14, "compare and exchange", {mov rax, [rbx]}, {lock cmpxchg [rbx], r13}
        must_trap 14, "across two entries", {mov [rbx + 4], r12}
        must_trap 14, "string store", {mov rdi, rbx}, {mov rax, r13}, {stosq}
        must_trap 14, "store of SSE", {movups [rbx], xmm0}
        must_trap 14, "add", {add qword [rbx], 2}
        mov     rax, [rbx]
        and     eax, 0xF9F                      ; but accessed and dirty
        expect  "the entry is as it was", RO & 0xF9F
        must_run "store of the old entry", {mov [rbx], r12}
        mov     rax, [tables]
        must_trap 14, "store to level 4", {mov [rax + 8], r12}
        mov     rax, [tables]
        add     rax, 4096
        must_trap 14, "store to level 3", {mov [rax + 8], r12}
        mov     edi, 1
        mov     esi, 2
        hypercall VmAssist
        must_trap 14, "without the assistance", {mov [rbx], r12}
        ret

; results that the hypervisor would have to write where the guest cannot
pointers:
        mov     rbx, [tables]
        lea     rdi, [page_a]
        mov     esi, 0
        mov     rdx, rbx
        mov     r10d, Self
        hypercall MmuUpdate
        expect  "mmu_update tells a page table", -Fault
        hypercall MmuExtOp
        expect  "mmuext_op tells a page table", -Fault
        mov     edi, 9
        mov     dword [page_a], 1
        mov     [page_a + 8], rbx
        lea     rsi, [page_a]
        hypercall MemoryOp
        expect  "memory map into a page table", -Fault
        mov     edi, 12
        mov     rsi, rbx
        hypercall MemoryOp
        expect  "machphys_mapping into a page table", -Fault
        mov     rdi, rbx
        mov     esi, 1
        hypercall Multicall
        expect  "multicall in a page table", -Fault
        call    load_traps                      ; its first entry was set_trap_table: no result can be told, but it is made
        mov     edi, 1
        mov     rsi, rbx
        hypercall XenVersion
        expect  "xen_version into a page table", -Fault
        mov     [page_a], rbx
        mov     edi, 5
        xor     esi, esi
        lea     rdx, [page_a]
        hypercall VcpuOp
        expect  "runstate in a page table", -Fault
        mov     rax, rbx
        call    mfn_of
        mov     [page_a], rax
        mov     qword [page_a + 8], 0
        mov     edi, 10
        lea     rdx, [page_a]
        hypercall VcpuOp
        expect  "vcpu_info in a page table", -Invalid
        mov     qword [page_a], 0
        hypercall VcpuOp
        expect  "vcpu_info in frame 0", -Invalid

        ; grant copies: from the guest's own page to a page table, by frame numbers
        lea     rdi, [page_a]
        mov     ecx, 64
        xor     eax, eax
        rep     stosb
        lea     rax, [page_b]
        call    mfn_of
        mov     [page_a], rax
        mov     word [page_a + 8], Self
        mov     rax, rbx
        call    mfn_of
        mov     [page_a + 16], rax
        mov     word [page_a + 24], Self
        mov     word [page_a + 32], 8           ; bytes
        mov     edi, 5
        lea     rsi, [page_a]
        mov     edx, 1
        hypercall GrantTableOp
        movsx   rax, word [page_a + 36]
        sar     rax, 63
        expect  "grant copy to a page table", -1
        ret

; frames that were given back
given_back:
        lea     rax, [page_e]
        call    mfn_of
        mov     [frames], rax
        lea     rax, [frames]
        mov     [reservation], rax
        mov     qword [reservation + 8], 1
        mov     word [reservation + 24], Self
        mov     edi, 1
        lea     rsi, [reservation]
        hypercall MemoryOp
        expect  "give a mapped frame back", 1
        must_run "it is there as long as it is mapped", {mov [page_e], rax}
        remap   page_f, RW
        lea     rdi, [page_f]
        mov     rsi, [frames]
        shl     rsi, 12
        or      rsi, RW
        xor     edx, edx
        hypercall UpdateVaMapping
        expect  "map it once more", -Invalid
        mov     edi, 1
        lea     rsi, [reservation]
        hypercall MemoryOp
        expect  "give it back twice", 0
        lea     rdi, [page_e]
        xor     esi, esi
        xor     edx, edx
        hypercall UpdateVaMapping
        expect  "unmap it", 0
        lea     rdi, [page_e]
        mov     rsi, [frames]
        shl     rsi, 12
        or      rsi, RO
        hypercall UpdateVaMapping
        expect  "it cannot be mapped again", -Invalid
        mov     rax, [tables]
        call    mfn_of
        mov     [frames + 8], rax
        mov     edi, 1
        lea     rsi, [reservation]
        mov     qword [reservation], 0x1000
        hypercall MemoryOp
        expect  "give back what a bad pointer names", 0
        lea     rax, [frames + 16]
        mov     [reservation], rax
        mov     qword [frames + 16], 0
        hypercall MemoryOp
        expect  "give frame 0 back", 0
        lea     rax, [frames + 24]
        mov     [reservation], rax
        mov     rax, page_e
        sub     rax, [base]
        shr     rax, 12
        mov     [frames + 24], rax              ; the pseudo-physical number
        mov     edi, 6
        hypercall MemoryOp
        expect  "get a frame", 1
        hypercall MemoryOp
        expect  "and not one more than there was", 0
        lea     rdi, [page_e]
        mov     rsi, [frames]
        shl     rsi, 12
        or      rsi, RW
        xor     edx, edx
        hypercall UpdateVaMapping
        expect  "it is the one that was given back", 0
        ret

; no frame of the PC but its own may be mapped, written, pinned or be a base table
all_frames:
        mov     edi, 12
        lea     rsi, [mapping]
        hypercall MemoryOp
        expect  "machphys_mapping", 0
        must_trap 14, "store to the frame table", {mov rax, M2p}, {mov [rax], rax}

        ; a mark for each frame of its own
        mov     r12, [start_info]
        mov     r13, [r12 + 32]
        mov     rsi, [frame_list]
.mark:  mov     rax, [rsi]
        bts     [own], rax
        add     rsi, 8
        dec     r13
        jnz     .mark
        mov     rax, [r12 + 40]                 ; the shared page and those of grants behind it
        shr     rax, 12
        mov     ecx, 33
.special:
        bts     [own], rax
        inc     rax
        loop    .special

        xor     r13d, r13d                      ; successes
        xor     r14d, r14d                      ; frames that were tried
        xor     ebx, ebx
.next:  bt      [own], rbx
        jc      .skip
        inc     r14
        mov     rsi, rbx
        shl     rsi, 12
        or      rsi, RW
        lea     rdi, [page_f]
        xor     edx, edx
        hypercall UpdateVaMapping
        test    rax, rax
        setz    al
        movzx   eax, al
        add     r13, rax
        test    ebx, 15                         ; the rest now and then
        jnz     .skip
        and     rsi, ~2
        hypercall UpdateVaMapping
        test    rax, rax
        setz    al
        movzx   eax, al
        add     r13, rax
        mov     rdi, rbx
        shl     rdi, 12
        xor     esi, esi
        call    update_entry
        test    rax, rax
        setz    al
        movzx   eax, al
        add     r13, rax
        or      rdi, 1
        call    update_entry
        test    rax, rax
        setz    al
        movzx   eax, al
        add     r13, rax
        mov     rsi, rbx
        mov     edi, PinL1
        call    extended
        test    rax, rax
        setz    al
        movzx   eax, al
        add     r13, rax
        mov     edi, NewBase
        call    extended
        test    rax, rax
        setz    al
        movzx   eax, al
        add     r13, rax
        mov     edi, ClearPage
        call    extended
        test    rax, rax
        setz    al
        movzx   eax, al
        add     r13, rax
.skip:  inc     rbx
        cmp     rbx, [mapping + 16]
        jbe     .next
        mov     rax, r13
        expect  "frames of others that could be used", 0
        cmp     r14, 1000
        seta    al
        movzx   eax, al
        expect  "there were others", 1

        ; numbers that no frame has
        mov     rbx, 0xFFFFFFFFFF
        mov     r13d, 20
.absurd: mov    rsi, rbx
        shl     rsi, 12
        or      rsi, RO
        lea     rdi, [page_f]
        xor     edx, edx
        hypercall UpdateVaMapping
        cmp     rax, -NotPermitted
        jne     .end
        shr     rbx, 1
        dec     r13d
        jnz     .absurd
.end:   mov     eax, r13d
        expect  "absurd frames", 0
        remap   page_f, RW
        expect  "its own frame", 0
        ret

        align   8
base:           dq Base
frames:         dq 0, 0, 0, 0
reservation:    dq 0, 0, 0, 0
mapping:        dq 0, 0, 0
section .bss
alignb  4096
page_a: resb    4096
page_b: resb    4096
page_c: resb    4096
page_d: resb    4096
page_e: resb    4096
page_f: resb    4096
own:    resb    65536                           ; 2 GiB of frames
        image
