using System.Globalization;
using System.IO;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Composing;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>The kernel runs wherever the boot loader puts it: a copy of it that asks for the highest address runs there.</summary>
public sealed class RelocationTests
{
    private const ulong MiB = 1UL << 20;

    [Fact]
    public void AMovedKernelRunsTheDefaultGuest()
    {
        using TestMachine machine = new("moved-bochs", new EmulatorOptions { Iso = Compose("moved", TestFiles.DebianDomain), MemoryMiB = 256 });
        machine.Expect(TestMachine.Prompt, 120);
        Assert.InRange(LoadAddress(machine), 200 * MiB, 256 * MiB);
        machine.Send("console debian");
        machine.Expect(TestMachine.GuestMarker, 180);
    }

    [Fact]
    public void AMovedKernelRunsUnderUefi()
    {
        using TestMachine machine = new("moved-uefi", new EmulatorOptions { Iso = Compose("moved-empty"), HasVtx = false, Uefi = true });
        machine.Expect(TestMachine.Prompt, 200);
        Assert.InRange(LoadAddress(machine), 256 * MiB, 512 * MiB);
    }

    [Fact]
    public void AKernelThatNeedNotMoveStaysWhereItIsLinked()
    {
        using TestMachine machine = new("not-moved", new EmulatorOptions { Iso = TestFiles.ComposeIso("not-moved", ""), HasVtx = false });
        machine.Expect(TestMachine.Prompt, 120);
        Assert.Equal(2 * MiB, LoadAddress(machine));
    }

    [Fact]
    public void AMovedKernelPassesItsSelfTest()
    {
        string kernel = Path.Combine(TestFiles.Folder, "moved-selftest.elf");
        string iso = Path.Combine(TestFiles.Folder, "moved-selftest.iso");
        KernelHeader.WriteHighVariant(Path.Combine(Repository.Out, "kernel-selftest", "multicosm.elf"), kernel);
        _ = IsoComposer.Compose(new ComposeRequest { DomainFiles = [], Output = iso, Kernel = kernel }); // no warnings without domains
        using TestMachine machine = new("moved-selftest", new EmulatorOptions { Iso = iso, HasVtx = false }, 400);
        string text = machine.Expect("selftest: ", 380);
        Assert.DoesNotContain("FAILED", text);
        Assert.EndsWith("passed, 0", machine.Expect(" failed", 10));
    }

    private static ulong LoadAddress(TestMachine machine)
    {
        string address = Regex.Match(machine.Command("info"), @"(?m)^kernel: loaded at 0x([0-9a-f]+)\r?$").Groups[1].Value;
        return ulong.Parse(address, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    private static string Compose(string name, params string[] domains)
    {
        string kernel = Path.Combine(TestFiles.Folder, name + ".elf");
        string iso = Path.Combine(TestFiles.Folder, name + ".iso");
        KernelHeader.WriteHighVariant(Path.Combine(Repository.Out, "kernel", "multicosm.elf"), kernel);
        _ = IsoComposer.Compose(new ComposeRequest { DomainFiles = domains, Output = iso, Kernel = kernel }); // warnings are not what is tested
        return iso;
    }
}
