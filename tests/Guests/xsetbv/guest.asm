; xsetbv: CR4.OSXSAVE, XCR0 and what may be written there.                              SDM 1, "Managing State Using the XSAVE Feature Set"
%define Guest "xsetbv"
%include "traps.inc"
%macro refused 3                                ; "NAME", ECX, EAX
        mov     ecx, %2
        mov     eax, %3
        xor     edx, edx
        try     xsetbv
        check   %1, [vector], 13
%endmacro
%macro osxsave 0
        mov     eax, 1
        cpuid
        shr     ecx, 27
        and     ecx, 1
%endmacro
main:   call    setup_traps
        osxsave
        check   "OSXSAVE is clear", ecx, 0
        xor     ecx, ecx
        try     xgetbv
        check   "XGETBV without it", [vector], 6
        try     xsetbv
        check   "XSETBV without it", [vector], 6
        mov     eax, 0x40200
        mov     cr4, eax
        osxsave
        check   "OSXSAVE is set", ecx, 1
        xor     ecx, ecx
        xgetbv
        check   "XCR0 after start", eax, 1
        refused "XCR0 without x87", 0, 6
        refused "AVX without SSE", 0, 5
        refused "a component that is not there", 0, 0x40000007
        refused "another register", 1, 3
        xor     ecx, ecx
        mov     eax, 3
        mov     edx, 1
        try     xsetbv
        check   "a high component that is not there", [vector], 13
        xor     ecx, ecx
        xgetbv
        check   "XCR0 has not changed", eax, 1
        xor     edx, edx
        mov     eax, 7
        try     xsetbv
        check   "x87, SSE and AVX", [vector], -1
        xgetbv
        check   "read back", eax, 7
        mov     eax, 0xD
        xor     ecx, ecx
        cpuid
        check   "CPUID: bytes of what is enabled", ebx, 832
        vpcmpeqb xmm0, xmm0, xmm0
        vmovd   eax, xmm0
        check   "AVX works", eax, -1
        xor     ecx, ecx
        xor     edx, edx
        mov     eax, 3
        xsetbv
        mov     eax, 0xD
        cpuid
        check   "CPUID: bytes without AVX", ebx, 576
        try     vpcmpeqb xmm0, xmm0, xmm0
        check   "AVX is off", [vector], 6
        try3    xsetbv
        check   "XSETBV in ring 3", [vector], 13
        xor     ecx, ecx
        try3    xgetbv
        check   "XGETBV in ring 3", [vector], Return
        finish
        align   16, db 0
payload_end:
