using System;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Prints what is known about a crash: the sentence, the registers, the last exits.</summary>
public static class CrashReport
{
    private const int ExitsPrinted = 16;

    /// <summary>One line: the domain, the reason, where, and the detail.</summary>
    public static void WriteSummary(TextOutput output, Domain domain, Containment containment)
    {
        CrashRecord record = domain.Vcpu.Backend.Crash;
        output.Write("domain "u8);
        output.Write(domain.Name);
        output.Write(" (id "u8);
        output.WriteNumber(domain.Id);
        output.Write(", vcpu "u8);
        output.WriteNumber((ulong)domain.Vcpu.Index);
        output.Write(") crashed: "u8);
        output.Write(CrashText.NameOf(record.Reason));
        output.Write(", guest rip 0x"u8);
        output.WriteHex(record.State.Rip, 16);
        if (record.Reason == CrashReason.DeviceFault)
        {
            output.Write(": "u8);
            CrashText.WriteFault(output, in record.Fault, containment);
        }

        if (!record.Detail.IsEmpty)
        {
            output.Write(": "u8);
            output.Write(record.Detail);
        }

        output.Write("\n"u8);
    }

    /// <summary>Registers and last exits.</summary>
    public static void WriteDetails(TextOutput output, Domain domain, VcpuBackend backend)
    {
        WriteRegisters(output, in domain.Vcpu.Backend.Crash.State);
        ExitHistory history = domain.Vcpu.Backend.History;
        int count = Math.Min(history.Count, ExitsPrinted);
        output.Write("  last exits, newest first ("u8);
        output.WriteNumber(history.Total);
        output.Write(" in all):\n"u8);
        for (int age = 0; age < count; age++)
        {
            ref readonly ExitHistoryEntry entry = ref history.Newest(age);
            output.Write("    "u8);
            output.WritePadded(backend.ExitName(entry.Reason), 24);
            Pair(output, " reason 0x"u8, entry.Reason, 8);
            Pair(output, " qualification 0x"u8, entry.Qualification, 16);
            Pair(output, " rip 0x"u8, entry.Rip, 16);
            output.Write("\n"u8);
        }
    }

    private static void WriteRegisters(TextOutput output, in VcpuState state)
    {
        Line(output, "rip"u8, state.Rip, "rfl"u8, state.Rflags, "rsp"u8, state.Rsp);
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
        Line(output, "idt"u8, state.IdtrBase, "idl"u8, state.IdtrLimit, "gdl"u8, state.GdtrLimit);
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

    private static void Pair(TextOutput output, ReadOnlySpan<byte> label, ulong value, int digits)
    {
        output.Write(label);
        output.WriteHex(value, digits);
    }
}
