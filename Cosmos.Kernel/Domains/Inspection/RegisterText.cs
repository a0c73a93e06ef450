using System;
using Multicosm.Machine;

namespace Multicosm.Domains.Inspection;

/// <summary>Prints a vCPU's registers.</summary>
public static class RegisterText
{
    /// <summary>RIP, RFLAGS and RSP, a line.</summary>
    public static void WritePosition(TextOutput output, in VcpuState state) => Line(output, "rip"u8, state.Rip, "rfl"u8, state.Rflags, "rsp"u8, state.Rsp);

    /// <summary>General, control and segment registers.</summary>
    public static void WriteGeneral(TextOutput output, in VcpuState state)
    {
        WritePosition(output, in state);
        Line(output, "rax"u8, state.Rax, "rbx"u8, state.Rbx, "rcx"u8, state.Rcx);
        Line(output, "rdx"u8, state.Rdx, "rsi"u8, state.Rsi, "rdi"u8, state.Rdi);
        Line(output, "rbp"u8, state.Rbp, "r8 "u8, state.R8, "r9 "u8, state.R9);
        Line(output, "r10"u8, state.R10, "r11"u8, state.R11, "r12"u8, state.R12);
        Line(output, "r13"u8, state.R13, "r14"u8, state.R14, "r15"u8, state.R15);
        Line(output, "cr0"u8, state.Cr0, "cr2"u8, state.Cr2, "cr3"u8, state.Cr3);
        Line(output, "cr4"u8, state.Cr4, "efe"u8, state.Efer, "gdt"u8, state.GdtrBase);
        Segment(output, "cs"u8, in state.Cs);
        Segment(output, "ss"u8, in state.Ss);
        Segment(output, "ds"u8, in state.Ds);
        Segment(output, "es"u8, in state.Es);
        Segment(output, "fs"u8, in state.Fs);
        Segment(output, "gs"u8, in state.Gs);
        Segment(output, "tr"u8, in state.Tr);
        Segment(output, "ld"u8, in state.Ldtr);
        Line(output, "idt"u8, state.IdtrBase, "idl"u8, state.IdtrLimit, "gdl"u8, state.GdtrLimit);
    }

    /// <summary>Debug registers, XCR0 and model-specific registers.</summary>
    public static void WriteSystem(TextOutput output, in VcpuSystemState system)
    {
        Line(output, "dr0"u8, system.Dr0, "dr1"u8, system.Dr1, "dr2"u8, system.Dr2);
        Line(output, "dr3"u8, system.Dr3, "dr6"u8, system.Dr6, "dr7"u8, system.Dr7);
        Line(output, "pat"u8, system.Pat, "xc0"u8, system.Xcr0, "aux"u8, system.TscAux);
        Model(output, "IA32_KERNEL_GS_BASE "u8, system.KernelGsBase);
        Model(output, "IA32_STAR           "u8, system.Star);
        Model(output, "IA32_LSTAR          "u8, system.Lstar);
        Model(output, "IA32_CSTAR          "u8, system.Cstar);
        Model(output, "IA32_FMASK          "u8, system.SyscallMask);
        Model(output, "IA32_SYSENTER_CS    "u8, system.SysenterCs);
        Model(output, "IA32_SYSENTER_ESP   "u8, system.SysenterEsp);
        Model(output, "IA32_SYSENTER_EIP   "u8, system.SysenterEip);
    }

    private static void Line(TextOutput output, ReadOnlySpan<byte> a, ulong x, ReadOnlySpan<byte> b, ulong y, ReadOnlySpan<byte> c, ulong z)
    {
        output.Write("  "u8);
        output.Write(a);
        Pair(output, " "u8, x, 16);
        output.Write("  "u8);
        output.Write(b);
        Pair(output, " "u8, y, 16);
        output.Write("  "u8);
        output.Write(c);
        Pair(output, " "u8, z, 16);
        output.Write("\n"u8);
    }

    private static void Segment(TextOutput output, ReadOnlySpan<byte> name, in SegmentState segment)
    {
        output.Write("  "u8);
        output.Write(name);
        Pair(output, "  "u8, segment.Selector, 4);
        Pair(output, " base "u8, segment.Base, 16);
        Pair(output, " limit "u8, segment.Limit, 8);
        Pair(output, " rights "u8, segment.AccessRights, 5);
        output.Write("\n"u8);
    }

    private static void Model(TextOutput output, ReadOnlySpan<byte> name, ulong value)
    {
        output.Write("  "u8);
        Pair(output, name, value, 16);
        output.Write("\n"u8);
    }

    private static void Pair(TextOutput output, ReadOnlySpan<byte> label, ulong value, int digits)
    {
        output.Write(label);
        output.WriteHex(value, digits);
    }
}
