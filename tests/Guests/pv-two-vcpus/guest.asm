; pv-two-vcpus: brings a second virtual CPU up, sends interrupts both ways, and lets both work on the same page tables at once.
%include "pv.inc"
Rounds  equ 2000
Trips   equ 100

%macro vcpu 3                                   ; COMMAND, NUMBER, POINTER
        mov     edi, %1
        mov     esi, %2
        lea     rdx, [%3]
        hypercall VcpuOp
%endmacro

main:   call    map_shared
        vcpu    3, 1, zero
        expect  "the second is not up", 0
        vcpu    3, 2, zero
        expect  "there is no third", -NoEntry
        vcpu    1, 1, zero
        expect  "up without a context", -Invalid
        vcpu    0, 0, context
        expect  "a context for the first", -Exists
        vcpu    0, 1, context
        refused "an empty context"
        call    make_context
        mov     rax, [context + 4984 + 24]
        push    rax
        lea     rax, [page_a]
        call    machine_of
        mov     [context + 4984 + 24], rax
        vcpu    0, 1, context
        expect  "a context whose base table is a page", -Invalid
        pop     qword [context + 4984 + 24]
        mov     rax, 0x800000000000
        mov     [context + 520 + 128], rax
        vcpu    0, 1, context
        expect  "a context that begins nowhere", -Invalid
        call    make_context
        vcpu    0, 1, context
        expect  "a context", 0
        vcpu    0, 1, context
        expect  "another context", -Exists

        ; where they find their events, and their times
        lea     rax, [info_page]
        call    mfn_of
        mov     [row], rax
        mov     dword [row + 8], 4096 - 56
        vcpu    10, 0, row
        expect  "vcpu_info across a page", -Invalid
        mov     dword [row + 8], 0
        vcpu    10, 0, row
        expect  "vcpu_info of the first", 0
        vcpu    10, 0, row
        expect  "which it cannot move again", -Invalid
        mov     byte [info_page + 1], 1         ; events stay masked
        mov     dword [row + 8], 128
        vcpu    10, 1, row
        expect  "vcpu_info of the second", 0
        lea     rax, [states]
        mov     [row], rax
        vcpu    5, 0, row
        expect  "runstate of the first", 0
        lea     rax, [states + 64]
        mov     [row], rax
        vcpu    5, 1, row
        expect  "runstate of the second", 0
        mov     dword [row], 0
        mov     edi, 7
        lea     rsi, [row]
        hypercall EventChannelOp
        mov     eax, [row + 4]
        mov     [port0], eax
        mov     dword [row], 1
        hypercall EventChannelOp
        expect  "ports of both", 0
        mov     eax, [row + 4]
        mov     [port1], eax
        vcpu    1, 1, zero
        expect  "up", 0
        vcpu    3, 1, zero
        expect  "it is up", 1

        ; there and back
        mov     ebx, Trips
.trip:  lea     rsi, [port1]
        call    send
        lea     rsi, [port0]
        call    await
        dec     ebx
        jnz     .trip
        mov     eax, [trips]
        expect  "interrupts there and back", Trips
        ; the same with a callback, out of SCHEDOP_block
        mov     ebx, Trips
.call:  lea     rsi, [port1]
        call    send
        lea     rsi, [port0]
        call    await
        dec     ebx
        jnz     .call
        mov     eax, [upcalls]
        expect  "callbacks", Trips
        cmp     qword [states + 64 + 16], 0     ; has run
        setne   al
        movzx   eax, al
        expect  "the second has run", 1

        call    race
        mov     byte [stop], 1
        mov     ebx, 100000
.down:  xor     edi, edi
        hypercall SchedOp
        vcpu    3, 1, zero
        test    rax, rax
        jz      .is_down
        dec     ebx
        jnz     .down
.is_down:
        expect  "the second has gone down", 0
        mov     eax, [states + 64]
        expect  "its runstate says so", 3
        call    tidy
        check_memory "invariants"
        vcpu    1, 1, zero
        expect  "up again", 0
        lea     rsi, [port0]
        call    await
        mov     eax, [again]
        expect  "it goes on behind the call", 1
        vcpu    2, 1, zero
        expect  "taken down by the first", 0
        finish

; what vCPU 0 does to the tables that vCPU 1 pins and unpins
race:   point   page_c, 0, page_a, TABLE
        mov     byte [starts], 1
        mov     ebx, Rounds
.next:  test    ebx, 3
        jnz     .stay
        xor     edi, edi
        hypercall SchedOp                       ; yield
.stay:  lea     rdi, [page_a]
        lea     rsi, [page_a]
        mov     edx, RW
        call    map_page
        test    rax, rax
        jnz     .table
        inc     dword [writable]
        attempt .lost                           ; it is writable: so it must be no table
        inc     qword [page_a + 511 * 8 - 8]
        dec     qword [page_a + 511 * 8 - 8]
        attempted
        jmp     .entry
.lost:  inc     dword [lost]
.table: inc     dword [refusals]
.entry: lea     rdi, [page_a]
        lea     rsi, [page_a]
        mov     edx, RO
        call    map_page
        lea     rax, [page_b]
        call    machine_of
        mov     rsi, rax
        or      rsi, RO
        test    ebx, 1
        jz      .write
        or      rsi, RW
.write: lea     rax, [page_a]
        call    machine_of
        lea     rdi, [rax + 8]
        call    update_entry
        test    rax, rax
        setz    al
        movzx   eax, al
        add     [updates], eax
        lea     rdi, [page_b]
        lea     rsi, [page_b]
        mov     edx, RW
        test    ebx, 2
        jz      .map_b
        mov     edx, RO
.map_b: call    map_page
        dec     ebx
        jnz     .next
        mov     eax, [lost]
        expect  "writable pages that became tables", 0
        cmp     dword [writable], Rounds / 20
        seta    al
        movzx   eax, al
        expect  "it was writable at times", 1
        cmp     dword [refusals], Rounds / 20
        seta    al
        movzx   eax, al
        expect  "and a table at times", 1
        cmp     dword [updates], Rounds / 20
        seta    al
        movzx   eax, al
        expect  "entries were written", 1
        cmp     dword [pins], Rounds / 20
        seta    al
        movzx   eax, al
        expect  "and tables pinned", 1
        ret

; nothing is pinned any more, all is writable again
tidy:   pin     Unpin, page_a
        pin     Unpin, page_c
        remap   page_a, RW
        expect  "the table is a page", 0
        mov     qword [page_a + 8], 0
        remap   page_b, RW
        expect  "so is what it mapped", 0
        remap   page_c, RW
        expect  "and what was above it", 0
        ret

; vCPU 1
second: mov     ebx, Trips
.trip:  lea     rsi, [port1]
        call    await
        inc     dword [trips]
        lea     rsi, [port0]
        call    send
        dec     ebx
        jnz     .trip
.block: mov     edi, 1
        hypercall SchedOp
        cmp     dword [upcalls], Trips
        jb      .block
        mov     byte [info_page + 128 + 1], 1
.wait:  xor     edi, edi
        hypercall SchedOp
        cmp     byte [starts], 0
        je      .wait
.race:  lea     rax, [page_c]                   ; a table of level 2 with page_a below it, or page_a by itself
        call    mfn_of
        mov     r14, rax
        lea     rax, [page_a]
        call    mfn_of
        mov     r15, rax
        lea     rdi, [page_c]
        lea     rsi, [page_c]
        mov     rax, r14
        shl     rax, 12
        or      rax, RO
        mov     rsi, rax
        xor     edx, edx
        hypercall UpdateVaMapping
        mov     edi, PinL2
        mov     rsi, r14
        call    .extended
        mov     edi, Unpin
        mov     rsi, r14
        call    .extended
        mov     edi, PinL1
        mov     rsi, r15
        call    .extended
        test    rax, rax
        setz    al
        movzx   eax, al
        add     [pins], eax
        inc     dword [turns]
        test    dword [turns], 7
        jnz     .unpin
        xor     edi, edi
        hypercall SchedOp                       ; yield, while it is pinned
.unpin: mov     edi, Unpin
        mov     rsi, r15
        call    .extended
        mov     eax, [turns]
        and     eax, 7
        cmp     eax, 4
        jne     .go_on
        xor     edi, edi
        hypercall SchedOp                       ; yield, while it is not
.go_on: cmp     byte [stop], 0
        je      .race
        vcpu    2, 1, zero
        mov     dword [again], 1
        lea     rsi, [port0]
        call    send
.end:   xor     edi, edi
        hypercall SchedOp
        jmp     .end
.extended:                                      ; it has a row of its own
        mov     [row1], rdi
        mov     [row1 + 8], rsi
        lea     rdi, [row1]
        mov     esi, 1
        xor     edx, edx
        mov     r10d, Self
        hypercall MmuExtOp
        ret

; vCPU 1's callback for events
on_event:
        push    rax
        push    rdi
        push    rsi
        mov     byte [info_page + 128], 0
        mov     qword [info_page + 128 + 8], 0
        mov     eax, [port1]
        lock btr [shared_page + 2048], rax
        jnc     .end
        inc     dword [upcalls]
        lea     rsi, [port0]
        call    send
.end:   pop     rsi
        pop     rdi
        pop     rax
        pop     rcx
        pop     r11
        push    0
        push    rcx
        push    r11
        push    rax
        hypercall ReturnCall

; send: the event of the port at rsi
send:   mov     edi, 4
        hypercall EventChannelOp
        ret

; await: until the port at rsi has an event, which is taken
await:  mov     eax, [rsi]
        lock btr [shared_page + 2048], rax
        jc      .came
        sub     rsp, 24
        mov     [rsp], rsi
        mov     qword [rsp + 8], 1
        mov     qword [rsp + 16], 0
        push    rsi
        mov     edi, 3
        lea     rsi, [rsp + 8]
        hypercall SchedOp
        pop     rsi
        add     rsp, 24
        jmp     await
.came:  ret

make_context:
        lea     rdi, [context]
        mov     ecx, 5168 / 8
        xor     eax, eax
        rep     stosq
        mov     dword [context + 512], 4        ; in its kernel
        lea     rax, [second]
        mov     [context + 520 + 128], rax
        mov     word [context + 520 + 136], KernelCs
        mov     qword [context + 520 + 144], 0x200
        lea     rax, [second_stack_end]
        mov     [context + 520 + 152], rax
        mov     qword [context + 520 + 160], KernelSs
        lea     rsi, [trap_rows]
        lea     rdi, [context + 720]
        mov     ecx, 256 * 2
        rep     movsq
        mov     qword [context + 4968], KernelSs
        lea     rax, [second_stack_end]
        mov     [context + 4976], rax
        mov     rax, [tables]
        call    machine_of
        mov     [context + 4984 + 24], rax
        lea     rax, [on_event]
        mov     [context + 5112], rax
        ret

        align   8
zero:           dq 0
row:            dq 0, 0
row1:           dq 0, 0, 0
port0:          dd 0
port1:          dd 0
trips:          dd 0
upcalls:        dd 0
writable:       dd 0
refusals:       dd 0
updates:        dd 0
pins:           dd 0
turns:          dd 0
lost:           dd 0
again:          dd 0
stop:           db 0
starts:         db 0
section .bss
alignb  4096
context: resb   8192
info_page: resb 4096
states: resb    4096
page_a: resb    4096
page_b: resb    4096
page_c: resb    4096
second_stack: resb 4096
second_stack_end:
        image
