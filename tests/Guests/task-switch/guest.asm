; task-switch: switches by JMP, CALL, IRET and through task gates, 32-bit and 16-bit, and what goes wrong with them.    SDM 3A, "Task Switching"
%define Guest "task-switch"
%include "traps.inc"

Other   equ Free                                ; the second task's TSS
Small   equ Free + 8                            ; a 16-bit TSS
Gate    equ Free + 16                           ; a task gate
Table   equ Free + 24                           ; an LDT
Bad     equ Free + 32                           ; a segment that is not right
OtherStack equ 0x1E0000

; busy SELECTOR: eax = the busy bit of a TSS
%macro busy 1
        movzx   eax, byte [gdt32 + (%1) + 5]
        shr     eax, 1
        and     eax, 1
%endmacro
%macro other_task 1                             ; where it starts
        mov     dword [other + 0x20], %1
        mov     dword [other + 0x24], 2
        mov     dword [other + 0x38], OtherStack
        mov     dword [other + 0x4C], Flat32
        mov     dword [other + 0x50], Data
        mov     dword [other + 0x54], Data
        mov     dword [other + 0x48], Data
        mov     dword [other + 0x58], 0
        mov     dword [other + 0x5C], 0
        mov     dword [other + 0x60], 0
        mov     word [other + 0x64], 0
        and     byte [gdt32 + Other + 5], ~2
%endmacro

%macro user_task 0                              ; in ring 3, with a stack for its handlers
        other_task never
        mov     dword [other + 4], 0x1D0000
        mov     dword [other + 8], Data
        mov     dword [other + 0x4C], User32
        mov     dword [other + 0x50], UserData
        mov     dword [other + 0x54], UserData
        mov     dword [other + 0x48], UserData
%endmacro

main:   call    setup_traps
        descriptor Other, other, 0x67, 0x89
        descriptor Small, small, 0x2B, 0x81
        descriptor Table, local, 7, 0x82
        mov     dword [gdt32 + Gate], Other << 16
        mov     dword [gdt32 + Gate + 4], 0x8500
        mov     dword [Idt + 0x40 * 8], Other << 16 ; INT 40h through a task gate
        mov     dword [Idt + 0x40 * 8 + 4], 0x8500

        ; JMP there, IRET is not for coming back: JMP again
        other_task jumped
        mov     dword [other + 0x28], 0x11111111
        mov     dword [other + 0x44], 0x88888888
        mov     eax, cr0
        and     eax, ~8
        mov     cr0, eax
        mov     eax, 0x1FC                      ; local and global enables of 1 to 3, LE: nothing runs at their address 0
        mov     dr7, eax
        mov     ebx, 0xB0B0B0B0
        stc
        jmp     Other:0
back_jump:
        check   "JMP: registers of the first task", ebx, 0xB0B0B0B0
        check   "JMP: EAX of the second", [seen_eax], 0x11111111
        check   "JMP: EDI of the second", [seen_edi], 0x88888888
        check   "JMP: its stack", [seen_esp], OtherStack
        check   "JMP: NT is clear", [seen_flags], 2
        check   "JMP: TR", [seen_tr], Other
        check   "JMP: CR0.TS is set", [seen_ts], 8
        check   "JMP: old task not busy", [seen_busy_old], 0
        check   "JMP: new task busy", [seen_busy_new], 1
        check   "JMP: EIP saved behind the instruction", [seen_eip], back_jump
        mov     eax, [seen_saved_flags]
        check   "JMP: EFLAGS saved", eax, 3
        check   "JMP: GS null", [seen_gs], 0
        busy    Other
        check   "back by JMP: second task not busy", eax, 0
        busy    State
        check   "back by JMP: first task busy", eax, 1
        mov     eax, dr7
        check   "DR7: global enables stay", eax, 0x4A8
        mov     eax, 0x400
        mov     dr7, eax

        ; CALL and IRET
        other_task called
        call    Other:0
        check   "CALL: NT is set", [seen_flags], 0x4002
        movzx   eax, word [other]
        check   "CALL: link to the caller", eax, State
        check   "CALL: caller stays busy", [seen_busy_old], 1
        busy    Other
        check   "IRET: callee not busy", eax, 0
        check   "IRET: NT not saved", [other + 0x24], 2
        check   "IRET: EIP saved behind it", [other + 0x20], after_iret
        call    Other:0                         ; goes on where it was
        check   "CALL again goes on behind IRET", [seen_again], 1

        ; through gates
        other_task gated
        call    Gate:0
        check   "CALL through a task gate", [seen_tr], Other
        other_task gated
        int     0x40
