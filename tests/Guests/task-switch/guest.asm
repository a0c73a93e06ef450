; task-switch: a hardware task switch, an exit that is not emulated.
%include "microguest.inc"
main:
        print   "task-switch: here it comes", 13, 10
        mov     eax, task_state
        mov     [own_gdt + 0x18 + 2], ax
        shr     eax, 16
        mov     [own_gdt + 0x18 + 4], al
        mov     [own_gdt + 0x18 + 7], ah
        lgdt    [own_gdt_pointer]
        jmp     0x18:0
        align   8
own_gdt: dq     0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF, 0x0000890000000067
own_gdt_pointer:
        dw      31
        dd      own_gdt
task_state: times 104 db 0
        align   16, db 0
payload_end:
