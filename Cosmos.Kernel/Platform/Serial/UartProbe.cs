using Multicosm.Platform.Cpu;

namespace Multicosm.Platform.Serial;

/// <summary>Finds out whether a UART answers at a port, before its status is believed.</summary>
/// <source>PC16550D datasheet, "Registers"</source>
internal static class UartProbe
{
    private const int DivisorLow = 0;
    private const int LineControl = 3;
    private const int Scratch = 7;
    private const byte DivisorLatch = 0x80;

    /// <summary>True if a register that does nothing keeps what is written: the scratch register, or the divisor's where a chip has none.</summary>
    public static bool Answers(ushort port)
    {
        if (Keeps(port, Scratch))
        {
            return true;
        }

        CpuInstructions.Out8((ushort)(port + LineControl), DivisorLatch);
        return Keeps(port, DivisorLow); // who starts the UART sets both registers
    }

    // Two values that differ in each bit: neither a port that reads as a constant nor one with bits of its own keeps both.
    private static bool Keeps(ushort port, int register) => Keeps(port, register, 0x5A) && Keeps(port, register, 0xA5);

    private static bool Keeps(ushort port, int register, byte value)
    {
        ushort at = (ushort)(port + register);
        CpuInstructions.Out8(at, value);
        return CpuInstructions.In8(at) == value;
    }
}
