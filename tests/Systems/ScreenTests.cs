using System;
using System.Collections.Generic;
using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>What someone sees who stands before the PC without a serial cable.</summary>
public sealed class ScreenTests
{
    private const ulong TextMemory = 0xB8000;

    [Fact]
    public void ABiosPcShowsTheLogInTextMode()
    {
        using TestMachine machine = new("screen-text", new EmulatorOptions { Iso = Isos.Default, HasVtx = false });
        machine.Expect(TestMachine.Prompt, 120);
        Assert.Contains("screen: 80x25 characters at 0x000b8000", machine.Command("info"));
        Check(ReadText(machine));
    }

    [Fact]
    public void AUefiPcShowsTheLogInItsFrameBuffer()
    {
        using TestMachine machine = new("screen-pixels", new EmulatorOptions { Iso = Isos.Default, HasVtx = false, Uefi = true });
        machine.Expect(TestMachine.Prompt, 200);
        Assert.Matches(@"(?m)^screen: \d+x\d+ pixels of 32 bits at 0x[0-9a-f]{8}\r?$", machine.Command("info"));
        Check(ScreenReader.ReadPicture(machine.TakePicture()));
    }

    [Fact]
    public void APanicIsOnTheScreenToo()
    {
        using TestMachine machine = new("screen-panic", new EmulatorOptions { Iso = KernelTests.ComposeSelfTest("panic=halt"), HasVtx = false });
        machine.Expect("multicosm: stopped", 60);
        IReadOnlyList<string> lines = ReadText(machine);
        Assert.Contains("multicosm: panic: on purpose", lines);
        Assert.Contains("value     000000001234abcd", lines);
        Assert.Contains("multicosm: stopped", lines);
        Assert.Contains(lines, line => line.Contains("Multicosm.SelfTest.Panics.Third", StringComparison.Ordinal));
    }

    private static void Check(IReadOnlyList<string> lines)
    {
        Assert.Equal("the prompt is on the serial line: port 0x3f8, 115200 baud, 8N1", lines[0]);
        Assert.Contains(lines, line => line.Contains("] Multicosm 0.", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("VT-x: no VMX", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("domain debian (id 1): cannot start", StringComparison.Ordinal)); // painted beside the host's other work
    }

    private static IReadOnlyList<string> ReadText(TestMachine machine) => ScreenReader.ReadCells(machine.ReadMemory(TextMemory, 80 * 25 * 2), 80);
}
