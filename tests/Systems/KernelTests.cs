using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Composing;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>The self-test kernel (tests/Kernels/SelfTest) on three PCs, and its panics.</summary>
public sealed partial class KernelTests
{
    private const int SerialLines = 1600;

    // One of each group: a group that is left out must not pass for a good one.
    private static readonly string[] s_expected =
    [
        "List and Queue", "Dictionary", "interface dispatch", "delegates", "static arrays", "static objects and values", "arrays of structures",
        "wide arithmetic", "numbers as text", "search in text", "memmove", "memset",
        "contained bounds", "contained null", "contained overflow", "contained divide", "contained cast", "contained throw", "contained allocation",
        "contained stack overflow", "contained stack overflow meets the guard page", "contained work without a fault",
        "contained fault restores RFLAGS", "contained fault restores MXCSR", "contained fault restores registers",
        "contained fault inside containment", "contained fault of the outer work",
        "10,000 faults are contained", "10,000 faults use no arena", "10,000 faults use no frames", "10,000 faults stay in the scratch arena",
        "text is not writable", "read-only data is not writable", "the last read-only byte is not writable",
        "text in the direct map is not writable", "read-only data in the direct map is not writable", "CR0.WP is set",
        "the stack is not executable", "the arena is not executable", "data is not executable", "text in the direct map is not executable",
        "the direct map is not executable", "text is executable",
        "page 0 is absent", "page 0 in the direct map is absent", "page 0 in the kernel window is absent", "the identity map is gone",
        "display memory in the direct map is absent", "a guard page above a stack", "a guard page below a stack", "the lowest byte of a stack",
        "page tables map something", "no page is writable and executable", "only text is executable",
        "no page shows text or read-only data writable", "no page is user mode's", "the lower half is empty",
        "the direct map shows all RAM", "the allocator knows the RAM", "free memory is less than all",
        "256 frames are allocated", "256 frames are distinct", "256 frames have their owner", "256 frames are free again",
        "2 MiB runs are allocated", "2 MiB runs are aligned", "2 MiB runs have their owner", "2 MiB are cleared", "2 MiB runs are free again",
        "all memory can be allocated", "a sweep frees all of it", "a page can be mapped", "a page mapped read-only is",
        "sleep does not end before its deadline", "sleep ends within 1 ms of its deadline", "sleep until the past ends at once",
        "a second of the TSC is one of the CMOS clock", "the time of day goes on", "the year is plausible",
        "EFER can be read", "an absent MSR is reported", "a wrong value for an MSR is reported", "XCR0 reports a wrong value",
        "a code address has its method's name", "a data address has none",
        "the serial line is empty after a flush", "100 KiB leave within a minute",
    ];

    private static string Kernel => Path.Combine(Repository.Out, "kernel-selftest", "multicosm.elf");

    [Fact]
    public void HaswellPassesItsSelfTest()
        => Check("selftest-haswell", new EmulatorOptions { Iso = ComposeSelfTest(""), Model = "corei7_haswell_4770" }, "XCR0 takes what it can", "XRSTOR reports a wrong area");

    [Fact]
    public void PenrynPassesItsSelfTest() => Check("selftest-penryn", new EmulatorOptions { Iso = ComposeSelfTest(""), Model = "core2_penryn_t9600" });

    [Fact]
    public void ThePcWithoutVtxPassesItsSelfTest()
    {
        DateTimeOffset time = Check("selftest-plain", new EmulatorOptions { Iso = ComposeSelfTest(""), HasVtx = false });
        Assert.InRange(time, new DateTimeOffset(2023, 11, 14, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2023, 11, 14, 0, 10, 0, TimeSpan.Zero)); // as the emulator was told
    }

    [Theory]
    [InlineData("halt", "on purpose", "value     000000001234abcd")]
    [InlineData("trap", "CPU exception in the host", "vector    000000000000000e  error     0000000000000002", "cr2       0000000000000018")]
    [InlineData("divide", "CPU exception in the host", "vector    0000000000000000")]
    [InlineData("throw", "C# fault in the host")]
    [InlineData("stack", "CPU exception in the host", "vector    000000000000000e", "Multicosm.SelfTest.Panics.Endless")]
    public void APanicSaysWhatAndWhere(string kind, string reason, params string[] details)
    {
        using TestMachine machine = new("panic-" + kind, new EmulatorOptions { Iso = ComposeSelfTest("panic=" + kind), HasVtx = false }, 120);
        machine.Expect("multicosm: panic: " + reason);
        string text = machine.Expect("multicosm: stopped");
        Assert.All(details, detail => Assert.Contains(detail, text));
        if (reason.StartsWith("CPU", StringComparison.Ordinal))
        {
            Assert.All(s_registers, register => Assert.Matches(register + " +[0-9a-f]{16}", text));
        }

        string backtrace = text[text.IndexOf("backtrace", StringComparison.Ordinal)..];
        string[] methods = [.. Frame().Matches(backtrace).Select(match => match.Groups[1].Value)];
        Assert.All(methods, method => Assert.NotEqual("", method));
        if (kind == "stack")
        {
            Assert.All(methods, method => Assert.Equal("Multicosm.SelfTest.Panics.Endless", method));
            return;
        }

        // Innermost first; what the runtime puts before it does not matter.
        string[] own = [.. methods.SkipWhile(method => method != "Multicosm.SelfTest.Panics.Third")];
        Assert.Equal(
            ["Multicosm.SelfTest.Panics.Third", "Multicosm.SelfTest.Panics.Second", "Multicosm.SelfTest.Panics.First", "Multicosm.SelfTest.KernelMain.Run"],
            own.Take(4));
        Assert.DoesNotContain("selftest", machine.Text);
        Assert.Equal(EmulatorEnd.Running, machine.End); // it stands still: what it said can be read
    }

    private static readonly string[] s_registers =
        ["rip", "rsp", "rbp", "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rflags", "cr2", "cr3"];

    private static DateTimeOffset Check(string name, EmulatorOptions options, params string[] more)
    {
        using TestMachine machine = new(name, options, 400);
        string text = machine.Expect("selftest: ", 380);
        string count = machine.Expect(" failed", 10);
        Assert.Equal(EmulatorEnd.PoweredOff, machine.WaitForEnd(60));
        Assert.DoesNotContain("FAILED", text);
        Dictionary<string, int> passed = Result().Matches(text).CountBy(match => match.Groups[1].Value).ToDictionary();
        string[] missing = [.. s_expected.Concat(more).Where(check => !passed.ContainsKey(check))];
        Assert.Empty(missing.Except(options.HasVtx ? [] : ["an absent MSR is reported", "a wrong value for an MSR is reported"])); // QEMU has them all
        Assert.Empty(passed.Keys.Except(s_expected).Except(["XCR0 takes what it can", "XRSTOR reports a wrong area"]));
        Assert.Equal($"{passed.Values.Sum()} passed, 0", count);
        CheckSerialLines(text);
        string seconds = Regex.Match(text, @"(?m)^selftest unix-seconds (\d+)\r?$").Groups[1].Value;
        return DateTimeOffset.FromUnixTimeSeconds(long.Parse(seconds, CultureInfo.InvariantCulture));
    }

    // Each of them, in order, whole.
    private static void CheckSerialLines(string text)
    {
        int start = text.IndexOf("line 0000 ", StringComparison.Ordinal);
        Assert.True(start >= 0, "no serial lines");
        for (int number = 0; number < SerialLines; number++)
        {
            string line = $"line {number:D4} ".PadRight(62, (char)('a' + (number % 26))) + "\r\n";
            Assert.Equal(line, text.Substring(start + (number * line.Length), line.Length));
        }
    }

    /// <summary>An ISO of the self-test kernel.</summary>
    internal static string ComposeSelfTest(string options)
    {
        string output = Path.Combine(TestFiles.Folder, options.Length == 0 ? "selftest.iso" : options.Replace('=', '-').Replace(' ', '-') + ".iso");
        _ = IsoComposer.Compose(new ComposeRequest { DomainFiles = [], Output = output, Kernel = Kernel, Options = options }); // no warnings without domains
        return output;
    }

    [GeneratedRegex(@"(?m)^selftest (?!value)(.*): ok\r?$")]
    private static partial Regex Result();

    [GeneratedRegex(@"(?m)^  [0-9a-f]{16}  (.*) \+ [0-9a-f]{16}\r?$")]
    private static partial Regex Frame();
}
