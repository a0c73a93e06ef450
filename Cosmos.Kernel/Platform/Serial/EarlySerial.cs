using System;
using Multicosm.Machine;
using Multicosm.Platform.Cpu;

namespace Multicosm.Platform.Serial;

/// <summary>The operator's UART by polling: for a panic, and for what boot says before interrupts work. Needs no memory.</summary>
/// <source>PC16550D datasheet, "Registers"</source>
public static class EarlySerial
{
    private const int MaximumSpins = 10_000_000; // an absent UART must not hang the PC

    /// <summary>I/O port of the UART's first register.</summary>
    public static ushort Port { get; private set; } = SerialSetting.Com1;

    /// <summary>Bits a second.</summary>
    public static uint Baud { get; private set; } = SerialSetting.Default.Baud;

    /// <summary>
    /// Starts the UART that <paramref name="setting"/> means: 8 data bits, no parity, FIFOs on. False if it means a PCI card that is not
    /// there or has no I/O ports: then it is COM1.
    /// </summary>
    public static bool Start(in SerialSetting setting)
    {
        ushort port = setting.IsPci ? PciSerialCard.FindPort(in setting) : setting.Port;
        if (port == 0)
        {
            _ = Start(SerialSetting.Default); // an ISA port is always found
            return false;
        }

        Port = port;
        Baud = setting.Baud;
        Out(1, 0);
        Out(3, 0x80);
        Out(0, (byte)setting.Divisor);
        Out(1, (byte)(setting.Divisor >> 8));
        Out(3, 3);
        Out(2, 7);
        Out(4, 0xB); // DTR, RTS, OUT2 = interrupts reach the PIC
        return true;
    }

    /// <summary>Writes which UART it is and its rate, as "port 0x3f8, 115200 baud".</summary>
    public static void WriteName(TextOutput output)
    {
        output.Write("port 0x"u8);
        output.WriteHex(Port, Port > 0xFFF ? 4 : 3);
        output.Write(", "u8);
        output.WriteNumber(Baud);
        output.Write(" baud"u8);
    }

    /// <summary>Writes text as it is.</summary>
    public static void Write(ReadOnlySpan<byte> text)
    {
        foreach (byte character in text)
        {
            int spins = 0;
            while ((LineStatus & 0x20) == 0 && ++spins < MaximumSpins)
            {
                CpuInstructions.Pause();
            }

            Out(0, character);
        }
    }

    /// <summary>Waits until the last byte has left.</summary>
    public static void Drain()
    {
        for (int spins = 0; (LineStatus & 0x40) == 0 && spins < MaximumSpins; spins++)
        {
            CpuInstructions.Pause();
        }
    }

    private static byte LineStatus => CpuInstructions.In8((ushort)(Port + 5));

    private static void Out(int register, byte value) => CpuInstructions.Out8((ushort)(Port + register), value);
}