behind_int:
        check   "INT through a task gate", [seen_tr], Other
        check   "INT: return behind it", [seen_eip], behind_int
        other_task gated
        mov     eax, [Idt + 6 * 8]
        mov     [kept_gate], eax
        mov     eax, [Idt + 6 * 8 + 4]
        mov     [kept_gate + 4], eax
        mov     dword [Idt + 6 * 8], Other << 16
        mov     dword [Idt + 6 * 8 + 4], 0x8500
        mov     byte [skip], 2
        ud2
after_ud2:
        check   "fault through a task gate: EIP of the instruction", [seen_eip], after_ud2 - 2
        mov     eax, [kept_gate]
        mov     [Idt + 6 * 8], eax
        mov     eax, [kept_gate + 4]
        mov     [Idt + 6 * 8 + 4], eax

        ; error code on the new stack
        other_task with_code
        mov     eax, [Idt + 13 * 8]
        mov     [kept_gate], eax
        mov     eax, [Idt + 13 * 8 + 4]
        mov     [kept_gate + 4], eax
        mov     dword [Idt + 13 * 8], Other << 16
        mov     dword [Idt + 13 * 8 + 4], 0x8500
        mov     eax, 0x7F8
        mov     byte [skip], 2
        mov     gs, eax                         ; beyond the GDT
after_gs:
        check   "error code on the new task's stack", [seen_code], 0x7F8
        check   "below its top", [seen_esp], OtherStack - 4
        mov     eax, [kept_gate]
        mov     [Idt + 13 * 8], eax
        mov     eax, [kept_gate + 4]
        mov     [Idt + 13 * 8 + 4], eax

        ; 16-bit
        mov     word [small + 0x0E], small_task & 0xFFFF ; code with its base there
        mov     word [small + 0x10], 2
        mov     word [small + 0x12], 0x1234
        mov     word [small + 0x1A], 0x8000
        mov     word [small + 0x22], Data
        mov     word [small + 0x24], Bad
        mov     word [small + 0x26], Data16
        mov     word [small + 0x28], Data
        mov     word [small + 0x2A], 0
        descriptor Bad, 0x100000, 0xFFFF, 0x9B
        call    Small:0
        movzx   eax, word [seen_eax]
        check   "16-bit TSS: AX", eax, 0x1234
        check   "16-bit TSS: SP", [seen_esp], 0x8000
        movzx   eax, word [small]
        check   "16-bit TSS: link", eax, State
        check   "16-bit TSS: NT", [seen_flags], 0x4002

        ; the T flag
        other_task trapped
        mov     word [other + 0x64], 1
        mov     dword [trap_count], 0
        xor     eax, eax
        mov     dr6, eax
        call    Other:0
        check   "T flag: #DB", [vector], 1
        check   "T flag: before the first instruction", [trap_eip], trapped
        mov     eax, [trap_dr6]
        and     eax, 0xE00F
        check   "T flag: DR6.BT", eax, 0x8000
        check   "T flag: once", [trap_count], 1

        ; what goes wrong before the switch
        or      byte [gdt32 + Other + 5], 2
        try     jmp Other:0
        check   "busy TSS: #GP", [vector], 13
        check   "busy TSS: its selector", [error], Other
        and     byte [gdt32 + Other + 5], ~2
        and     byte [gdt32 + Other + 5], ~0x80
        try     jmp Other:0
        check   "TSS not present: #NP", [vector], 11
        or      byte [gdt32 + Other + 5], 0x80
        mov     byte [gdt32 + Other], 0x66
        try     jmp Other:0
        check   "TSS too short: #TS", [vector], 10
        check   "TSS too short: its selector", [error], Other
        mov     byte [gdt32 + Other], 0x67
        mov     word [state32], Flat32          ; no TSS to return to
        pushfd
        or      dword [esp], 0x4000
        popfd
        try     iretd
        check   "IRET to what is no TSS: #TS", [vector], 10
        pushfd
        and     dword [esp], ~0x4000
        popfd

        ; and after it: in the second task, whose handler runs on its stack
        user_task
        mov     dword [other + 0x4C], UserData
        call    expect_failure
        check   "CS of data: #TS", [vector], 10
        check   "CS of data: its selector", [error], UserData & ~3
        check   "CS of data: in the new task", [trap_eip], never
        busy    Other
        check   "CS of data: the new task is busy", eax, 1
        user_task
        mov     dword [other + 0x50], User32
        call    expect_failure
        check   "SS of code: #TS", [vector], 10
        check   "SS of code: its selector", [error], User32 & ~3
        user_task
        mov     dword [other + 0x50], 3
        call    expect_failure
        check   "SS null: #TS", [vector], 10
        check   "SS null: error code", [error], 0
        user_task
        mov     dword [other + 0x50], Data | 3
        call    expect_failure
        check   "SS of another level: #TS", [vector], 10
        descriptor Bad, 0, 0xFFFFF, 0xC073
        user_task
        mov     dword [other + 0x50], Bad | 3
        call    expect_failure
        check   "SS not present: #SS", [vector], 12
        check   "SS not present: its selector", [error], Bad
        user_task
        mov     dword [other + 0x54], Bad | 3
        call    expect_failure
        check   "DS not present: #NP", [vector], 11
        user_task
        mov     dword [other + 0x54], Data
        call    expect_failure
        check   "DS of ring 0: #TS", [vector], 10
        user_task
        mov     dword [other + 0x60], Data
        call    expect_failure
        check   "LDT of data: #TS", [vector], 10
        user_task
        mov     dword [other + 0x48], 0x7F8
        call    expect_failure
        check   "ES beyond the GDT: #TS", [vector], 10
        check   "ES beyond the GDT: its selector", [error], 0x7F8

        ; an LDT of its own
        other_task with_table
        mov     dword [other + 0x60], Table
        mov     dword [other + 0x54], 4
        mov     dword [local], 0x0000FFFF
        mov     dword [local + 4], 0x00CF9200   ; not accessed yet
        mov     dword [seen_tr], 0
        call    Other:0
        check   "LDT loaded", [seen_tr], Table
        movzx   eax, byte [local + 5]
        check   "its descriptor is marked as accessed", eax, 0x93

        ; paging comes with the task
        mov     edi, Tables
        mov     ecx, 1024
        xor     eax, eax
        mov     al, 0x83
.fill:  mov     [edi], eax
        mov     [edi + 0x1000], eax
        add     edi, 4
        add     eax, 0x400000
        loop    .fill
        mov     eax, 0x10
        mov     cr4, eax
        mov     eax, Tables
        mov     cr3, eax
        mov     [state32 + 0x1C], eax
        mov     eax, cr0
        or      eax, 0x80000000
        mov     cr0, eax
        other_task with_paging
        mov     dword [other + 0x1C], Tables + 0x1000
        call    Other:0
        check   "CR3 of the second task", [seen_eax], Tables + 0x1000
        mov     eax, cr3
        check   "CR3 of the first task again", eax, Tables
        finish

jumped: mov     [seen_eax], eax
        mov     [seen_edi], edi
        call    look
        mov     eax, [state32 + 0x20]
        mov     [seen_eip], eax
        mov     eax, [state32 + 0x24]
        and     eax, 0x4003
        mov     [seen_saved_flags], eax
        jmp     State:0
called: call    look
        iretd
after_iret:
        mov     dword [seen_again], 1
        iretd
gated:  call    look
        mov     eax, [state32 + 0x20]
        mov     [seen_eip], eax
        movzx   eax, byte [skip]
        add     [state32 + 0x20], eax
        mov     byte [skip], 0
        iretd
with_code:
        mov     eax, [esp]
        mov     [seen_code], eax
        call    look
        movzx   eax, byte [skip]
        add     [state32 + 0x20], eax
        mov     byte [skip], 0
        pop     eax
        iretd
trapped:
        iretd
with_table:
        sldt    [seen_tr]
        iretd
with_paging:
        mov     eax, cr3
        mov     [seen_eax], eax
        iretd
never:  hlt
        jmp     never

; look: what a task sees when it has started
look:   str     [seen_tr]
        lea     eax, [esp + 4]
        mov     [seen_esp], eax
        pushfd
        pop     eax
        and     eax, 0x4003
        mov     [seen_flags], eax
        mov     eax, cr0
        and     eax, 8
        mov     [seen_ts], eax
        clts
        mov     [seen_gs], gs
        busy    State
        mov     [seen_busy_old], eax
        busy    Other
        mov     [seen_busy_new], eax
        ret

; expect_failure: switches to the second task, which cannot start; its first exception is noted, and the first task goes on
expect_failure:
        mov     [resume_esp], esp
        mov     dword [resume], .back
        call    Other:0
.back:  mov     eax, Data
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        pushfd
        and     dword [esp], ~0x4000
        popfd
        xor     eax, eax
        lldt    ax
        and     byte [gdt32 + State + 5], ~2
        mov     eax, State
        ltr     ax
        ret

bits 16
small_task equ $ - payload
        mov     [es:dword seen_eax], ax
        movzx   eax, sp
        mov     [es:dword seen_esp], eax
        pushf
        pop     ax
        movzx   eax, ax
        and     eax, 0x4003
        mov     [es:dword seen_flags], eax
        iret
bits 32

        align   8
other:  times   104 db 0
small:  times   44 db 0
        align   8
local:  dq      0
kept_gate: dq   0
seen_eax: dd    0
seen_edi: dd    0
seen_esp: dd    0
seen_flags: dd  0
seen_tr: dd     0
seen_ts: dd     0
seen_gs: dd     0
seen_eip: dd    0
seen_again: dd  0
seen_code: dd   0
seen_saved_flags: dd 0
seen_busy_old: dd 0
seen_busy_new: dd 0
skip:   db      0
        align   16, db 0
payload_end:
