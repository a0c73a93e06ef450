; vmx_instructions: VMX instructions for C#.                       SDM 3C, "VMX Instruction Reference"
;   System V; caller-saved registers are clobbered. Results: eax = 0 success, 1 VMfailInvalid, 2 VMfailValid.

bits 64
default rel
%include "offsets.inc"

GuestPhysicalAddressField equ 0x2400
IdtVectoringField       equ 0x4408
CsAccessRightsField     equ 0x4816
EntryControlsField      equ 0x4012
Cr3Field                equ 0x6802
Dr7Field                equ 0x681A

section .text

%macro function 1
global %1:function (%1.end - %1)
%1:
%endmacro

%macro status 0                                 ; CF = VMfailInvalid, ZF = VMfailValid
        setc    al
        setz    cl
        movzx   eax, al
        movzx   ecx, cl
        lea     eax, [rax + rcx * 2]
%endmacro

function vmx_on                                 ; rdi = address of the physical address of the VMXON region
        vmxon   [rdi]
        status
        ret
.end:
function vmx_clear                              ; rdi = address of a VMCS's physical address
        vmclear [rdi]
        status
        ret
.end:
function vmx_load                               ; rdi = address of a VMCS's physical address
        vmptrld [rdi]
        status
        ret
.end:
function vmx_read                               ; edi = field; rax = value (0 for a field that is not there)
        mov     edi, edi
        xor     eax, eax
        vmread  rax, rdi
        ret
.end:
function vmx_read_access                        ; rdi = GuestRegisters*: fills AccessAddress to Dr7
        mov     eax, GuestPhysicalAddressField
        vmread  [rdi + GuestRegisters.AccessAddress], rax
        mov     eax, IdtVectoringField
        vmread  [rdi + GuestRegisters.IdtVectoring], rax
        mov     eax, CsAccessRightsField
        vmread  [rdi + GuestRegisters.CsAccessRights], rax
        mov     eax, EntryControlsField
        vmread  [rdi + GuestRegisters.EntryControls], rax
        mov     eax, Cr3Field
        vmread  [rdi + GuestRegisters.Cr3], rax
        mov     eax, Dr7Field
        vmread  [rdi + GuestRegisters.Dr7], rax
        ret
.end:
function vmx_write                              ; edi = field, rsi = value
        mov     edi, edi
        vmwrite rdi, rsi
        ret
.end:
function vmx_invalidate_ept                     ; rdi = type, rsi = 16-byte descriptor
        invept  rdi, [rsi]
        status
        ret
.end:
function vmx_invalidate_vpid                    ; rdi = type, rsi = 16-byte descriptor
        invvpid rdi, [rsi]
        status
        ret
.end:
