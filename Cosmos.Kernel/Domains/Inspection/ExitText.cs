using System;
using Multicosm.Machine;

namespace Multicosm.Domains.Inspection;

/// <summary>Prints the last exits of a snapshot.</summary>
public static class ExitText
{
    private const int NameColumns = 24;

    /// <summary>
    /// <paramref name="count"/> of them from <paramref name="first"/> on (0 is the newest), a line each, below a title if it is the first.
    /// Of a vCPU that a fault of ours stopped the newest exit had no answer.
    /// </summary>
    public static void Write(TextOutput output, VcpuSnapshot snapshot, VcpuBackend backend, int first, int count)
    {
        if (first == 0)
        {
            output.Write("  last exits, newest first ("u8);
            output.WriteNumber(snapshot.ExitTotal);
            output.Write(" in all):\n"u8);
        }

        for (int age = first; age < Math.Min(snapshot.ExitCount, first + count); age++)
        {
            ref readonly ExitHistoryEntry entry = ref snapshot.Exit(age);
            output.Write("    "u8);
            output.WritePadded(backend.ExitName(entry.Reason), NameColumns);
            output.Write(" reason 0x"u8);
            output.WriteHex(entry.Reason, 8);
            output.Write(" qualification 0x"u8);
            output.WriteHex(entry.Qualification, 16);
            output.Write(" rip 0x"u8);
            output.WriteHex(entry.Rip, 16);
            output.Write(" "u8);
            backend.WriteExitArguments(output, in entry, age != 0 || snapshot.Reason != CrashReason.DeviceFault);
            output.Write("\n"u8);
        }
    }
}
