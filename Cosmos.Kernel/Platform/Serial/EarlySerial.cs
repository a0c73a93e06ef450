using System;
using Multicosm.Machine;
using Multicosm.Platform.Cpu;

namespace Multicosm.Platform.Serial;

/// <summary>The operator's UART by polling: for a panic, and for what boot says before interrupts work. Needs no memory.</summary>
/// <source>PC16550D datasheet, "Registers"</source>
public static class EarlySerial
{
    private const byte TransmitEmpty = 0x20;
    private const byte AllSent = 0x40;

    private static BoundedWait s_wait; // an absent UART must not hang the PC

    /// <summary>I/O port of the UART's first register.</summary>
    public static ushort Port { get; private set; } = SerialSetting.Com1;

    /// <summary>Bits a second.</summary>
    public static uint Baud { get; private set; } = SerialSetting.Default.Baud;

    /// <summary>True if a UART answers there.</summary>
    public static bool IsAnswering { get; private set; }

    /// <summary>
    /// Starts the UART that <paramref name="setting"/> means: 8 data bits, no parity, FIFOs on. False if none is where it should be: then it
    /// is COM1, which is used even if it does not answer. <paramref name="tried"/> is the port looked at, 0 if it means a PCI card that is
    /// not there or has no I/O ports.
    /// </summary>
    public static bool Start(in SerialSetting setting, out ushort tried)
    {
        tried = setting.IsPci ? PciSerialCard.FindPort(in setting) : setting.Port;
        IsAnswering = tried != 0 && UartProbe.Answers(tried);
        if (!IsAnswering && tried != SerialSetting.Com1)
        {
            _ = Start(SerialSetting.Default, out _); // COM1 always stands
            return false;
        }

        Open(tried, in setting);
        return true;
    }

    /// <summary>Writes which UART it is and its rate, as "port 0x3f8, 115200 baud".</summary>
    public static void WriteName(TextOutput output)
    {
        WritePort(output, Port);
        output.Write(", "u8);
        output.WriteNumber(Baud);
        output.Write(" baud"u8);
    }

    /// <summary>Writes which port it is, as "port 0x3f8".</summary>
    public static void WritePort(TextOutput output, ushort port)
    {
        output.Write("port 0x"u8);
        output.WriteHex(port, port > 0xFFF ? 4 : 3);
    }

    /// <summary>Writes text as it is.</summary>
    public static void Write(ReadOnlySpan<byte> text)
    {
        foreach (byte character in text)
        {
            WaitFor(TransmitEmpty);
            Out(0, character);
        }
    }

    /// <summary>Waits until the last byte has left.</summary>
    public static void Drain() => WaitFor(AllSent);

    private static void Open(ushort port, in SerialSetting setting)
    {
        Port = port;
        Baud = setting.Baud;
        Out(1, 0);
        Out(3, 0x80);
        Out(0, (byte)setting.Divisor);
        Out(1, (byte)(setting.Divisor >> 8));
        Out(3, 3);
        Out(2, 7);
        Out(4, 0xB); // DTR, RTS, OUT2 = interrupts reach the PIC
    }

    private static void WaitFor(byte condition)
    {
        while ((LineStatus & condition) == 0)
        {
            if (!s_wait.TryAgain())
            {
                return;
            }

            CpuInstructions.Pause();
        }

        s_wait.Answered();
    }

    private static byte LineStatus => CpuInstructions.In8((ushort)(Port + 5));

    private static void Out(int register, byte value) => CpuInstructions.Out8((ushort)(Port + register), value);
}
