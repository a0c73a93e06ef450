; pv-traps: the ways in and out: traps, iret, system calls of the user's, INT of all vectors, breakpoints, ports; with all that may be wrong in them.
%include "pv.inc"
HighPage        equ 0x7FFFFFFFF000

; leave RIP, CS, SS: goes there; RSP is a good stack. What comes back is a trap.
%macro leave_to 3-4 0
        mov     rdi, %1
        mov     esi, %2
        mov     edx, %3
        mov     r8d, %4
        lea     rbx, [other_stack_end]
        call    go
%endmacro

; user "NAME", VECTOR, CODE: what user mode's code at this label leads to
%macro user 3
        lea     rsi, [%3]
        lea     rdi, [user_code]
        mov     ecx, 64
        rep     movsb
        attempt %%trap
        mov     eax, 0x1234
        mov     rdi, UserCode
        mov     esi, KernelCs
        mov     edx, KernelSs
        mov     rbx, UserStack
        xor     r8d, r8d
        call    go
%%trap: expect  %1, %2
        mov     rax, [trap_cs]
        and     eax, 3
        expect  "of user mode", 3
%endmacro

main:   call    map_shared
        expect  "the shared page", 0
        call    interrupts
        call    bad_returns
        call    high_syscall
        call    make_user
        call    user_mode
        call    ports
        call    breakpoints
        call    batches
        call    revoked_table
        call    odd_registers
        check_memory "invariants"
        finish

; INT of every vector reaches the handler of that vector
interrupts:
        xor     ebx, ebx
        xor     ebp, ebp                        ; how many did
.next:  mov     [.number], bl
        mov     byte [by_int], 1
        attempt .trap
        jmp     .int
.int:   db      0xCD
.number: db     0
        attempted
        jmp     .end
.trap:  mov     byte [by_int], 0
        cmp     rax, rbx
        jne     .end
        lea     rax, [.number + 1]
        cmp     rax, [trap_rip]
        jne     .end
        inc     ebp
        inc     ebx
        cmp     ebx, 256
        jb      .next
.end:   mov     byte [by_int], 0
        mov     eax, ebp
        expect  "INT of all vectors", 256
        must_trap 4, "INT 4", {db 0xCD, 4}
        must_trap 1, "INT1", {db 0xF1}
        ret

; iret with selectors and addresses that the processor refuses
bad_returns:
        must_trap 13, "host's code selector", {leave_to here, 0xE008, KernelSs}
        mov     rax, [trap_error]
        expect  "told by its error code", 0xE008
        must_trap 13, "TSS as code", {leave_to here, 0xE040, KernelSs}
        must_trap 13, "data as code", {leave_to here, 0xE028, KernelSs}
        must_trap 13, "null as code", {leave_to here, 0, KernelSs}
        must_trap 13, "empty LDT as code", {leave_to here, 4, KernelSs}
        must_trap 13, "behind the GDT as code", {leave_to here, 0xFFF8, KernelSs}
        must_trap 13, "empty entry as code", {leave_to here, 8, KernelSs}
        must_trap 13, "host's data selector as stack", {leave_to here, 0xE030, 0xE010}
        must_trap 13, "code as stack", {leave_to here, 0xE030, KernelCs}
        must_trap 13, "TSS as stack", {leave_to here, 0xE030, 0xE040}
        must_trap 13, "LDT as stack", {leave_to here, 0xE030, 4}
        must_trap 13, "address that does not exist", {leave_to 0x800000000000, 0xE030, KernelSs}
        must_trap 13, "address that does not exist, by SYSRET", {leave_to 0x800000000000, 0xE030, KernelSs, 0x100}
        must_trap 14, "the hypervisor's address", {leave_to 0xFFFF820000000000, 0xE030, KernelSs}
        must_trap 14, "the hypervisor's address, by SYSRET", {leave_to 0xFFFF820000000000, 0xE030, KernelSs, 0x100}
        must_trap 14, "address 0", {leave_to 0, 0xE030, KernelSs}
        must_trap 6, "a good one", {leave_to illegal, 0xE030, KernelSs}
        must_trap 13, "MOV to SS of the host's", {mov eax, 0xE010}, {mov ss, eax}
        must_trap 13, "MOV to DS of a TSS", {mov eax, 0xE040}, {mov ds, eax}
        must_trap 13, "far jump to the host's code", {jmp far [far_host]}
        must_trap 13, "far jump to a TSS", {jmp far [far_task]}
        must_trap 13, "LLDT", {mov eax, 0xE048}, {lldt ax}
        must_trap 13, "LTR", {mov eax, 0xE040}, {ltr ax}
        ret
here:   jmp     $

; SYSCALL as the last instruction of the lower half: RCX is no address to which SYSRET can go
high_syscall:
        point   table1, 511, high_page, RW
        point   table2, 511, table1, TABLE
        point   table3, 511, table2, TABLE
        mov     edx, RO
        lea     rdi, [table1]
        mov     rsi, rdi
        call    map_page
        lea     rdi, [table2]
        mov     rsi, rdi
        call    map_page
        lea     rdi, [table3]
        mov     rsi, rdi
        call    map_page
        mov     rax, [tables]
        call    machine_of
        lea     rdi, [rax + 255 * 8]
        lea     rax, [table3]
        call    machine_of
        lea     rsi, [rax + TABLE]
        call    update_entry
        expect  "map the last page of the lower half", 0
        mov     word [high_page + 4094], 0x050F ; syscall
        must_trap 13, "hypercall there", {mov eax, XenVersion}, {xor edi, edi}, {mov rcx, HighPage + 4094}, {jmp rcx}
        mov     rax, [trap_rip]
        mov     rcx, 0x800000000000
        xor     rax, rcx
        expect  "it goes on behind it", 0
        must_trap 13, "an unknown one there", {mov eax, 63}, {mov rcx, HighPage + 4094}, {jmp rcx}
        ret

; what user mode can do: nothing
user_mode:
        user    "SYSCALL without a callback", 6, call_code
        mov     rax, [trap_rip]
        expect  "at the instruction", UserCode + 7
        mov     word [callback], 2
        lea     rax, [on_syscall]
        mov     [callback + 8], rax
        xor     edi, edi
        lea     rsi, [callback]
        hypercall CallbackOp
        expect  "callback for SYSCALL", 0
        user    "SYSCALL is a system call", 0x8000, call_code
        mov     rax, [trap_rax]
        expect  "with its number", XenVersion
        user    "INT 0x80", 0x80, int_code
        user    "HLT", 13, halt_code
        user    "CLI", 13, disable_code
        user    "IN", 13, in_code
        user    "MOV from CR3", 13, control_code
        user    "INVLPG", 13, invalidate_code
        user    "kernel's memory", 14, store_code
        mov     rax, [trap_error]
        expect  "was not there for the user's write", 6
        user    "its own code is read-only", 14, own_code
        mov     rax, [trap_error]
        expect  "for the user's write", 7
        user    "the hypervisor's memory", 14, hole_code
        user    "bad selector", 13, selector_code
        mov     byte [trap_rows + 0x81 * 16 + 1], 0
        lea     rdi, [trap_rows]
        hypercall SetTrapTable
        user    "INT of a vector that is the kernel's", 13, kernel_int_code
        mov     rax, [trap_error]
        expect  "by its error code", 0x81 * 8 + 2
        must_trap 13, "iret to the user with a bad selector", {leave_to UserCode, 0xE043, KernelSs}
        must_trap 13, "iret to the user with an address that does not exist", {leave_to 0x800000000000, KernelCs, KernelSs, 0x100}
        mov     rax, [trap_cs]
        and     eax, 3
        expect  "of user mode", 3
        ret

ports:  mov     dword [level], 1
        mov     edi, 6
        lea     rsi, [level]
        hypercall 33
        expect  "I/O privilege", 0
        mov     eax, 0
        in      al, 0x60
        expect  "IN of a byte", 0xFF
        mov     edx, 0xCFC
        in      eax, dx
        inc     eax
        expect  "IN of 4 bytes", 0
        must_run "OUT", {mov al, 0xFE}, {out 0x64, al}
        must_run "INS and OUTS", {lea rdi, [page]}, {mov rsi, rdi}, {mov ecx, 64}, {rep insb}, {mov ecx, 64}, {rep outsb}
        must_trap 14, "INS to a page table", {mov rdi, [tables]}, {insb}
        ret

; breakpoints on data that MOV SS reads: #DB comes after the instruction behind it
breakpoints:
        must_trap 1, "single step", {pushfq}, {or dword [rsp], 0x100}, {popfq}, {nop}
        must_trap 1, "single step over a hypercall", {mov eax, XenVersion}, {xor edi, edi}, {pushfq}, {or dword [rsp], 0x100}, {popfq}, {syscall}, {nop}
        xor     edi, edi
        mov     rsi, 0xFFFF820000000000
        hypercall SetDebugReg
        expect  "breakpoint in the hypervisor", -NotPermitted
        lea     rsi, [selector]
        hypercall SetDebugReg
        expect  "breakpoint on data", 0
        mov     edi, 7
        mov     esi, 0x70001 | (1 << 13)
        hypercall SetDebugReg
        expect  "general detect", -NotPermitted
        mov     esi, 0x70001                    ; read or write, 2 bytes
        hypercall SetDebugReg
        expect  "switched on", 0
        must_trap 1, "it works", {mov ax, [selector]}, {nop}
        mov     edi, XenVersion
        must_run "MOV SS and SYSCALL", {mov eax, XenVersion}, {xor edi, edi}, {mov ss, [selector]}, {syscall}
        must_trap 3, "MOV SS and INT3", {mov ss, [selector]}, {int3}
        must_trap 0x80, "MOV SS and INT 0x80", {mov ss, [selector]}, {int 0x80}
        mov     edi, 7
        xor     esi, esi
        hypercall SetDebugReg
        expect  "switched off", 0
        ret

; calls in calls
batches:
        lea     rdi, [page]
        mov     ecx, 4096 / 8
        xor     eax, eax
        rep     stosq
        mov     qword [page], Multicall
        lea     rax, [page]
        mov     [page + 16], rax
        mov     qword [page + 24], 4
        mov     qword [page + 64], 62
        mov     qword [page + 128], XenVersion
        mov     qword [page + 192], 99
        lea     rdi, [page]
        mov     esi, 4
        hypercall Multicall
        expect  "batch", 0
        mov     rax, [page + 8]
        expect  "a batch in a batch", -Invalid
        mov     rax, [page + 72]
        expect  "a call that there is not", -NoSystemCall
        mov     rax, [page + 136]
        shr     rax, 16
        expect  "those behind it are made", 4
        mov     rax, [page + 200]
        expect  "an unknown one", -NoSystemCall
        lea     rdi, [page]
        mov     rsi, -1
        hypercall Multicall
        expect  "endless batch", -Invalid
        ret

; data selectors of an LDT that is taken away while the vCPU is not on the processor
revoked_table:
        mov     word [callback], 1
        lea     rax, [on_failsafe]
        mov     [callback + 8], rax
        xor     edi, edi
        lea     rsi, [callback]
        hypercall CallbackOp
        expect  "callback for bad selectors", 0
        mov     rax, 0x00CFF2000000FFFF
        mov     [page], rax
        lea     rdi, [page]
        mov     rsi, rdi
        mov     edx, RO
        call    map_page
        lea     rsi, [page]
        mov     edx, 4
        mov     edi, SetLdt
        call    extended
        expect  "LDT", 0
        mov     eax, 7
        mov     fs, eax
        lea     rsi, [page]
        xor     edx, edx
        call    extended                        ; from here on others can have the processor at any time, in the next print too
        expect  "no LDT", 0
        mov     ebx, 200
.again: mov     edi, 1000000
        call    sleep
        cmp     dword [failsafe_count], 0
        jne     .called
        dec     ebx
        jnz     .again
.called: mov    eax, [failsafe_count]
        expect  "failsafe callback", 1
        mov     rax, [failsafe_fs]
        expect  "names the selector", 7
        mov     eax, fs
        expect  "which is null now", 0
        ret

; what a guest may set, and what it may not
odd_registers:
        mov     edi, 0
        mov     rsi, 0x800000000000
        hypercall SetSegmentBase
        expect  "FS base that does not exist", -Invalid
        mov     edi, 2
        hypercall SetSegmentBase
        expect  "GS base that does not exist", -Invalid
        must_trap 13, "the same by WRMSR", {mov ecx, 0xC0000101}, {xor eax, eax}, {mov edx, 0x8000}, {wrmsr}
        must_trap 13, "WRMSR of LSTAR", {mov ecx, 0xC0000082}, {xor eax, eax}, {xor edx, edx}, {wrmsr}
        must_trap 13, "WRMSR of EFER", {mov ecx, 0xC0000080}, {xor eax, eax}, {xor edx, edx}, {wrmsr}
        must_trap 13, "MOV to CR0 without paging", {mov eax, 1}, {mov cr0, rax}
        must_trap 13, "MOV to CR3 of frame 0", {xor eax, eax}, {mov cr3, rax}
        must_trap 13, "MOV to CR3 of a page", {lea rax, [page]}, {call machine_of}, {mov cr3, rax}
        must_run "MOV to CR3 of the same table", {mov rax, cr3}, {mov cr3, rax}
        must_run "MOV to CR4", {mov rax, cr4}, {mov cr4, rax}
        must_trap 13, "LIDT", {lidt [rsp]}
        mov     edi, KernelSs
        mov     rsi, 0xFFFF820000001000
        hypercall StackSwitch
        lea     rsi, [trap_stack_end]
        hypercall StackSwitch
        expect  "stack for traps", 0
        mov     edi, 3
        mov     esi, 0xE040
        hypercall SetSegmentBase
        expect  "a TSS as the user's GS", 0
        ret

on_syscall:
        mov     [trap_rax], rax
        mov     rax, [rsp + 24]
        mov     [trap_cs], rax
        mov     rax, 0x8000
        mov     rsp, [recover_rsp]
        push    qword [recover]
        mov     qword [recover], 0
        ret

; the stack holds RCX, R11, DS, ES, FS, GS, RIP, CS, RFLAGS, RSP, SS: it goes on where it came from, with the null selectors that it has now
on_failsafe:
        push    rax
        mov     rax, [rsp + 40]
        mov     [failsafe_fs], rax
        inc     dword [failsafe_count]
        pop     rax
        pop     rcx
        pop     r11
        add     rsp, 32
        push    0                               ; no SYSRET
        push    rcx
        push    r11
        push    rax
        hypercall ReturnCall

illegal: ud2
call_code:
        xor     edi, edi
        mov     eax, XenVersion
        syscall
int_code: int   0x80
kernel_int_code: int 0x81
halt_code: hlt
disable_code: cli
in_code: in     al, 0x60
control_code: mov rax, cr3
invalidate_code: invlpg [rax]
store_code: mov rax, Base
        mov     [rax], rax
own_code: mov   qword [abs UserCode], rax
hole_code: mov  rax, 0xFFFF820000000000
        mov     rax, [rax]
selector_code: mov eax, 0xE010
        mov     es, eax

        align   8
callback:       dq 0, 0
failsafe_fs:    dq 0
failsafe_count: dd 0
far_host:       dd 0
                dw 0xE008
far_task:       dd 0
                dw 0xE040
level:          dd 0
selector:       dw KernelSs
section .bss
alignb  4096
table1: resb    4096
table2: resb    4096
table3: resb    4096
high_page: resb 4096
page:   resb    4096
other_stack: resb 4096
other_stack_end:
        image
