; pv-crash: does one thing that ends its domain; the first letter of its command line says which.
%include "pv.inc"
Hole    equ 0xFFFF820000001000

main:   call    map_shared
        mov     rbx, [start_info]
        movzx   eax, byte [rbx + 128]
        sub     eax, 'a'
        cmp     eax, (ways_end - ways) / 8
        jae     .none
        lea     rbx, [ways]
        call    [rbx + rax * 8]
.none:  print   "BAD: it lives", 13, 10
        finish

iret_in_hole:
        mov     rsp, Hole
        hypercall ReturnCall
iret_unmapped:
        mov     esp, 0x1000
        hypercall ReturnCall
iret_no_address:
        mov     rsp, 0x800000000000
        hypercall ReturnCall
iret_no_user:
        mov     rdi, UserCode
        mov     esi, KernelCs
        mov     edx, KernelSs
        mov     ebx, UserStack
        xor     r8d, r8d
        call    go
stack_in_hole:
        call    make_user
        mov     rsi, Hole
        jmp     trap_of_user
stack_unmapped:
        call    make_user
        mov     esi, 0x1000
        jmp     trap_of_user
stack_read_only:
        call    make_user
        mov     rsi, [tables]
        add     rsi, 4096
trap_of_user:
        mov     edi, KernelSs
        hypercall StackSwitch
        mov     word [user_code], 0x0B0F        ; ud2
        mov     rdi, UserCode
        mov     esi, KernelCs
        mov     edx, KernelSs
        mov     ebx, UserStack
        xor     r8d, r8d
        call    go
trap_in_hole:
        mov     rsp, Hole
        int3
trap_unmapped:
        mov     esp, 0x1000
        int3
trap_read_only:
        mov     rsp, [tables]
        add     rsp, 4096
        int3
trap_no_address:
        mov     rsp, 0x800000000000
        int3
no_handler:
        xor     edi, edi
        hypercall SetTrapTable
        ud2
no_callback:                                    ; for an event, which is not masked any more
        mov     byte [shared_page], 1
        mov     byte [shared_page + 1], 0
        hypercall 63
        ret
handler_in_hole:
        lea     rdi, [trap_rows]
        mov     rax, Hole
        mov     [rdi + 3 * 16 + 8], rax
        mov     [rdi + 14 * 16 + 8], rax
        hypercall SetTrapTable
        int3
event_in_hole:
        mov     rax, Hole
        mov     rdi, rax
        mov     rsi, rax
        mov     rdx, rax
        hypercall SetCallbacks
        lea     rdi, [trap_rows]
        mov     [rdi + 14 * 16 + 8], rax
        mov     rax, Hole
        mov     [rdi + 14 * 16 + 8], rax
        hypercall SetTrapTable
        mov     byte [shared_page], 1
        mov     byte [shared_page + 1], 0
        hypercall 63
        ret
empty_table:                                    ; a base table that maps nothing
        remap   page, RO
        pin     PinL4, page
        mov     edi, NewBase
        call    extended
        ret
no_failsafe:
        mov     rax, 0x00CFF2000000FFFF
        mov     [page], rax
        remap   page, RO
        lea     rsi, [page]
        mov     edx, 4
        mov     edi, SetLdt
        call    extended
        mov     eax, 7
        mov     fs, eax
        lea     rsi, [page]
        xor     edx, edx
        call    extended
        mov     ebx, 200
.again: mov     edi, 1000000
        call    sleep
        dec     ebx
        jnz     .again
        ret
own_code:                                       ; takes away the code that it runs
        lea     rdi, [own_code]
        xor     esi, esi
        xor     edx, edx
        hypercall UpdateVaMapping
        ret
crash:  mov     eax, 3
        jmp     shut_down
watchdog:
        mov     qword [poll], 0
        mov     dword [poll + 4], 1
        mov     edi, 6
        lea     rsi, [poll]
        hypercall SchedOp
.spin:  mov     edi, 1000000
        call    sleep
        jmp     .spin

        align   8
ways:   dq      iret_in_hole, iret_unmapped, iret_no_address, iret_no_user
        dq      stack_in_hole, stack_unmapped, stack_read_only
        dq      trap_in_hole, trap_unmapped, trap_read_only, trap_no_address
        dq      no_handler, no_callback, handler_in_hole, event_in_hole, empty_table, no_failsafe, own_code, crash, watchdog
ways_end:
section .bss
alignb  4096
page:   resb    4096
        image
