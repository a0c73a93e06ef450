using System;
using Multicosm.Platform.Acpi;
using Multicosm.Platform.Cpu;
using Multicosm.Platform.Interrupts;
using Multicosm.Platform.Screen;
using Multicosm.Platform.Serial;

namespace Multicosm.Platform.Panic;

/// <summary>The end of the host: an invariant is false. Prints what and where to the serial line, by polling, and to the screen; then stops or resets the PC.</summary>
public static unsafe class PanicScreen
{
    private const int MaximumDepth = 24;
    private const int SecondsToRead = 5; // the record below names them

    private static bool s_hasBegun;

    /// <summary>True if the PC is reset after the record, so that one that nobody stands before comes back.</summary>
    internal static bool ResetsAfterwards { get; set; }

    /// <summary>How this PC is reset; null until its tables are read.</summary>
    internal static HostPower? Power { get; set; }

    /// <summary>Panics with a reason and a value that explains it.</summary>
    public static void Halt(ReadOnlySpan<byte> reason, ulong value)
    {
        Begin(reason);
        Write("value     "u8);
        WriteHex(value);
        Write("\r\n"u8);
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
        if (s_hasBegun)
        {
            HostScreen.Move(null); // a panic in a panic: perhaps because of the screen
        }

        s_hasBegun = true;
        HostScreen.IsDeferred = true; // the whole record is on the serial line before the screen is touched
        Write("\r\nmulticosm: panic: "u8);
        Write(reason);
        Write("\r\n"u8);
    }

    private static void Backtrace(ulong rip, ulong rbp)
    {
        Write("backtrace\r\n"u8);
        if (rip != 0)
        {
            WriteFrame(rip);
        }

        for (int depth = 0; depth < MaximumDepth && StackWalk.TryNext(ref rbp, out ulong address); depth++)
        {
            WriteFrame(address);
        }

        End();
    }

    private static void End()
    {
        Write(ResetsAfterwards ? "multicosm: resetting this PC in about 5 s, as reboot=panic wants\r\n"u8 : "multicosm: stopped\r\n"u8);
        HostScreen.PaintAll();
        EarlySerial.Drain();
        if (ResetsAfterwards)
        {
            Reset();
        }

        CpuInstructions.HaltForever();
    }

    private static void Reset()
    {
        for (int second = 0; second < SecondsToRead; second++)
        {
            HostPower.WaitSecond(); // the record on the screen ends with the reset
        }

        HostPower? power = Power;
        Power = null; // if its way of resetting panics too, the ports alone are left
        power?.Reboot();
        HostPower.ResetByPorts();
    }

    private static void WriteFrame(ulong address)
    {
        ReadOnlySpan<byte> name = SymbolTable.Find(address, out ulong offset);
        Write("  "u8);
        WriteHex(address);
        Write("  "u8);
        Write(name);
        Write(" + "u8);
        WriteHex(offset);
        Write("\r\n"u8);
    }

    private static void WriteTwo(ReadOnlySpan<byte> name, ulong value, ReadOnlySpan<byte> second, ulong secondValue)
    {
        Write(name);
        WriteHex(value);
        Write("  "u8);
        Write(second);
        WriteHex(secondValue);
        Write("\r\n"u8);
    }

    // The serial line first: of a screen nobody knows whether its memory can still be reached.
    private static void Write(ReadOnlySpan<byte> text)
    {
        EarlySerial.Write(text);
        HostScreen.Write(text);
    }

    private static void WriteHex(ulong value)
    {
        Span<byte> digits = stackalloc byte[16];
        for (int i = 15; i >= 0; i--)
        {
            digits[i] = "0123456789abcdef"u8[(int)(value & 15)];
            value >>= 4;
        }

        Write(digits);
    }
}
