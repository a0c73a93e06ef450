using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Guests;

/// <summary>A multiboot kernel with modules, the devices for test programs, and how such a program ends.</summary>
public sealed class MultibootTests
{
    private const int Checks = 14;

    [Fact]
    public void AMultibootKernelIsToldWhatTheSpecificationSays()
    {
        string iso = MicroGuest.ComposeIso("multiboot", Repository.Kernel, ["multiboot", "hello"]);
        using TestMachine machine = new("multiboot", new EmulatorOptions { Iso = iso });
        machine.Expect(TestMachine.Prompt, 120);
        machine.Send("create multiboot on_poweroff=preserve");
        machine.Expect("): ended: debug exit 0 (exit code 1)", 60);
        machine.Expect(TestMachine.Prompt);
        string output = machine.Command("log multiboot");
        Assert.DoesNotContain("BAD", output);
        Assert.Equal(Checks, output.Split("ok ").Length - 1);
        Assert.Contains("command line: multiboot.bin one two", output);
        Assert.Contains("module: multiboot.bin first=1", output);
        Assert.Contains("module: multiboot.bin second", output);
        Assert.Contains("debug exit 0 (exit code 1)", machine.Command("list -l multiboot"));
        machine.Command("destroy multiboot");

        // Without the devices nobody answers: it finds no memory, ends at nothing and stays.
        machine.Send("create multiboot testdev=0");
        machine.Expect(TestMachine.Prompt);
        Assert.DoesNotContain("debug exit", machine.Command("list -l multiboot"));
        Assert.Contains("testdev", machine.Command("create multiboot name=odd testdev=3"));
    }
}
