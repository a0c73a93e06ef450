; pv-calls: every hypercall from 0 to 63 with every small command, with pointers that lead nowhere and absurd counts. Nothing may come back
; but a result: no trap, no end. Then what must be told of a bad pointer, and resources until there are no more.
%include "pv.inc"

main:   call    map_shared
        call    ports
        call    faults
        call    all_calls
        call    load_traps
        expect  "trap table", 0
        xor     edi, edi                        ; what they may have set
        hypercall FpuTaskSwitch
        mov     edi, 7
        xor     esi, esi
        hypercall SetDebugReg
        expect  "breakpoints off", 0
        check_memory "invariants after all calls"
        call    grants
        check_memory "invariants after all handles"
        call    timers
        call    console_ring
        call    store_ring
        check_memory "invariants"
        finish

; calls whose pointer leads nowhere: the answer is EFAULT
faults: lea     rbx, [fault_rows]
        xor     ebp, ebp                        ; wrong answers
.row:   lea     r12, [bad_pointers]
.pointer:
        mov     rax, [r12]
        mov     rdi, [rbx + 8]
        mov     rsi, [rbx + 16]
        mov     rdx, [rbx + 24]
        mov     r10d, Self
        cmp     rdi, -2
        cmove   rdi, rax
        cmp     rsi, -2
        cmove   rsi, rax
        cmp     rdx, -2
        cmove   rdx, rax
        mov     rax, [rbx]
        syscall
        cmp     rax, -Fault
        je      .good
        cmp     qword [r12], 0                  ; a null pointer may mean nothing at all
        je      .good
        inc     ebp
        print   "hypercall "
        push    rax
        mov     rax, [rbx]
        call    print_hex
        print   " pointer "
        mov     rax, [r12]
        call    print_hex
        print   " gives "
        pop     rax
        call    print_hex
        print   13, 10
.good:  add     r12, 8
        lea     rax, [bad_pointers_end]
        cmp     r12, rax
        jb      .pointer
        add     rbx, 32
        lea     rax, [fault_rows_end]
        cmp     rbx, rax
        jb      .row
        mov     eax, ebp
        expect  "bad pointers that are not EFAULT", 0
        ret

; number r12, first argument r13, second r14, third r15; each from 0 to 47, or one of the odd values
all_calls:
        lea     rdi, [guard1]                   ; a page that is not there behind each that is
        call    unmap
        lea     rdi, [guard2]
        call    unmap
        lea     rdi, [guard3]
        call    unmap
        lea     rdi, [ones]
        mov     ecx, 512
        mov     rax, -1
        rep     stosq
        lea     rdi, [noise]
        mov     ecx, 512
        mov     rax, 0x9E3779B97F4A7C15
.noise: mov     rdx, 6364136223846793005
        imul    rax, rdx
        inc     rax
        stosq
        loop    .noise
        mov     rax, [tables]
        mov     [odd_table], rax
        lea     rax, [guard1 - 4]
        mov     [odd_end], rax
        mov     dword [guard1 - 4], 0

        attempt .trap
        xor     ebx, ebx                        ; calls
        xor     r12d, r12d
.number: xor    r13d, r13d
.first: xor     r14d, r14d
.second: xor    r15d, r15d
.third: call    is_excluded
        jc      .skip
        mov     rax, r13
        call    value
        mov     rdi, rax
        lea     rax, [r14 + 48]
        call    value
        mov     rsi, rax
        lea     rax, [r15 + 48]
        call    value
        mov     rdx, rax
        mov     r10d, Self
        mov     eax, r12d
        syscall
        inc     ebx
.skip:  inc     r15
        cmp     r15, (odd_values_end - odd_values) / 8
        jb      .third
        inc     r14
        cmp     r14, (odd_values_end - odd_values) / 8
        jb      .second
        inc     r13
        cmp     r13, 48 + (odd_values_end - odd_values) / 8
        jb      .first
        inc     r12
        cmp     r12, 64
        jb      .number
        attempted
        print   "calls: "
        mov     eax, ebx
        call    print_hex
        print   13, 10
        xor     eax, eax
.trap:  expect  "all calls came back", 0
        ret

; value: rax = a small number itself, or from 48 on one of the odd ones
value:  cmp     rax, 48
        jb      .small
        push    rdx
        lea     rdx, [odd_values]
        mov     rax, [rdx + rax * 8 - 48 * 8]
        pop     rdx
.small: ret

; carry if the call would end, stop or flood this guest, as it may
is_excluded:
        cmp     r12d, ReturnCall
        je      .yes
        mov     rax, r13
        call    value
        cmp     r12d, ConsoleIo
        je      .console
        cmp     r12d, VcpuOp
        je      .vcpu
        cmp     r12d, SchedOp
        je      .sched
        bt      qword [third_counts], r12
        jc      .no
        test    r15d, 7                         ; 0, -1 and noise do for the others
        jz      .no
.yes:   stc
        ret
.console:
        test    eax, eax
        jz      .yes
        jmp     .no
.vcpu:  cmp     eax, 2                          ; down
        je      .yes
        jmp     .no
.sched: cmp     eax, 1                          ; block, shutdown, poll, watchdog: it may say what it wants
        je      .yes
        cmp     eax, 2
        je      .yes
        cmp     eax, 3
        je      .yes
        cmp     eax, 5
        je      .yes
        cmp     eax, 6
        je      .yes
.no:    clc
        ret

unmap:  xor     esi, esi
        xor     edx, edx
        hypercall UpdateVaMapping
        ret

; event channels until there are no more
ports:  xor     ebx, ebx
.next:  mov     dword [event], Self | (Self << 16)
        mov     dword [event + 4], 0
        mov     edi, 6
        lea     rsi, [event]
        hypercall EventChannelOp
        test    rax, rax
        jnz     .full
        inc     ebx
        cmp     ebx, 5000
        jb      .next
.full:  expect  "no port is left", -NoSpace
        cmp     ebx, 1000
        seta    al
        movzx   eax, al
        expect  "there were many", 1
        mov     edi, 7
        lea     rsi, [event]
        mov     dword [event], 0
        hypercall EventChannelOp
        expect  "nor for an IPI", -NoSpace
        mov     dword [event], 200
        mov     edi, 3
        hypercall EventChannelOp
        expect  "close one", 0
        mov     edi, 3
        hypercall EventChannelOp
        expect  "close it twice", -Invalid
        mov     dword [event], -1
        hypercall EventChannelOp
        expect  "close one that cannot be", -Invalid
        mov     ebx, 4095                       ; all but those of console and store
.close: mov     [event], ebx
        mov     edi, 3
        hypercall EventChannelOp
        dec     ebx
        cmp     ebx, 2
        ja      .close
        ret

; pages of our own, granted to ourselves and mapped until no handle is left
grants: mov     dword [grant], Self
        mov     dword [grant + 4], 1
        lea     rax, [grant_frame]
        mov     [grant + 16], rax
        mov     edi, 2
        lea     rsi, [grant]
        mov     edx, 1
        hypercall GrantTableOp
        expect  "set up the grant table", 0
        mov     rsi, [grant_frame]
        shl     rsi, 12
        or      rsi, RW
        lea     rdi, [ring]
        xor     edx, edx
        hypercall UpdateVaMapping
        lea     rax, [zeros]
        call    mfn_of
        shl     rax, 32
        or      rax, 1 | 4                      ; to be read
        mov     ecx, 32                         ; numbers that we may have: entry 8 * N + K is for number N
.number: mov    edx, 8
.entry: lea     rbx, [rcx * 8 + rdx - 1]
        lea     r8, [ring]
        mov     [r8 + rbx * 8], rax
        mov     [r8 + rbx * 8 + 2], cx
        dec     edx
        jnz     .entry
        dec     ecx
        jnz     .number
        mov     ebp, 8                          ; first find our number
.own:   mov     eax, ebp
        call    map_grant
        test    eax, eax
        jz      .found
        add     ebp, 8
        cmp     ebp, 264
        jb      .own
.found: expect  "one of them is for us", 0
        mov     ebx, 1                          ; handles
        lea     r12d, [rbp + 8]
.more:  mov     eax, ebp
        call    map_grant
        inc     ebx
        test    eax, eax
        jz      .more
        dec     ebx
        inc     ebp
        cmp     ebp, r12d
        jb      .more
        expect  "no handle is left", -13
        mov     eax, ebx
        expect  "there were 1,024", 1024
        xor     ebp, ebp                        ; failures
.unmap: dec     ebx
        lea     rax, [granted]
        mov     [grant], rax
        mov     qword [grant + 8], 0            ; it is not for devices
        mov     [grant + 16], ebx
        mov     edi, 1
        lea     rsi, [grant]
        mov     edx, 1
        hypercall GrantTableOp
        movsx   rax, word [grant + 20]
        add     rbp, rax
        test    ebx, ebx
        jnz     .unmap
        mov     rax, rbp
        expect  "all can be let go", 0
        ret

; map_grant: entry eax of our own table, at granted, to be read; rax = status
map_grant:
        lea     rdx, [granted]
        mov     [grant], rdx
        mov     dword [grant + 8], 2 | 4
        mov     [grant + 12], eax
        mov     dword [grant + 16], Self
        xor     edi, edi
        lea     rsi, [grant]
        mov     edx, 1
        hypercall GrantTableOp
        movsx   rax, word [grant + 18]
        ret

; timers that expire at once, again and again
timers: mov     ebx, 1000
.next:  mov     edi, 1
        hypercall SetTimerOp
        mov     rdi, -1
        hypercall SetTimerOp
        mov     qword [period], 1
        mov     edi, 6
        xor     esi, esi
        lea     rdx, [period]
        hypercall VcpuOp
        dec     ebx
        jnz     .next
        expect  "a period of a nanosecond", -Invalid
        mov     qword [period], 1000000
        mov     edi, 6
        hypercall VcpuOp
        expect  "a period of a millisecond", 0
        mov     edi, 20000000
        call    sleep
        mov     edi, 7
        xor     esi, esi
        hypercall VcpuOp
        expect  "no period", 0
        ret

; indices of the console's ring that make no sense
console_ring:
        mov     rbx, [start_info]
        mov     rax, [rbx + 72]
        shl     rax, 12
        lea     rsi, [rax + RW]
        lea     rdi, [ring]
        xor     edx, edx
        hypercall UpdateVaMapping
        expect  "console ring", 0
        mov     eax, [rbx + 80]
        mov     [event], eax
        mov     dword [ring + 3084], 0x80000000
        call    ring_bell
        mov     dword [ring + 3072], -1
        mov     dword [ring + 3076], 0x7FFFFFFF
        call    ring_bell
        mov     dword [ring + 3080], -5
        mov     dword [ring + 3084], -5
        call    ring_bell
        print   "behind a broken ring", 13, 10
        ret
ring_bell:
        mov     edi, 4
        lea     rsi, [event]
        hypercall EventChannelOp
        expect  "bell", 0
        ret

; the store: nodes until there is no room, messages that are none, indices that make no sense
store_ring:
        mov     rbx, [start_info]
        mov     rax, [rbx + 56]
        shl     rax, 12
        lea     rsi, [rax + RW]
        lea     rdi, [ring]
        xor     edx, edx
        hypercall UpdateVaMapping
        expect  "store ring", 0
        mov     eax, [rbx + 64]
        mov     [event], eax
        xor     ebp, ebp
        xor     r12d, r12d                      ; nodes
.node:  lea     rsi, [node_message]
        mov     edx, node_message_end - node_message
        call    store_request
        cmp     eax, 11                         ; WRITE's own answer
        jne     .full
        inc     r12d
        lea     rax, [node_number]
        inc     byte [rax + 3]
        cmp     byte [rax + 3], 'z'
        jbe     .node_goes_on
        mov     byte [rax + 3], 'a'
        inc     byte [rax + 2]
        cmp     byte [rax + 2], 'z'
        jbe     .node_goes_on
        mov     byte [rax + 2], 'a'
        inc     byte [rax + 1]
.node_goes_on:
        cmp     r12d, 5000
        jb      .node
.full:  expect  "the store is full at last", 16
        print   "nodes: "
        mov     eax, r12d
        call    print_hex
        print   13, 10
        xor     r12d, r12d
.watch: lea     rsi, [watch_message]
        mov     edx, watch_message_end - watch_message
        call    store_request
        cmp     eax, 16
        je      .watched
        inc     byte [watch_token]
        jz      .watched
        inc     r12d
        cmp     r12d, 1000
        jb      .watch
.watched:
        expect  "no more watches", 16
        xor     r12d, r12d                      ; transactions that never end
.transaction:
        lea     rsi, [transaction_message]
        mov     edx, transaction_message_end - transaction_message
        call    store_request
        inc     r12d
        cmp     eax, 6                          ; its own answer
        jne     .no_more
        cmp     r12d, 100
        jb      .transaction
.no_more:
        expect  "no more transactions", 16
        lea     rsi, [wrong_message]
        mov     edx, wrong_message_end - wrong_message
        call    store_request
        expect  "a change in a transaction that is not there", 16
        lea     rsi, [foreign_message]
        mov     edx, foreign_message_end - foreign_message
        call    store_request
        expect  "a node of another domain", 16
        lea     rsi, [odd_message]
        mov     edx, odd_message_end - odd_message
        call    store_request
        expect  "a message that is none", 16
        mov     dword [ring + 2052], 0x80000000
        call    ring_bell
        mov     dword [ring + 2056], 0x12345678
        call    ring_bell
        ret

; store_request: rdx bytes at rsi into the ring; eax = type of the answer that is none of a watch
store_request:
        push    rbx
        mov     ebx, [ring + 2052]
        mov     ecx, edx
        push    rdi
.byte:  mov     edi, ebx
        and     edi, 1023
        lodsb
        push    rsi
        lea     rsi, [ring]
        mov     [rsi + rdi], al
        pop     rsi
        inc     ebx
        loop    .byte
        mov     [ring + 2052], ebx
        mov     edi, 4
        lea     rsi, [event]
        hypercall EventChannelOp
.answer: mov    ebx, 1000
.wait:  mov     eax, [ring + 2060]
        sub     eax, [ring + 2056]
        cmp     eax, 16
        jae     .header
        xor     edi, edi
        hypercall SchedOp                       ; yield
        dec     ebx
        jnz     .wait
        mov     eax, -1
        jmp     .end
.header:
        mov     ebx, [ring + 2056]
        lea     rsi, [answer]
        mov     ecx, 16
        call    .read
        mov     ecx, [answer + 12]
        jecxz   .whole
        cmp     ecx, 1024
        ja      .whole
.body:  mov     eax, [ring + 2060]
        sub     eax, ebx
        cmp     eax, ecx
        jb      .body
        lea     rsi, [answer + 16]
        call    .read
.whole: mov     [ring + 2056], ebx
        mov     edi, 4
        lea     rsi, [event]
        hypercall EventChannelOp
        mov     eax, [answer]
        cmp     eax, 15                         ; a watch's event
        je      .answer
.end:   pop     rdi
        pop     rbx
        ret
.read:  push    rcx
.next:  mov     edi, ebx
        and     edi, 1023
        lea     rax, [ring]
        mov     al, [rax + rdi + 1024]
        mov     [rsi], al
        inc     rsi
        inc     ebx
        loop    .next
        pop     rcx
        ret

        align   8
bad_pointers:
        dq      0, 1, 0x1000, 0x7FFFFFFFFFF8, 0x800000000000, 0xFFFF7FFFFFFFFFFF, 0xFFFF800080000000, 0xFFFF820000000000, 0xFFFF87FFFFFFFFFC, -8, -1
bad_pointers_end:
; number and arguments; -2 is the pointer
fault_rows:
        dq      SetTrapTable, -2, 0, 0
        dq      MmuUpdate, -2, 1, 0
        dq      SetGdt, -2, 1, 0
        dq      MemoryOp, 0, -2, 0
        dq      MemoryOp, 1, -2, 0
        dq      MemoryOp, 3, -2, 0
        dq      MemoryOp, 6, -2, 0
        dq      MemoryOp, 9, -2, 0
        dq      MemoryOp, 11, -2, 0
        dq      MemoryOp, 12, -2, 0
        dq      Multicall, -2, 1, 0
        dq      XenVersion, 1, -2, 0
        dq      XenVersion, 6, -2, 0
        dq      ConsoleIo, 0, 1, -2
        dq      GrantTableOp, 2, -2, 1
        dq      GrantTableOp, 5, -2, 1
        dq      GrantTableOp, 6, -2, 1
        dq      VcpuOp, 4, 0, -2
        dq      VcpuOp, 6, 0, -2
        dq      VcpuOp, 8, 0, -2
        dq      VcpuOp, 10, 0, -2
        dq      MmuExtOp, -2, 1, 0
        dq      SchedOp, 2, -2, 0
        dq      SchedOp, 3, -2, 0
        dq      SchedOp, 6, -2, 0
        dq      CallbackOp, 0, -2, 0
        dq      CallbackOp, 1, -2, 0
        dq      EventChannelOp, 1, -2, 0
        dq      EventChannelOp, 4, -2, 0
        dq      EventChannelOp, 6, -2, 0
        dq      33, 6, -2, 0
        dq      33, 7, -2, 0
fault_rows_end:
odd_values:
        dq      0, 1, 2, 0x7FF0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x8000000000000000, -1
        dq      0x1000, 0x800000000000, 0xFFFF800000000000, 0xFFFF87FFFFFFFFF8
odd_table: dq   0
odd_end: dq     0
        dq      zeros, ones, noise
odd_values_end:
third_counts:   dq (1 << MmuUpdate) | (1 << UpdateVaMapping) | (1 << GrantTableOp) | (1 << VcpuOp) | (1 << MmuExtOp) | (1 << ConsoleIo)
period:         dq 0
event:          dq 0, 0, 0
grant:          dq 0, 0, 0, 0
grant_frame:    dq 0
node_message:   dd 11, 1, 0, node_message_end - node_message - 16
                db "data/"
node_number:    db "aaaa", 0, "x"
node_message_end:
watch_message:  dd 4, 2, 0, watch_message_end - watch_message - 16
                db "data", 0
watch_token:    db 1, 0
watch_message_end:
transaction_message: dd 6, 2, 0, transaction_message_end - transaction_message - 16
                db 0
transaction_message_end:
wrong_message:  dd 11, 2, 0x7777, wrong_message_end - wrong_message - 16
                db "data/x", 0, "x"
wrong_message_end:
foreign_message: dd 11, 3, 0, foreign_message_end - foreign_message - 16
                db "/local/domain/0/name", 0, "x"
foreign_message_end:
odd_message:    dd 0x7777, 4, 0x99, odd_message_end - odd_message - 16
                db "data"
odd_message_end:
section .bss
alignb  4096
zeros:  resb    4096
guard1: resb    4096
ones:   resb    4096
guard2: resb    4096
noise:  resb    4096
guard3: resb    4096
ring:   resb    4096
granted: resb   4096
answer: resb    4096
        image
