using System;
using Multicosm.Platform.Boot;

namespace Multicosm.SelfTest;

/// <summary>100 KiB over the serial line, which the other side compares: line n is "line n" and the same letter up to 62 columns.</summary>
internal static class SerialChecks
{
    private const int Lines = 1600;
    private const int Columns = 62;

    /// <summary>Sends them, some in the middle of other work.</summary>
    public static void Run(HostMachine machine, Report report)
    {
        Span<byte> line = stackalloc byte[Columns + 2];
        ulong start = machine.Clock.Now;
        for (int number = 0; number < Lines; number++)
        {
            line[..Columns].Fill((byte)('a' + (number % 26)));
            "line 0000 "u8.CopyTo(line);
            for (int digit = 8, rest = number; digit > 4; digit--, rest /= 10)
            {
                line[digit] = (byte)('0' + (rest % 10));
            }

            line[Columns] = (byte)'\r';
            line[Columns + 1] = (byte)'\n';
            machine.Line.Write(line);
        }

        machine.Line.Flush();
        report.Check("the serial line is empty after a flush"u8, machine.Line.OutputRoom == 64 * 1024, "bytes are left"u8);
        report.Check("100 KiB leave within a minute"u8, (machine.Clock.Now - start) / machine.Clock.TicksPerSecond < 60, "it took longer"u8);
    }
}
