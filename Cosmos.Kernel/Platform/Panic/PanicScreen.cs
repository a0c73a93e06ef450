using System;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Interrupts;
using Multicosm.Platform.Serial;

namespace Multicosm.Platform.Panic;

/// <summary>The end of the host: an invariant is false. Prints what and where to the serial line, by polling, and stops.</summary>
public static unsafe class PanicScreen
{
    private const int MaximumDepth = 24;

    /// <summary>Panics with a reason and a value that explains it.</summary>
    public static void Halt(ReadOnlySpan<byte> reason, ulong value)
    {
        Begin(reason);
        EarlySerial.Write("value     "u8);
        EarlySerial.WriteHex(value);
        EarlySerial.Write("\r\n"u8);
        Backtrace(0, CpuInstructions.ReadFramePointer());
    }

    /// <summary>Panics after a C# throw outside containment.</summary>
    internal static void Throw(ulong rip, ulong rbp)
    {
        Begin("C# fault in the host (bounds, null, cast, overflow or allocation after sealing)"u8);
        Backtrace(rip, rbp);
    }

    /// <summary>Panics after a CPU exception outside containment.</summary>
    internal static void Trap(TrapFrame* frame)
    {
        Begin("CPU exception in the host"u8);
        WriteTwo("vector    "u8, frame->Vector, "error     "u8, frame->ErrorCode);
        WriteTwo("cr2       "u8, CpuInstructions.ReadCr2(), "cr3       "u8, CpuInstructions.ReadCr3());
        WriteTwo("rip       "u8, frame->Rip, "rflags    "u8, frame->Rflags);
        WriteTwo("rsp       "u8, frame->Rsp, "rbp       "u8, frame->Rbp);
        WriteTwo("rax       "u8, frame->Rax, "rbx       "u8, frame->Rbx);
        WriteTwo("rcx       "u8, frame->Rcx, "rdx       "u8, frame->Rdx);
        WriteTwo("rsi       "u8, frame->Rsi, "rdi       "u8, frame->Rdi);
        WriteTwo("r8        "u8, frame->R8, "r9        "u8, frame->R9);
        WriteTwo("r10       "u8, frame->R10, "r11       "u8, frame->R11);
        WriteTwo("r12       "u8, frame->R12, "r13       "u8, frame->R13);
        WriteTwo("r14       "u8, frame->R14, "r15       "u8, frame->R15);
        Backtrace(frame->Rip, frame->Rbp);
    }

    private static void Begin(ReadOnlySpan<byte> reason)
    {
        EarlySerial.Write("\r\nmulticosm: panic: "u8);
        EarlySerial.Write(reason);
        EarlySerial.Write("\r\n"u8);
    }

    private static void Backtrace(ulong rip, ulong rbp)
    {
        EarlySerial.Write("backtrace\r\n"u8);
        if (rip != 0)
        {
            WriteFrame(rip);
        }

        for (int depth = 0; depth < MaximumDepth && StackWalk.TryNext(ref rbp, out ulong address); depth++)
        {
            WriteFrame(address);
        }

        EarlySerial.Write("multicosm: stopped\r\n"u8);
        CpuInstructions.HaltForever();
    }

    private static void WriteFrame(ulong address)
    {
        ReadOnlySpan<byte> name = SymbolTable.Find(address, out ulong offset);
        EarlySerial.Write("  "u8);
        EarlySerial.WriteHex(address);
        EarlySerial.Write("  "u8);
        EarlySerial.Write(name);
        EarlySerial.Write(" + "u8);
        EarlySerial.WriteHex(offset);
        EarlySerial.Write("\r\n"u8);
    }

    private static void WriteTwo(ReadOnlySpan<byte> name, ulong value, ReadOnlySpan<byte> second, ulong secondValue)
    {
        EarlySerial.Write(name);
        EarlySerial.WriteHex(value);
        EarlySerial.Write("  "u8);
        EarlySerial.Write(second);
        EarlySerial.WriteHex(secondValue);
        EarlySerial.Write("\r\n"u8);
    }
}
