using Multicosm.Domains.Inspection;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Prints what is known about a crash: a line, a short form for the log, and all of it.</summary>
public static class CrashReport
{
    private const int ExitsInShort = 3;

    /// <summary>One line: the domain, the reason, where, and the detail.</summary>
    public static void WriteSummary(TextOutput output, Domain domain, Containment containment)
    {
        VcpuSnapshot crash = domain.Crash;
        output.Write("domain "u8);
        output.Write(domain.Name);
        output.Write(" (id "u8);
        output.WriteNumber(crash.DomainId);
        output.Write(", vcpu "u8);
        output.WriteNumber((ulong)crash.VcpuIndex);
        output.Write(") crashed: "u8);
        output.Write(CrashText.NameOf(crash.Reason));
        output.Write(", guest rip 0x"u8);
        output.WriteHex(crash.State.Rip, 16);
        if (crash.Reason == CrashReason.DeviceFault)
        {
            output.Write(": "u8);
            CrashText.WriteFault(output, in crash.Fault, containment);
        }

        if (!crash.Detail.IsEmpty)
        {
            output.Write(": "u8);
            output.Write(crash.Detail.Text);
        }

        output.Write("\n"u8);
    }

    /// <summary>Where it was and how it came there, in a few lines.</summary>
    public static void WriteShort(TextOutput output, Domain domain, VcpuBackend backend)
    {
        VcpuSnapshot crash = domain.Crash;
        RegisterText.WritePosition(output, in crash.State);
        MemoryText.WriteCode(output, crash.Code, crash.CodeAddress, crash.Mode, most: 1);
        ExitText.Write(output, crash, backend, ExitsInShort);
        output.Write("  more: crash "u8);
        output.WriteLine(domain.Name);
    }

    /// <summary>Registers, exits, page walks, code, stack, console: the same for a domain that only stands still.</summary>
    public static void WriteSnapshot(TextOutput output, VcpuSnapshot snapshot, VcpuBackend backend)
    {
        RegisterText.WriteGeneral(output, in snapshot.State);
        RegisterText.WriteSystem(output, in snapshot.System);
        ExitText.Write(output, snapshot, backend, ExitHistory.Capacity);
        PageWalkText.Write(output, "rip"u8, in snapshot.CodeWalk, snapshot.State.Cr3);
        PageWalkText.Write(output, "rsp"u8, in snapshot.StackWalk, snapshot.State.Cr3);
        output.WriteLine(snapshot.Code.IsEmpty ? "  code at rip: not there"u8 : "  code at rip:"u8);
        MemoryText.WriteCode(output, snapshot.Code, snapshot.CodeAddress, snapshot.Mode);
        output.WriteLine(snapshot.Stack.IsEmpty ? "  stack at rsp: not there"u8 : "  stack at rsp:"u8);
        MemoryText.WriteStack(output, snapshot.Stack, snapshot.StackAddress, snapshot.Mode);
        output.WriteLine(snapshot.Console.IsEmpty ? "  console: nothing was printed"u8 : "  end of the console's text:"u8);
        ConsoleText.Write(output, snapshot.Console);
    }
}
