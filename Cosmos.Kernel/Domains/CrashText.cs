using System;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Puts crashes in words.</summary>
public static class CrashText
{
    /// <summary>The reason in a few words.</summary>
    public static ReadOnlySpan<byte> NameOf(CrashReason reason) => reason switch
    {
        CrashReason.None => "no crash"u8,
        CrashReason.TripleFault => "triple fault"u8,
        CrashReason.UnhandledExit => "unknown exit"u8,
        CrashReason.EntryFailure => "VM entry failed"u8,
        CrashReason.DeviceFault => "fault in the hypervisor's own code, contained"u8,
        CrashReason.UnknownInstruction => "instruction that is not emulated"u8,
        CrashReason.HaltedForever => "halted for ever: interrupts are off and nothing can wake it"u8,
        CrashReason.ParavirtViolation => "its kernel broke a rule of the paravirtual ABI"u8,
        CrashReason.GuestPanic => "its kernel says that it has crashed"u8,
        CrashReason.WatchdogExpired => "its watchdog has expired: its kernel did not set it again in time"u8,
        CrashReason.OutOfMemory => "out of memory"u8,
        _ => "unknown reason"u8, // the backends use the members above
    };

    /// <summary>Writes what faulted where, as "page fault at Method+0x12 (rip 0x..., address 0x...)".</summary>
    public static void WriteFault(TextOutput output, in FaultRecord fault, Containment containment)
    {
        output.Write(NameOfVector(fault.Vector));
        ReadOnlySpan<byte> method = containment.MethodAt(fault.Rip, out ulong offset);
        if (!method.IsEmpty)
        {
            output.Write(" at "u8);
            output.Write(method);
            output.Write("+0x"u8);
            output.WriteHex(offset, 4);
        }

        output.Write(" (rip 0x"u8);
        output.WriteHex(fault.Rip, 16);
        if (fault.Vector == 14)
        {
            output.Write(", address 0x"u8);
            output.WriteHex(fault.FaultAddress, 16);
        }

        output.Write(")"u8);
    }

    /// <source>SDM 3A, "Exception and Interrupt Reference"</source>
    private static ReadOnlySpan<byte> NameOfVector(byte vector) => vector switch
    {
        0 => "divide error"u8,
        4 => "overflow"u8,
        6 => "invalid opcode"u8,
        8 => "double fault"u8,
        13 => "general protection fault"u8,
        14 => "page fault"u8,
        255 => "C# exception"u8,
        _ => "CPU fault"u8,
    };
}
