; ticker: counts on its console, a line now and then, and switches itself off when its power button is pressed.
%include "microguest.inc"

Pm1Status       equ 0x600
Pm1Enable       equ 0x602
PowerButton     equ 0x100
SpinsPerTick    equ 400                         ; of SpinsPerLook instructions each
SpinsPerLook    equ 10000

main:
        print   "ticker: up", 13, 10
        mov     edx, Pm1Enable
        mov     eax, PowerButton
        out     dx, ax
        xor     edi, edi
.tick:  print   "tick "
        mov     eax, edi
        call    print_hex
        print   13, 10
        inc     edi
        mov     ebx, SpinsPerTick
.look:  mov     edx, Pm1Status
        in      ax, dx
        test    eax, PowerButton
        jnz     .off
        mov     ecx, SpinsPerLook / 2
.spin:  dec     ecx
        jnz     .spin
        dec     ebx
        jnz     .look
        jmp     .tick
.off:   print   "ticker: off", 13, 10
        call    power_off
        align   16, db 0
payload_end:
