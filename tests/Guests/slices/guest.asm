; slices: how long it has the CPU at a stretch and how long it has not, from the jumps of the TSC that it reads all the time.
; Prints the sums of 40 stretches and of 40 gaps, then keeps the CPU busy for its neighbours' sake until its TSC has come to 3 s.
%include "microguest.inc"

Gap     equ 1000
Skipped equ 8
Wanted  equ 40
End     equ 300000000

main:
        cli
        xor     ebp, ebp                        ; gaps so far
        rdtsc
        mov     ebx, eax                        ; the last reading
        mov     esi, eax                        ; where the stretch began
.look:  rdtsc
        mov     edi, ebx
        mov     ecx, eax
        sub     ecx, ebx
        mov     ebx, eax
        cmp     ecx, Gap
        jb      .look
        inc     ebp
        cmp     ebp, Skipped
        jbe     .begin
        add     [gaps], ecx
        sub     edi, esi
        add     [stretches], edi
        cmp     ebp, Skipped + Wanted
        je      .tell
.begin: mov     esi, ebx
        jmp     .look

.tell:  print   "slices: "
        mov     eax, [stretches]
        call    print_hex
        print   " "
        mov     eax, [gaps]
        call    print_hex
        print   13, 10
.busy:  rdtsc
        test    edx, edx
        jnz     .end
        cmp     eax, End
        jb      .busy
.end:   finish

        align   4
stretches: dd   0
gaps:   dd      0
        align   16, db 0
payload_end:
