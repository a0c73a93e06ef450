; absent: instructions that this PC's CPUID does not show, or that need another mode.   SDM 3C, "VMX Instruction Reference"
%define Guest "absent"
%include "traps.inc"
main:   call    setup_traps
        try     vmcall
        check   "VMCALL", [vector], 6
        try     vmclear [memory]
        check   "VMCLEAR", [vector], 6
        try     vmlaunch
        check   "VMLAUNCH", [vector], 6
        try     vmresume
        check   "VMRESUME", [vector], 6
        try     vmptrld [memory]
        check   "VMPTRLD", [vector], 6
        try     vmptrst [memory]
        check   "VMPTRST", [vector], 6
        try     vmread [memory], eax
        check   "VMREAD", [vector], 6
        try     vmwrite eax, [memory]
        check   "VMWRITE", [vector], 6
        try     vmxoff
        check   "VMXOFF", [vector], 6
        cmp     dword [next_guest], 0
        jne     .bare                           ; the machine has VMX
        try     vmxon [memory]
        check   "VMXON", [vector], 6
        try     monitor
        check   "MONITOR", [vector], 6
        try     mwait
        check   "MWAIT", [vector], 6
.bare:  try     invept eax, [memory]
        check   "INVEPT", [vector], 6
        try     invvpid eax, [memory]
        check   "INVVPID", [vector], 6
        try     db 0x0F, 0x01, 0xD4
        check   "VMFUNC", [vector], 6
        try     db 0x0F, 0x37
        check   "GETSEC", [vector], 6
        try     rsm
        check   "RSM outside SMM", [vector], 6
        try     ud2
        check   "UD2", [vector], 6
        try     db 0xF0, 0x90
        check   "LOCK without memory", [vector], 6
        try     syscall
        check   "SYSCALL in protected mode", [vector], 6
        mov     ecx, 0xC0000FFF
        try     rdmsr
        check   "RDMSR of what is not there", [vector], 13
        try     wrmsr
        check   "WRMSR of what is not there", [vector], 13
        try     mov eax, dr4
        check   "DR4 is DR6 without CR4.DE", [vector], -1
        finish
memory: dq      0, 0
        align   16, db 0
payload_end:
