; pv-netbsd: starts as NetBSD's kernel does: section __xen_guest, hypercall page, page tables of its own with a linear map, in two goes; then
; its batches, flushes and timers. Every failure would be a panic there.
%define XEN_GUEST_SECTION
%include "pv.inc"
LinearSlot      equ 255
Linear          equ LinearSlot << 39
TableCount      equ 5                           ; levels 4, 3 and 2, and two of level 1 for 4 MiB
Mapped          equ 1024
Batch           equ 2048
Beats           equ 10
Margin          equ 100000                      ; nanoseconds that a timer may be early

%define digit(n) ((n) & 15) + '0' + ((((n) & 15) + 6) >> 4) * 39
%define page_number ((hypercall_page - elf_header) >> 12)

xen_guest:
        db      "GUEST_OS=NetBSD,GUEST_VER=4.99,XEN_VER=xen-3.0,LOADER=generic,VIRT_BASE=0xffffffff80000000"
        db      ",ELF_PADDR_OFFSET=0xffffffff80000000,HYPERCALL_PAGE=0x", digit(page_number >> 4), digit(page_number), ",PAE=yes,BSD_SYMTAB=yes", 0
xen_guest_end:

        align   4096, db 0xCC
hypercall_page:
        times 4096 db 0xCC

; called NUMBER: a hypercall by the page
%macro called 1
        call    hypercall_page + %1 * 32
%endmacro

main:   mov     rcx, 0x1234567890
        mov     r11d, 77
        xor     edi, edi
        called  XenVersion
        shr     eax, 16
        expect  "version by the hypercall page", 4
        mov     rax, rcx
        mov     rdx, 0x1234567890
        xor     rax, rdx
        expect  "which keeps RCX", 0
        mov     eax, r11d
        expect  "and R11", 77
        mov     rdi, [start_info]
        mov     rax, [rdi + 96]
        expect  "page tables of the builder", TableCount
        mov     rax, [rdi + 104]
        mov     rdx, Base
        cmp     rax, rdx
        setae   al
        movzx   eax, al
        expect  "the frame list lies with the image", 1

        ; once beside the builder's tables and their stack, and once more behind those
        mov     rbp, [tables]
        lea     rbx, [rbp + (TableCount + 1) * 4096]
        call    new_space
        check_memory "invariants of the first"
        mov     rbp, rbx
        add     rbx, TableCount * 4096
        call    new_space
        check_memory "invariants of the second"
        call    linear_map
        call    second_base
        call    batches
        call    flushes
        call    clock
        check_memory "invariants"
        finish

; new_space: page tables at rbx, like those at rbp, which become pages again
new_space:
        mov     rdi, rbx
        mov     ecx, TableCount * 512
        xor     eax, eax
        rep     stosq
        xor     ecx, ecx
        mov     rsi, [frame_list]
.page:  mov     rax, [rsi + rcx * 8]
        shl     rax, 12
        mov     rdx, rcx
        shl     rdx, 12
        mov     rdi, Base
        add     rdx, rdi
        or      rax, RW
        mov     rdi, rdx
        sub     rdi, rbp
        cmp     rdi, TableCount * 4096
        jb      .read_only
        mov     rdi, rdx
        sub     rdi, rbx
        cmp     rdi, TableCount * 4096
        jae     .write
.read_only:
        and     rax, ~2
.write: mov     [rbx + rcx * 8 + 3 * 4096], rax
        inc     ecx
        cmp     ecx, Mapped
        jb      .page
        lea     rax, [rbx + 3 * 4096]
        call    machine_of
        or      rax, TABLE
        mov     [rbx + 2 * 4096], rax
        lea     rax, [rbx + 4 * 4096]
        call    machine_of
        or      rax, TABLE
        mov     [rbx + 2 * 4096 + 8], rax
        lea     rax, [rbx + 2 * 4096]
        call    machine_of
        or      rax, TABLE
        mov     [rbx + 4096 + 510 * 8], rax
        lea     rax, [rbx + 4096]
        call    machine_of
        or      rax, TABLE
        mov     [rbx + 511 * 8], rax
        mov     rax, rbx
        call    machine_of
        or      rax, 5                          ; the linear map: present and the user's, read-only
        mov     [rbx + LinearSlot * 8], rax

        mov     rdi, rbx
        mov     rsi, rbx
        mov     edx, RO
        mov     ecx, TableCount
.protect:
        push    rcx
        call    map_page
        pop     rcx
        test    rax, rax
        jnz     .protected
        add     rdi, 4096
        mov     rsi, rdi
        loop    .protect
.protected:
        expect  "new tables read-only", 0
        mov     rax, rbx
        call    mfn_of
        mov     rsi, rax
        mov     edi, PinL4
        call    extended
        expect  "pin them", 0
        mov     edi, NewBase
        call    extended
        expect  "run on them", 0
        mov     [tables], rbx
        mov     rax, rbp
        call    mfn_of
        mov     rsi, rax
        mov     edi, Unpin
        call    extended
        expect  "unpin the old ones", 0
        mov     r12d, TableCount
        mov     r13, rbp
.reclaim:
        mov     rax, r13
        call    entry_of
        mov     rsi, [rax]
        or      rsi, 2
        call    machine_of
        mov     rdi, rax
        call    update_entry
        test    rax, rax
        jnz     .reclaimed
        add     r13, 4096
        dec     r12d
        jnz     .reclaim
.reclaimed:
        expect  "old tables writable", 0
        must_run "they are pages now", {mov qword [rbp], 0}
        must_trap 14, "the new ones are not", {mov qword [rbx], 0}
        ret

; the tables as they appear at their linear addresses
linear_map:
        mov     rdi, Linear
        mov     rax, Base
        shr     rax, 9
        mov     rcx, 0x7FFFFFFFF8
        and     rax, rcx
        add     rdi, rax
        mov     rax, [rdi]
        xor     rax, [rbx + 3 * 4096]
        expect  "entry of level 1 by the linear map", 0
        xor     edx, edx
        mov     ecx, Mapped
.same:  mov     rax, [rdi + rcx * 8 - 8]
        xor     rax, [rbx + rcx * 8 + 3 * 4096 - 8]
        and     rax, ~0x60                      ; but accessed and dirty
        or      rdx, rax
        loop    .same
        mov     rax, rdx
        expect  "all of them", 0
        mov     rdi, Linear | (LinearSlot << 30) | (LinearSlot << 21) | (LinearSlot << 12)
        mov     rax, [rdi + 511 * 8]
        xor     rax, [rbx + 511 * 8]
        expect  "level 4 by the linear map", 0
        must_trap 14, "it is read-only", {mov qword [rdi], 0}
        ret

; a second table of level 4, as each CPU has one, whose linear map shows the kernel's
second_base:
        lea     rdi, [page]
        mov     rsi, rbx
        mov     ecx, 512
        rep     movsq
        remap   page, RO
        pin     PinL4, page
        expect  "a table of level 4 of a CPU's own", 0
        mov     edi, NewBase
        call    extended
        expect  "run on it", 0
        mov     rdi, Linear | (LinearSlot << 30) | (LinearSlot << 21) | (LinearSlot << 12)
        mov     rax, [rdi + LinearSlot * 8]
        xor     rax, [rbx + LinearSlot * 8]
        expect  "its linear map shows the kernel's", 0
        check_memory "invariants of both"
        mov     rax, rbx
        call    mfn_of
        mov     rsi, rax
        mov     edi, NewBase
        call    extended
        expect  "back to the kernel's", 0
        pin     Unpin, page
        expect  "unpin the other", 0
        remap   page, RW
        expect  "it is a page again", 0
        ret

; 2,048 updates in one call, as NetBSD queues them
batches:
        lea     rax, [page]
        call    entry_of
        call    machine_of
        mov     r12, rax
        lea     rax, [page]
        call    machine_of
        mov     r13, rax
        lea     rdi, [queue]
        mov     ecx, Batch
.row:   mov     [rdi], r12
        lea     rax, [r13 + RW]
        test    ecx, 1
        jz      .put
        lea     rax, [r13 + RO]
.put:   mov     [rdi + 8], rax
        add     rdi, 16
        loop    .row
        lea     rdi, [queue]
        mov     esi, Batch
        lea     rdx, [done]
        mov     r10d, Self
        mov     dword [done], -1
        called  MmuUpdate
        expect  "batch", 0
        mov     eax, [done]
        expect  "all were made", Batch
        must_trap 14, "the last one counts", {mov qword [page], 0}
        mov     qword [queue + 1500 * 16], 0    ; frame 0
        mov     dword [done], -1
        lea     rdi, [queue]
        mov     esi, Batch
        lea     rdx, [done]
        mov     r10d, Self
        called  MmuUpdate
        expect  "batch with a bad one", -NotPermitted
        mov     eax, [done]
        expect  "those before it were made", 1500
        remap   page, RW
        expect  "writable", 0

        ; numbers of frames by the same call
        lea     rdi, [queue]
        lea     rsi, [r13 + 1]
        mov     [rdi], rsi
        lea     rax, [page]
        mov     rdx, Base
        sub     rax, rdx
        shr     rax, 12
        mov     [rdi + 8], rax
        mov     rbp, rax
        mov     esi, 1
        xor     edx, edx
        called  MmuUpdate
        expect  "number of a frame", 0
        mov     rax, r13
        shr     rax, 12
        mov     rdx, 0xFFFF800000000000
        mov     rax, [rdx + rax * 8]
        sub     rax, rbp
        expect  "as the table of all frames says", 0
        ret

%macro flush 4                                  ; "NAME", COMMAND, FIRST, SECOND
        mov     edi, %2
        lea     rsi, [%3]
        lea     rdx, [%4]
        call    extended
        expect  %1, 0
%endmacro
flushes:
        flush   "flush here", FlushLocal, page, page
        flush   "invalidate here", InvalidateLocal, page, page
        flush   "flush on some", FlushMulti, page, mask
        flush   "invalidate on some", InvalidateMulti, page, mask
        flush   "flush everywhere", FlushAll, page, page
        flush   "invalidate everywhere", InvalidateAll, page, page
        flush   "flush the cache", FlushCache, page, page
        ret

; its clock: the periodic timer is off, set_timer_op wakes it from SCHEDOP_block
clock:  call    map_shared
        mov     edi, 7
        xor     esi, esi
        xor     edx, edx
        called  VcpuOp
        expect  "no periodic timer", 0
        mov     edi, 1
        lea     rsi, [virq]
        called  EventChannelOp
        expect  "timer's port", 0
        lea     rdi, [on_event]
        lea     rsi, [on_trap]
        xor     edx, edx
        called  SetCallbacks
        expect  "callbacks", 0
        xor     r12d, r12d                      ; came too early
        mov     ebp, Beats
.beat:  call    system_time
        lea     r13, [rax + 2000000]
        mov     rdi, r13
        called  SetTimerOp
        test    rax, rax
        jnz     .end
.wait:  mov     edi, 1
        xor     esi, esi
        called  SchedOp
        cmp     byte [came], 0
        je      .wait
        mov     byte [came], 0
        call    system_time
        add     rax, Margin
        cmp     rax, r13
        adc     r12d, 0
        dec     ebp
        jnz     .beat
        xor     eax, eax
.end:   expect  "timer, and waits", 0
        mov     eax, [beats]
        expect  "all beats", Beats
        mov     eax, r12d
        expect  "too early", 0
        xor     edi, edi
        called  SetTimerOp
        expect  "timer off", 0
        ret

on_event:
        push    rax
        mov     byte [shared_page], 0
        mov     qword [shared_page + 8], 0
        mov     eax, [virq + 8]
        lock btr [shared_page + 2048], rax
        jnc     .end
        inc     dword [beats]
        mov     byte [came], 1
.end:   pop     rax
        pop     rcx
        pop     r11
        push    0
        jmp     hypercall_page + ReturnCall * 32 ; which pushes what else the frame has

        align   8
virq:           dd 0, 0, 0, 0
done:           dd 0
beats:          dd 0
mask:           dd 1
came:           db 0
section .bss
alignb  4096
page:   resb    4096
queue:  resb    Batch * 16
        image
