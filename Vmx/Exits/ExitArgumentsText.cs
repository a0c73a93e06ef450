using Multicosm.Machine;

namespace Multicosm.Vmx.Exits;

/// <summary>Puts the arguments of remembered exits in words.</summary>
/// <source>SDM 3C, "Exit Qualification for I/O Instructions", "Exit Qualification for EPT Violations" and "Exit Qualification for Control-Register Accesses"</source>
internal static class ExitArgumentsText
{
    /// <summary>Writes them; nothing for an exit that has none.</summary>
    public static void Write(TextOutput output, in ExitHistoryEntry entry, bool isAnswered)
    {
        ulong qualification = entry.Qualification;
        switch ((ExitReason)(ushort)entry.Reason)
        {
            case ExitReason.IoInstruction:
                WritePort(output, in entry, isAnswered);
                break;
            case ExitReason.EptViolation:
                WriteMemory(output, in entry, (qualification & 4) != 0, (qualification & 2) != 0, isAnswered);
                break;
            case ExitReason.ApicAccess:
                WriteMemory(output, in entry, (qualification >> 12 & 15) == 2, (qualification >> 12 & 15) == 1, isAnswered);
                break;
            case ExitReason.Rdmsr:
                Number(output, "MSR 0x"u8, (uint)entry.Arguments.Address, 8);
                Value(output, " read"u8, entry.Arguments.Value, 16, isAnswered);
                break;
            case ExitReason.Wrmsr:
                Number(output, "MSR 0x"u8, (uint)entry.Arguments.Address, 8);
                Value(output, " written"u8, entry.Arguments.Value, 16, true);
                break;
            case ExitReason.Cpuid:
                Number(output, "leaf 0x"u8, (uint)entry.Arguments.Value, 8);
                Number(output, ", subleaf 0x"u8, (uint)entry.Arguments.Address, 8);
                break;
            case ExitReason.Vmcall:
                Number(output, "RAX 0x"u8, entry.Arguments.Value, 16);
                break;
            case ExitReason.ControlRegisterAccess:
                WriteControlRegister(output, qualification);
                break;
            default:
                break;
        }
    }

    private static void WritePort(TextOutput output, in ExitHistoryEntry entry, bool isAnswered)
    {
        uint sizeBytes = (uint)(entry.Qualification & 7) + 1;
        bool isIn = (entry.Qualification & 8) != 0;
        bool isString = (entry.Qualification & 16) != 0;
        Number(output, "port 0x"u8, (ushort)(entry.Qualification >> 16), 4);
        output.Write(", "u8);
        output.WriteNumber(sizeBytes);
        output.Write(sizeBytes == 1 ? " byte"u8 : " bytes"u8);
        output.Write(isString ? " of a string"u8 : ""u8);
        ulong mask = (1UL << (int)(sizeBytes * 8)) - 1;
        Value(output, isIn ? " read"u8 : " written"u8, entry.Arguments.Value & mask, (int)sizeBytes * 2, isAnswered || (!isIn && !isString));
    }

    private static void WriteMemory(TextOutput output, in ExitHistoryEntry entry, bool isFetch, bool isWrite, bool isAnswered)
    {
        Number(output, "memory 0x"u8, entry.Arguments.Address, 10);
        if (isFetch)
        {
            output.Write(" executed"u8);
            return;
        }

        Value(output, isWrite ? " written"u8 : " read"u8, entry.Arguments.Value, 16, isAnswered);
    }

    private static void WriteControlRegister(TextOutput output, ulong qualification)
    {
        output.Write((qualification >> 4 & 3) switch
        {
            0 => "MOV to CR"u8,
            1 => "MOV from CR"u8,
            2 => "CLTS: CR"u8,
            _ => "LMSW: CR"u8,
        });
        output.WriteNumber(qualification & 15);
    }

    private static void Value(TextOutput output, System.ReadOnlySpan<byte> what, ulong value, int digits, bool isKnown)
    {
        output.Write(what);
        if (isKnown)
        {
            Number(output, ", value 0x"u8, value, digits);
        }
    }

    private static void Number(TextOutput output, System.ReadOnlySpan<byte> label, ulong value, int digits)
    {
        output.Write(label);
        output.WriteHex(value, digits);
    }
}
