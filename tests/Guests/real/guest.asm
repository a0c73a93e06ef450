; real: real-address mode, where unrestricted guests leave as from any other.          SDM 3A, "8086 Emulation"; vol. 3C, "Unrestricted Guests"
%define Guest "real"
%include "traps.inc"
Low     equ 0x8000                              ; where the 16-bit code runs, segment Low / 16
%define r(x) (x - real_code)
%assign notes 0

; note VALUE: kept for `told`
%macro note 1
        push    eax
        mov     eax, %1
        mov     [r(results) + notes * 4], eax
        pop     eax
%assign notes notes + 1
%endmacro
%macro rtry 1+
        mov     dword [r(rvector)], -1
        mov     [r(kept_sp)], sp
        mov     word [r(rresume)], r(%%after)
        %1
%%after: mov    word [r(rresume)], 0
        sub     [r(kept_sp)], sp
%endmacro

main:   call    setup_traps
        mov     esi, real_code
        mov     edi, Low
        mov     ecx, real_end - real_code
        rep movsb
        mov     [kept_esp], esp
        jmp     Code16:Low + r(real_code)
in_protected:
        mov     eax, Data
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        mov     esp, [kept_esp]
        lidt    [idt32_pointer]
%assign told_ 0
%macro told 2                                   ; "NAME", EXPECTED: of the next note
        mov     esi, Low + r(results)
        check   %1, [esi + told_ * 4], %2
%assign told_ told_ + 1
%endmacro
        told    "CPUID: highest leaf is not 0", 1
        told    "IN", 0xFF
        told    "RDMSR: APIC base", 0xFEE00900
        told    "INT n: vector", 0x45
        told    "INT n: IP behind it", r(real_code.int_end)
        told    "INT n: CS", Low / 16
        told    "#UD", 6
        told    "#UD: at the instruction", r(real_code.ud)
        told    "#UD: no error code", 0
        told    "VMCALL", 6
        told    "MOV CR0 with NW alone", 13
        told    "its frame", 0
        told    "DIV by zero", 0
        told    "BOUND", 5
        told    "a word at FFFFh: #GP", 13
        told    "its frame", 0
        told    "a vector beyond IDTR's limit", 13
        told    "LLDT is not there", 6
        told    "SMSW", 0x10
        told    "single step over CPUID", r(real_code.step1)
        told    "single step over IN", r(real_code.step2)
        told    "REP INSB: DI", 0x7004
        told    "REP INSB: CX", 0
        told    "REP INSB: data", 0xFFFFFFFF
        told    "REP OUTSB: SI goes round", 0x0001
        told    "unreal: a device above 4 GiB - 18 MiB", 0x14
        told    "an interrupt ends HLT", 0x41
        told    "behind HLT", r(real_code.halted)
        told    "STI: behind CPUID", r(real_code.shadow)
        told    "CLTS", 0x10
        told    "EFLAGS keep 32 bits", 0x200000
        told    "a table of vectors elsewhere", 0x46
        finish

        align   16
bits 16
real_code:
        mov     ax, Data16                      ; the limits and sizes that real mode keeps
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     eax, cr0
        and     eax, ~1
        mov     cr0, eax
        jmp     Low / 16:r(.real)
.real:
        mov     ax, Low / 16
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7000
        lidt    [r(real_idt)]
        ; vectors
        xor     ax, ax
        mov     es, ax
        xor     di, di
        mov     cx, Vectors
        mov     ax, r(real_stubs)
.ivt:   stosw
        mov     word [es:di], Low / 16
        add     di, 2
        add     ax, 5
        loop    .ivt
        push    ds
        pop     es

        xor     eax, eax
        cpuid
        cmp     eax, 2
        setae   al
        movzx   eax, al
        note    eax
        xor     eax, eax
        in      al, 0x21
        note    eax
        mov     ecx, 0x1B
        rdmsr
        note    eax
        int     0x45
.int_end:
        note    [r(rvector)]
        note    [r(rip_)]
        note    [r(rcs)]
        mov     dword [r(rvector)], -1
        mov     [r(kept_sp)], sp
        mov     word [r(rresume)], r(.after_ud)
.ud:    ud2
.after_ud:
        mov     word [r(rresume)], 0
        sub     [r(kept_sp)], sp
        note    [r(rvector)]
        note    [r(rip_)]
        movzx   eax, word [r(kept_sp)]
        note    eax
        rtry    vmcall
        note    [r(rvector)]
        mov     eax, 0x20000010
        rtry    mov cr0, eax
        note    [r(rvector)]
        movzx   eax, word [r(kept_sp)]
        note    eax
        xor     cx, cx
        rtry    div cx
        note    [r(rvector)]
        mov     ax, 11
        rtry    bound ax, [r(bounds)]
        note    [r(rvector)]
        rtry    mov ax, [0xFFFF]
        note    [r(rvector)]
        movzx   eax, word [r(kept_sp)]
        note    eax
        rtry    int 0x60
        note    [r(rvector)]
        rtry    lldt ax
        note    [r(rvector)]
        xor     eax, eax
        smsw    ax
        note    eax

        mov     byte [r(rtrap)], 1
        pushf
        pop     ax
        or      ax, 0x100
        push    ax
        xor     eax, eax
        popf
        cpuid
.step1: nop
        note    [r(rip_)]
        pushf
        pop     ax
        or      ax, 0x100
        push    ax
        popf
        in      al, 0x21
.step2: nop
        note    [r(rip_)]
        mov     byte [r(rtrap)], 0

        cld
        mov     dx, 0x21
        mov     di, 0x7000
        mov     cx, 4
        rep insb
        movzx   eax, di
        note    eax
        movzx   eax, cx
        note    eax
        note    [0x7000]
        mov     si, 0xFFFF
        mov     cx, 2
        mov     byte [0xFFFF], 0xFF
        push    word [0]
        mov     byte [0], 0xFF
        rep outsb
        pop     word [0]
        movzx   eax, si
        note    eax

        ; big segments
        cli
        lgdt    [r(big_gdt)]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        mov     bx, 8
        mov     fs, bx
        and     al, ~1
        mov     cr0, eax
        mov     dword [fs:dword ApicPage + 0xF0], 0x1FF
        movzx   eax, byte [fs:dword ApicPage + 0x30]
        and     eax, 0xFE
        note    eax
        mov     dword [fs:dword ApicPage + 0x310], 0
        mov     dword [fs:dword ApicPage + 0x3E0], 0xB
        mov     dword [fs:dword ApicPage + 0x320], 0x41
        mov     dword [fs:dword ApicPage + 0x380], 2000
        mov     byte [r(rack)], 1
        sti
        hlt
.halted: cli
        note    [r(rvector)]
        note    [r(rip_)]
        mov     dword [fs:dword ApicPage + 0x300], 0x40041
        mov     cx, 100
.wait:  loop    .wait
        xor     eax, eax
        sti
        cpuid
.shadow: cli
        note    [r(rip_)]
        mov     byte [r(rack)], 0
        mov     eax, cr0
        or      al, 8
        mov     cr0, eax
        clts
        mov     eax, cr0
        note    eax
        pushfd
        pop     eax
        xor     eax, 0x200000
        mov     ebx, eax
        push    eax
        popfd
        pushfd
        pop     eax
        xor     eax, ebx
        not     eax
        and     eax, 0x200000
        note    eax

        mov     si, 0                           ; another table of vectors
        xor     ax, ax
        mov     fs, ax
        mov     eax, [fs:0x46 * 4]
        mov     [0x6000 + 0x46 * 4], eax
        lidt    [r(other_idt)]
        mov     dword [r(rvector)], -1
        int     0x46
        note    [r(rvector)]

        lgdt    [r(back_gdt)]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     dword Flat32:in_protected

real_trap:
        push    ds
        push    eax
        push    bp
        mov     bp, sp
        mov     ax, Low / 16
        mov     ds, ax
        movzx   eax, word [bp + 8]
        mov     [r(rvector)], eax
        movzx   eax, word [bp + 10]
        mov     [r(rip_)], eax
        movzx   eax, word [bp + 12]
        mov     [r(rcs)], eax
        mov     ax, [r(rresume)]
        test    ax, ax
        jz      .no
        mov     [bp + 10], ax
.no:    cmp     byte [r(rtrap)], 0
        je      .no_trap
        and     word [bp + 14], ~0x100
.no_trap:
        cmp     byte [r(rack)], 0
        je      .done
        mov     dword [fs:dword ApicPage + 0xB0], 0
.done:  pop     bp
        pop     eax
        pop     ds
        add     sp, 2
        iret
real_stubs:
%assign number 0
%rep Vectors
        push    byte number
        db      0xE9
        dw      real_trap - ($ + 2)
%assign number number + 1
%endrep
        align   8
real_idt:
        dw      Vectors * 4 - 1
        dd      0
other_idt:
        dw      Vectors * 4 - 1
        dd      Low + 0x6000
big_gdt: dw     15
        dd      Low + r(big_table)
back_gdt: dw    gdt32_end - gdt32 - 1
        dd      gdt32
        align   8
big_table: dq   0, 0x00CF93000000FFFF
rvector: dd     0
rip_:   dd      0
rcs:    dd      0
rresume: dw     0
kept_sp: dw     0, 0
rtrap:  db      0
rack:   db      0
bounds: dw      1, 10
        align   4
results: times  64 dd 0
real_end:
bits 32
kept_esp: dd    0
        align   16, db 0
payload_end:
