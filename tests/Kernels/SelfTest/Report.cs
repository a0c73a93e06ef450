using System;
using Multicosm.Machine;

namespace Multicosm.SelfTest;

/// <summary>What the checks say: a line each on the serial line, and the count of both kinds.</summary>
internal sealed class Report(HostLine line) : TextOutput
{
    private ulong _passed;
    private ulong _failed;

    /// <summary>Notes the result of check <paramref name="name"/>; <paramref name="what"/> says what is wrong if it failed.</summary>
    public void Check(ReadOnlySpan<byte> name, bool passed, ReadOnlySpan<byte> what)
    {
        Write("selftest "u8);
        Write(name);
        Write(passed ? ": ok"u8 : ": FAILED "u8);
        Write(passed ? default : what);
        Write("\r\n"u8);
        _passed += passed ? 1u : 0;
        _failed += passed ? 0 : 1u;
    }

    /// <summary>The same, with a number that shows what was wrong.</summary>
    public void Check(ReadOnlySpan<byte> name, bool passed, ReadOnlySpan<byte> what, ulong value)
    {
        if (!passed)
        {
            Write("selftest value 0x"u8);
            WriteHex(value, 16);
            Write("\r\n"u8);
        }

        Check(name, passed, what);
    }

    /// <summary>Says that this PC does not let check <paramref name="name"/> be made.</summary>
    public void Skip(ReadOnlySpan<byte> name, ReadOnlySpan<byte> why)
    {
        Write("selftest "u8);
        Write(name);
        Write(": skipped "u8);
        Write(why);
        Write("\r\n"u8);
    }

    /// <summary>The last line.</summary>
    public void Finish()
    {
        Write("selftest: "u8);
        WriteNumber(_passed);
        Write(" passed, "u8);
        WriteNumber(_failed);
        Write(" failed\r\n"u8);
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> text) => line.Write(text);
}
