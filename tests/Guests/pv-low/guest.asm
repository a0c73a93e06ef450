; pv-low: a kernel as small test kernels are: linked at 0, user programs on the kernel's own page table, and the calls that such kernels make.
%define LOW_IMAGE
%include "pv.inc"

; user VECTOR, "NAME", LABEL, FLAGS: what user mode's code at LABEL leads to, entered by iret with these flags
%macro user 4
        attempt %%trap
        lea     rdi, [%3]
        mov     r9d, %4
        jmp     enter_user
%%trap: expect  %2, %1
        mov     rax, [trap_cs]
        and     eax, 3
        expect  "of user mode", 3
%endmacro

main:   call    map_shared
        expect  "the shared page", 0
        mov     rsi, cr3
        shr     rsi, 12
        mov     edi, NewUserBase
        call    extended
        expect  "the kernel's table for user programs too", 0
        lea     rsi, [trap_stack_end]
        mov     edi, KernelSs
        hypercall StackSwitch
        expect  "stack for traps", 0
        mov     rsi, 1 << 63
        hypercall StackSwitch
        expect  "a stack at no address", -Invalid
        call    privilege
        call    batch
        call    entries
        call    ports
        check_memory "invariants"
        finish

; the level that CLI and ports ask for
privilege:
        must_trap 13, "CLI of the kernel at level 0", cli
        mov     rax, [trap_error]
        expect  "without error code", 0
        must_trap 13, "OUT of the kernel at level 0", {out 0x80, al}
        mov     dword [level], 1
        call    set_level
        must_run "CLI of the kernel at level 1", cli
        must_run "OUT of the kernel at level 1", {out 0x80, al}
        user    13, "CLI of the user at level 1", disable_code, 0x202
        mov     dword [level], 3
        call    set_level
        user    0x80, "CLI of the user at level 3", disable_code, 0x202
        mov     dword [level], 0
        call    set_level
        mov     edi, 0
        mov     esi, 4
        hypercall VmAssist
        expect  "levels as on a bare machine", 0
        must_run "then CLI is the kernel's", cli
        user    13, "and the user's not", disable_code, 0x202
        user    0x80, "unless its flags say so", disable_code, 0x3202
        user    13, "or no more", out_code, 0x1202
        user    0x80, "OUT likewise", out_code, 0x3202
        mov     edi, 1
        mov     esi, 4
        hypercall VmAssist
        expect  "levels as before", 0
        xor     edi, edi
        xor     esi, esi
        hypercall VmAssist
        expect  "segments of 4 GiB", 0
        ret

set_level:
        mov     edi, 6
        lea     rsi, [level]
        hypercall 33
        ret

; iret in a batch leaves the kernel: nothing behind it is done
batch:  mov     qword [rows], ReturnCall
        mov     qword [rows + 64], XenVersion
        attempt .landed
        push    KernelSs
        lea     rax, [user_stack + 4096]
        push    rax
        push    0x202
        push    KernelCs
        lea     rax, [int_code]
        push    rax
        push    0
        push    0
        push    0
        mov     eax, 0x4321
        push    rax
        lea     rdi, [rows]
        mov     esi, 2
        hypercall Multicall
        attempted
        mov     rax, -1
.landed: expect "iret in a batch leaves it", 0x80
        mov     rax, [trap_rax]
        expect  "with RAX of its frame", 0x4321
        mov     rax, [rows + 72]
        expect  "nothing behind it is done", 0
        ret

; ways into a kernel that it has not asked for, and NMI
entries:
        user    6, "SYSCALL without a callback", syscall_code, 0x202
        mov     rax, [trap_rip]
        lea     rcx, [syscall_code]
        sub     rax, rcx
        expect  "at the instruction", 0
        user    13, "SYSENTER without a callback", sysenter_code, 0x202
        mov     rax, [trap_error]
        expect  "without an error code", 0
        mov     qword [trap_rows + 0x80 * 16], 0x80 ; no gate: flags 0, address 0
        mov     qword [trap_rows + 0x80 * 16 + 8], 0
        xor     edi, edi
        hypercall SetTrapTable
        lea     rdi, [trap_rows]
        hypercall SetTrapTable
        expect  "a table of 128 rows", 0
        must_trap 13, "INT 0x80 without a gate", {int 0x80}
        mov     rax, [trap_error]
        expect  "by its error code", 0x80 * 8 + 2
        must_trap 6, "a prefix that is for CPUID alone", {ud2}, {db "xen"}, {mov eax, 1}
        mov     word [callback], 4
        lea     rax, [on_nmi]
        mov     [callback + 8], rax
        xor     edi, edi
        lea     rsi, [callback]
        hypercall CallbackOp
        expect  "callback for NMI", 0
        must_trap 0x7777, "NMI", {mov edi, 11}, {xor esi, esi}, {hypercall VcpuOp}, {nop}
        ret

; a port need not be in use to be polled
ports:  mov     ebx, 32
.next:  mov     [port], ebx
        mov     qword [poll_row + 16], 1        ; a time that has passed
        mov     edi, 3
        lea     rsi, [poll_row]
        lea     rax, [port]
        mov     [poll_row], rax
        mov     dword [poll_row + 8], 1
        hypercall SchedOp
        test    rax, rax
        jnz     .end
        inc     ebx
        jmp     .next
.end:   expect  "the first port that there cannot be", -Invalid
        mov     eax, ebx
        expect  "by its number", 4096
        ret

; enter_user: to rdi by iret, with flags r9
enter_user:
        push    KernelSs
        lea     rax, [user_stack + 4096]
        push    rax
        push    r9
        push    KernelCs
        push    rdi
        push    0
        push    rcx
        push    r11
        push    rax
        hypercall ReturnCall

on_nmi: mov     rsp, [recover_rsp]
        push    qword [recover]
        mov     qword [recover], 0
        mov     eax, 0x7777
        ret

disable_code: cli
int_code: int   0x80
out_code: out   0x80, al
        int     0x80
syscall_code: syscall
sysenter_code: sysenter

        align   8
rows:           times 16 dq 0
poll_row:       dq 0, 0, 0
callback:       dq 0, 0
level:          dd 0
port:           dd 0
        image
