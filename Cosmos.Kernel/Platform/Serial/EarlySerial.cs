using System;
using Multicosm.Platform.Cpu;

namespace Multicosm.Platform.Serial;

/// <summary>COM1 by polling: for a panic, and for what boot says before interrupts work. Needs no memory.</summary>
public static class EarlySerial
{
    private const ushort Port = 0x3F8;
    private const ushort LineStatus = Port + 5;
    private const int MaximumSpins = 10_000_000; // an absent UART must not hang the PC

    /// <summary>115,200 baud, 8 data bits, no parity, FIFOs on.</summary>
    public static void Initialise()
    {
        CpuInstructions.Out8(Port + 1, 0);
        CpuInstructions.Out8(Port + 3, 0x80);
        CpuInstructions.Out8(Port, 1);
        CpuInstructions.Out8(Port + 1, 0);
        CpuInstructions.Out8(Port + 3, 3);
        CpuInstructions.Out8(Port + 2, 7);
        CpuInstructions.Out8(Port + 4, 0xB); // DTR, RTS, OUT2 = interrupts reach the PIC
    }

    /// <summary>Writes text as it is.</summary>
    public static void Write(ReadOnlySpan<byte> text)
    {
        foreach (byte character in text)
        {
            int spins = 0;
            while ((CpuInstructions.In8(LineStatus) & 0x20) == 0 && ++spins < MaximumSpins)
            {
                CpuInstructions.Pause();
            }

            CpuInstructions.Out8(Port, character);
        }
    }

    /// <summary>Writes 16 hexadecimal digits.</summary>
    public static void WriteHex(ulong value)
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
