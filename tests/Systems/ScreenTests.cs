using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>What someone sees who stands before the PC without a serial cable.</summary>
public sealed class ScreenTests
{
    private const ulong TextMemory = 0xB8000;
    private const string Started = "domain debian (id 1): started"; // painted beside the host's other work

    [Fact]
    public void ABiosPcShowsTheLogInTextMode()
    {
        using TestMachine machine = new("screen-text", new EmulatorOptions { Iso = Isos.Default, HasVtx = false });
        machine.Expect(TestMachine.Prompt, 120);
        Assert.Contains("screen: 80x25 characters at 0x000b8000", machine.Command("info"));
        Check(WaitFor(() => ReadText(machine), Started));
    }

    [Fact]
    public void AUefiPcShowsTheLogInItsFrameBuffer()
    {
        using TestMachine machine = new("screen-pixels", new EmulatorOptions { Iso = Isos.Default, HasVtx = false, Uefi = true });
        machine.Expect(TestMachine.Prompt, 200);
        Assert.Matches(@"(?m)^screen: \d+x\d+ pixels of 32 bits at 0x[0-9a-f]{8}\r?$", machine.Command("info"));
        Check(WaitFor(() => ScreenReader.ReadPicture(machine.TakePicture()), Started));
    }

    [Fact]
    public void APanicIsOnTheScreenToo()
    {
        using TestMachine machine = new("screen-panic", new EmulatorOptions { Iso = KernelTests.ComposeSelfTest("panic=halt"), HasVtx = false });
        machine.Expect("multicosm: stopped", 60);
        IReadOnlyList<string> lines = WaitForLine(machine, "multicosm: stopped");
        Assert.Contains("multicosm: panic: on purpose", lines);
        Assert.Contains("value     000000001234abcd", lines);
        Assert.Contains(lines, line => line.Contains("Multicosm.SelfTest.Panics.Third", StringComparison.Ordinal));
    }

    [Fact]
    public void ARecordCanBeReadBeforeTheReset()
    {
        using TestMachine machine = new("screen-reset", new EmulatorOptions { Iso = KernelTests.ComposeSelfTest("panic=halt reboot=panic"), HasVtx = false });
        machine.Expect("multicosm: resetting this PC", 60);
        Assert.Contains("value     000000001234abcd", WaitForLine(machine, "multicosm: resetting this PC in about 5 s, as reboot=panic wants"));
    }

    [Fact]
    public void APcWithoutASerialLineSaysSo()
    {
        string iso = TestFiles.ComposeIso("screen-no-line", "");
        string[] card = ["-device", "pci-serial,chardev=line"]; // which no option names
        using TestMachine machine = new("screen-no-line", new EmulatorOptions { Iso = iso, HasVtx = false, SerialDevice = card });
        IReadOnlyList<string> lines = WaitForLine(machine, "found no UART at COM1: the prompt is out of reach; the option serial= names anot"); // 80 columns of it
        Assert.Equal("the prompt is on the serial line: port 0x3f8, 115200 baud, 8N1", lines[0]);
    }

    private static IReadOnlyList<string> WaitForLine(TestMachine machine, string line) => WaitFor(() => ReadText(machine), line);

    // What the screen shows may be gone with a reset; then it comes again.
    private static IReadOnlyList<string> WaitFor(Func<IReadOnlyList<string>> read, string text)
    {
        const int Looks = 600;
        for (int look = 0; look < Looks; look++)
        {
            IReadOnlyList<string> lines = read();
            if (lines.Any(line => line.Contains(text, StringComparison.Ordinal)))
            {
                return lines;
            }

            Thread.Sleep(100);
        }

        throw new ExpectationException($"the screen did not show: {text}");
    }

    private static void Check(IReadOnlyList<string> lines)
    {
        Assert.Equal("the prompt is on the serial line: port 0x3f8, 115200 baud, 8N1", lines[0]);
        Assert.Contains(lines, line => line.Contains("] Multicosm 0.", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("VT-x: no VMX", StringComparison.Ordinal));
    }

    private static IReadOnlyList<string> ReadText(TestMachine machine) => ScreenReader.ReadCells(machine.ReadMemory(TextMemory, 80 * 25 * 2), 80);
}
