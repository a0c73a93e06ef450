using Multicosm.Domains.Inspection;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Prints what is known about a crash: a line, and a short form for the log. All of it: <see cref="SnapshotReport"/>.</summary>
public static class CrashReport
{
    private const int ExitsInShort = 1;

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
        ExitText.Write(output, crash, backend, 0, ExitsInShort);
        output.Write("  more: crash "u8);
        output.WriteLine(domain.Name);
    }
}
