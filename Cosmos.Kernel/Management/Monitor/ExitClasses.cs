using System;

namespace Multicosm.Management.Monitor;

/// <summary>Which class an exit belongs to, by the name that its backend gives it.</summary>
public static class ExitClasses
{
    /// <summary>Members of <see cref="ExitClass"/>.</summary>
    public const int Count = 7;

    /// <summary>The class of the exit called <paramref name="name"/>.</summary>
    /// <source>SDM 3D, Appendix C "VMX Basic Exit Reasons"</source>
    public static ExitClass Of(ReadOnlySpan<byte> name)
    {
        if (Is(name, "CPUID"u8))
        {
            return ExitClass.Cpuid;
        }

        if (Is(name, "RDMSR"u8, "WRMSR"u8))
        {
            return ExitClass.Msr;
        }

        if (Is(name, "I/O instruction"u8))
        {
            return ExitClass.Io;
        }

        if (Is(name, "EPT violation"u8, "EPT misconfiguration"u8) || Is(name, "APIC access"u8, "APIC write"u8))
        {
            return ExitClass.Mmio;
        }

        if (Is(name, "HLT"u8, "MWAIT"u8))
        {
            return ExitClass.Halt;
        }

        bool isInterrupt = Is(name, "external interrupt"u8, "preemption timer"u8) || Is(name, "interrupt window"u8, "NMI window"u8)
            || Is(name, "virtualized EOI"u8, "TPR below threshold"u8);
        return isInterrupt ? ExitClass.Interrupt : ExitClass.Other;
    }

    /// <summary>A class's name, at most six letters.</summary>
    public static ReadOnlySpan<byte> NameOf(ExitClass value) => value switch
    {
        ExitClass.Cpuid => "CPUID"u8,
        ExitClass.Msr => "MSR"u8,
        ExitClass.Io => "IO"u8,
        ExitClass.Mmio => "MMIO"u8,
        ExitClass.Halt => "HALT"u8,
        ExitClass.Interrupt => "INTR"u8,
        ExitClass.Other => "OTHER"u8,
        _ => "?"u8, // a class is one of the members above
    };

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> one) => name.SequenceEqual(one);

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) => name.SequenceEqual(one) || name.SequenceEqual(other);
}
