; What the compiler's object code calls and a native runtime library would supply: no GC, so barriers are plain stores.
;   .NET runtime, "NativeAOT runtime exports"; clobber rules are the compiler's, noted at each

bits 64
default rel
%include "offsets.inc"

section .text

; per_cpu_self:  out rax = this CPU's PerCpu
global per_cpu_self:function (per_cpu_self.end - per_cpu_self)
per_cpu_self:
        mov     rax, [gs:PerCpu.Self]
        ret
.end:

; Transitions between managed and other code, and the GC poll: nothing to do.
global RhpReversePInvoke, RhpReversePInvokeReturn, RhpPInvoke, RhpPInvokeReturn, RhpGcPoll
RhpReversePInvoke:
RhpReversePInvokeReturn:
RhpPInvoke:
RhpPInvokeReturn:
RhpGcPoll:
        ret

; RhpAssignRef, RhpCheckedAssignRef: *rdi = rsi; nothing else may change
global RhpAssignRef, RhpCheckedAssignRef
RhpAssignRef:
RhpCheckedAssignRef:
        mov     [rdi], rsi
        ret

; RhpByRefAssignRef: *rdi = *rsi, both advance; clobbers rcx only
global RhpByRefAssignRef
RhpByRefAssignRef:
        mov     rcx, [rsi]
        mov     [rdi], rcx
        add     rdi, 8
        add     rsi, 8
        ret

; RhpCheckedXchg:  rax = exchange(*rdi, rsi)
global RhpCheckedXchg
RhpCheckedXchg:
        mov     rax, rsi
        xchg    [rdi], rax
        ret

; RhpCheckedLockCmpXchg:  rax = compare-exchange(*rdi, value rsi, comparand rdx)
global RhpCheckedLockCmpXchg
RhpCheckedLockCmpXchg:
        mov     rax, rdx
        lock cmpxchg [rdi], rsi
        ret

; memmove, memcpy, RhBulkMoveWithWriteBarrier: rdi = target, rsi = source, rdx = bytes; rax = target
;   By 64 bytes, then 8, then 1: REP string instructions cost a tick an element in Bochs and start slowly on hardware.
global memmove:function (memmove.end - memmove), memcpy, RhBulkMoveWithWriteBarrier
memcpy:
RhBulkMoveWithWriteBarrier:
memmove:
        mov     rax, rdi
        mov     rcx, rdi
        sub     rcx, rsi
        cmp     rcx, rdx
        jb      .backward                       ; target inside [source, source + bytes)
        mov     rcx, rdx
        shr     rcx, 6
        jz      .forward_tail
.forward_block:
        movups  xmm0, [rsi]
        movups  xmm1, [rsi + 16]
        movups  xmm2, [rsi + 32]
        movups  xmm3, [rsi + 48]
        movups  [rdi], xmm0
        movups  [rdi + 16], xmm1
        movups  [rdi + 32], xmm2
        movups  [rdi + 48], xmm3
        add     rsi, 64
        add     rdi, 64
        dec     rcx
        jnz     .forward_block
.forward_tail:
        mov     ecx, edx
        and     ecx, 63
        shr     ecx, 3
        jz      .forward_bytes
.forward_word:
        mov     r8, [rsi]
        mov     [rdi], r8
        add     rsi, 8
        add     rdi, 8
        dec     ecx
        jnz     .forward_word
.forward_bytes:
        and     edx, 7
        jz      .done
.forward_byte:
        mov     r8b, [rsi]
        mov     [rdi], r8b
        inc     rsi
        inc     rdi
        dec     edx
        jnz     .forward_byte
.done:  ret
.backward:
        mov     rcx, rdx
        shr     rcx, 3
        and     edx, 7
        lea     r9, [rcx * 8]
        add     r9, rdx
        lea     rsi, [rsi + r9]
        lea     rdi, [rdi + r9]
        test    edx, edx
        jz      .backward_words
.backward_byte:
        dec     rsi
        dec     rdi
        mov     r8b, [rsi]
        mov     [rdi], r8b
        dec     edx
        jnz     .backward_byte
.backward_words:
        test    rcx, rcx
        jz      .done
.backward_word:
        sub     rsi, 8
        sub     rdi, 8
        mov     r8, [rsi]
        mov     [rdi], r8
        dec     rcx
        jnz     .backward_word
        ret
.end:

; memset: rdi = target, sil = byte, rdx = bytes; rax = target
; RhpGcSafeZeroMemory: rdi = target, rsi = bytes; rax = target
global memset:function (memset.end - memset), RhpGcSafeZeroMemory
RhpGcSafeZeroMemory:
        mov     rdx, rsi
        xor     esi, esi
memset:
        mov     r9, rdi
        movzx   eax, sil
        mov     rcx, 0x0101010101010101
        imul    rax, rcx
        movq    xmm0, rax
        punpcklqdq xmm0, xmm0
        mov     rcx, rdx
        shr     rcx, 6
        jz      .tail
.block: movups  [rdi], xmm0
        movups  [rdi + 16], xmm0
        movups  [rdi + 32], xmm0
        movups  [rdi + 48], xmm0
        add     rdi, 64
        dec     rcx
        jnz     .block
.tail:  mov     ecx, edx
        and     ecx, 63
        shr     ecx, 3
        jz      .bytes
.word:  mov     [rdi], rax
        add     rdi, 8
        dec     ecx
        jnz     .word
.bytes: and     edx, 7
        jz      .done
.byte:  mov     [rdi], al
        inc     rdi
        dec     edx
        jnz     .byte
.done:  mov     rax, r9
        ret
.end:

; Allocation: a bump arena. MethodTable: u16 component size at 0, u32 base size at 4, base type at 8.
; An object's pointer is its MethodTable field; the header word lies before it.
;   RhpNewFast            rdi = MethodTable                 rax = object
;   RhpNewArrayFast ...   rdi = MethodTable, rsi = length   rax = array
global RhpNewFast:function (RhpNewFast.end - RhpNewFast), RhpNewFinalizable, RhNewObject
RhpNewFinalizable:
RhNewObject:
RhpNewFast:
        mov     eax, [rdi + 4]
.allocate:                                      ; rax = bytes, rdi = MethodTable
        add     rax, 7
        and     rax, -8
        mov     rdx, [arena_next]
        lea     rcx, [rdx + rax]
        cmp     rcx, [arena_limit]
        ja      .slow
        mov     [arena_next], rcx
        lea     rax, [rdx + 8]
        mov     [rax], rdi
        ret
.slow:                                          ; sealed: an exception goes to the CPU's scratch arena, all else is a fault
        mov     rdx, rdi
        mov     rsi, [exception_type]
.base:  cmp     rdx, rsi
        je      .scratch
        mov     rdx, [rdx + 8]
        test    rdx, rdx
        jnz     .base
.refused:
        xor     edi, edi
        jmp     RhpThrowEx
.scratch:
        mov     rdx, [gs:PerCpu.ScratchNext]
        lea     rcx, [rdx + rax]
        cmp     rcx, [gs:PerCpu.ScratchEnd]
        jbe     .fits
        mov     rdx, [gs:PerCpu.ScratchStart]   ; the objects before it are dead: their frames are unwound
        lea     rcx, [rdx + rax]
        cmp     rcx, [gs:PerCpu.ScratchEnd]
        ja      .refused
.fits:  mov     [gs:PerCpu.ScratchNext], rcx
        lea     r8, [rdx + 8]
.clear: mov     qword [rdx], 0
        add     rdx, 8
        cmp     rdx, rcx
        jb      .clear
        mov     rax, r8
        mov     [rax], rdi
        ret
.end:

global RhpNewArrayFast:function (RhpNewArrayFast.end - RhpNewArrayFast), RhpNewPtrArrayFast, RhNewString, RhNewVariableSizeObject
RhpNewPtrArrayFast:
RhNewString:
RhNewVariableSizeObject:
RhpNewArrayFast:
        mov     rax, rsi
        shr     rax, 31
        jnz     .refused
        movzx   eax, word [rdi]
        imul    rax, rsi
        mov     ecx, [rdi + 4]
        add     rax, rcx
        call    RhpNewFast.allocate
        mov     [rax + 8], esi
        ret
.refused:
        xor     edi, edi
        jmp     RhpThrowEx
.end:

; arena_set: rdi = next free byte, rsi = limit.   arena_used_end: rax = next free byte
global arena_set, arena_used_end, exception_type_set
arena_set:
        mov     [arena_next], rdi
        mov     [arena_limit], rsi
        ret
arena_used_end:
        mov     rax, [arena_next]
        ret
exception_type_set:                             ; rdi = MethodTable of System.Exception
        mov     [exception_type], rdi
        ret

; RhpThrowEx: a C# throw (rdi = exception, may be null). The trap code records the throw site; it comes back only with a frame to unwind to.
global RhpThrowEx:function (RhpThrowEx.end - RhpThrowEx)
extern containment_unwind, throw_entry
RhpThrowEx:
        mov     rdi, [rsp]                      ; throw site
        mov     rsi, rsp
        mov     rdx, rbp
        and     rsp, -16
        call    throw_entry
        jmp     containment_unwind
.end:

global RhpFallbackFailFast
RhpFallbackFailFast:
        xor     edi, edi
        jmp     RhpThrowEx

; RhpInitialDynamicInterfaceDispatch: r11 = dispatch cell, rdi = this; all argument registers pass through
global RhpInitialDynamicInterfaceDispatch:function (RhpInitialDynamicInterfaceDispatch.end - RhpInitialDynamicInterfaceDispatch)
extern resolve_interface
RhpInitialDynamicInterfaceDispatch:
        push    rdi
        push    rsi
        push    rdx
        push    rcx
        push    r8
        push    r9
        sub     rsp, 8 + 128
        movups  [rsp], xmm0
        movups  [rsp + 16], xmm1
        movups  [rsp + 32], xmm2
        movups  [rsp + 48], xmm3
        movups  [rsp + 64], xmm4
        movups  [rsp + 80], xmm5
        movups  [rsp + 96], xmm6
        movups  [rsp + 112], xmm7
        mov     rsi, [rdi]
        mov     rdi, r11
        call    resolve_interface
        movups  xmm0, [rsp]
        movups  xmm1, [rsp + 16]
        movups  xmm2, [rsp + 32]
        movups  xmm3, [rsp + 48]
        movups  xmm4, [rsp + 64]
        movups  xmm5, [rsp + 80]
        movups  xmm6, [rsp + 96]
        movups  xmm7, [rsp + 112]
        add     rsp, 8 + 128
        pop     r9
        pop     r8
        pop     rcx
        pop     rdx
        pop     rsi
        pop     rdi
        jmp     rax
.end:

; RhTypeCast_AreTypesAssignable: only identical types (rdi, rsi)
global RhTypeCast_AreTypesAssignable
RhTypeCast_AreTypesAssignable:
        xor     eax, eax
        cmp     rdi, rsi
        sete    al
        ret

; RhpStackProbe: r11 = new rsp of a frame over a page; touch each page on the way so that the guard page is met
global RhpStackProbe
RhpStackProbe:
        push    rax
        lea     rax, [rsp - 4096]
.page:  cmp     rax, r11
        jb      .done
        test    [rax], al
        sub     rax, 4096
        jmp     .page
.done:  test    [r11], al
        pop     rax
        ret

section .data
        align   8
global RhpTrapThreads, __security_cookie
RhpTrapThreads:         dq 0
__security_cookie:      dq 0x2B7E151628AED200
arena_next:             dq 0
arena_limit:            dq 0
exception_type:         dq 0
