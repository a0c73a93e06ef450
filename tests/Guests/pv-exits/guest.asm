; pv-exits: ticks of 100,000 hypercalls that do nothing in a loop, of 100,000 events that the guest sends to itself, each up to the return
; from its callback, of the loop without them, and how many callbacks came.
%include "pv.inc"
Count   equ 100000

; measure ADDRESS, INSTRUCTIONS...: the ticks of Count times these
%macro measure 2-*
        call    ticks
        mov     rbx, rax
        mov     r12d, Count
%%next:
%rotate 1
%rep    %0 - 1
        %1
%rotate 1
%endrep
        dec     r12d
        jnz     %%next
        call    ticks
        sub     rax, rbx
        mov     [%1], rax
%endmacro

main:   call    map_shared
        lea     rax, [on_event]
        mov     [callback + 8], rax
        xor     edi, edi
        lea     rsi, [callback]
        hypercall CallbackOp
        expect  "callback", 0
        mov     edi, 7                          ; bind_ipi
        lea     rsi, [event]
        hypercall EventChannelOp
        expect  "port", 0
        mov     eax, [event + 4]
        mov     [event], eax
        mov     byte [shared_page + 1], 0       ; events are let in
        xor     edi, edi
        measure hypercalls, {mov eax, XenVersion}, syscall
        mov     edi, 4                          ; send
        lea     rsi, [event]
        mov     qword [callbacks], 0
        measure events, {mov eax, EventChannelOp}, syscall
        measure loops, {mov eax, XenVersion}
        print   "pv-exits: "
        mov     rax, [hypercalls]
        call    print_hex
        print   " "
        mov     rax, [events]
        call    print_hex
        print   " "
        mov     rax, [loops]
        call    print_hex
        print   " "
        mov     rax, [callbacks]
        call    print_hex
        print   13, 10
        finish

on_event:
        mov     byte [shared_page], 0
        xor     ecx, ecx
        xchg    [shared_page + 8], rcx
        mov     ecx, [event]
        lock btr [shared_page + 2048], rcx
        inc     qword [callbacks]
        pop     rcx
        pop     r11
        push    0
        push    rcx
        push    r11
        push    rax
        hypercall ReturnCall

; ticks: rax = the TSC; clobbers rdx
ticks:  rdtsc
        shl     rdx, 32
        or      rax, rdx
        ret

        align   8
callback:   dw      0, 0, 0, 0
            dq      0
event:      dd      0, 0
hypercalls: dq      0
events:     dq      0
loops:      dq      0
callbacks:  dq      0
        image
