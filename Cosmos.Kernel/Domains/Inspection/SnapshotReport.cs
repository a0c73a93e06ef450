using Multicosm.Machine;

namespace Multicosm.Domains.Inspection;

/// <summary>Prints all of a snapshot, in parts: one takes no longer than the serial line can wait.</summary>
public static class SnapshotReport
{
    private const int ExitsPerPart = 4;
    private const int ExitParts = ExitHistory.Capacity / ExitsPerPart;

    /// <summary>Writes part <paramref name="part"/>, from 0; false if there is none any more.</summary>
    public static bool TryWritePart(TextOutput output, VcpuSnapshot snapshot, VcpuBackend backend, int part)
    {
        const int FirstExits = 2;
        const int AfterExits = FirstExits + ExitParts;
        switch (part)
        {
            case 0:
                output.Write("  at TSC "u8);
                output.WriteNumber(snapshot.TakenTicks);
                output.WriteLine(":"u8);
                RegisterText.WriteGeneral(output, in snapshot.State);
                return true;
            case 1:
                RegisterText.WriteSystem(output, in snapshot.System);
                return true;
            case < AfterExits:
                ExitText.Write(output, snapshot, backend, (part - FirstExits) * ExitsPerPart, ExitsPerPart);
                return true;
            case AfterExits:
                PageWalkText.Write(output, "rip"u8, in snapshot.CodeWalk, snapshot.State.Cr3);
                PageWalkText.Write(output, "rsp"u8, in snapshot.StackWalk, snapshot.State.Cr3);
                return true;
            case AfterExits + 1:
                WriteMemory(output, snapshot);
                return true;
            case AfterExits + 2:
                output.WriteLine(snapshot.Console.IsEmpty ? "  console: nothing was printed"u8 : "  end of the console's text:"u8);
                ConsoleText.Write(output, snapshot.Console);
                return true;
            default:
                return false;
        }
    }

    private static void WriteMemory(TextOutput output, VcpuSnapshot snapshot)
    {
        output.WriteLine(snapshot.Code.IsEmpty ? "  code at rip: not there"u8 : "  code at rip:"u8);
        MemoryText.WriteCode(output, snapshot.Code, snapshot.CodeAddress, snapshot.Mode);
        output.WriteLine(snapshot.Stack.IsEmpty ? "  stack at rsp: not there"u8 : "  stack at rsp:"u8);
        MemoryText.WriteStack(output, snapshot.Stack, snapshot.StackAddress, snapshot.Mode);
    }
}
