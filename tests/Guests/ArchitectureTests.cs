using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Guests;

/// <summary>Guests that test the architecture from inside, and guests that end badly, in one boot of the ordinary kernel.</summary>
public sealed class ArchitectureTests
{
    private static readonly string[] s_guests = ["state", "interrupts", "local-apic", "moves", "mmio-instructions", "triple-fault", "far-code", "hog"];

    [Fact]
    public void GuestsGetWhatTheManualSaysAndEndAlone()
    {
        string iso = MicroGuest.ComposeIso("architecture", Repository.Kernel, s_guests, "apicv=on");
        using TestMachine machine = new("architecture", new EmulatorOptions { Iso = iso });
        machine.Expect(TestMachine.Prompt, 120);
        Assert.Contains("APICv: in use", machine.Command("info"));

        // A guest that keeps its interrupts off runs beside all the others.
        machine.Command("create hog");
        machine.Command("create state name=beside"); // other register contents, in between
        Assert.Contains("state: general, x87 and YMM registers kept", RunToEnd(machine, "state"));
        Assert.Contains("state: general, x87 and YMM registers kept", Console(machine, "beside"));

        AssertInterrupts(machine);
        Assert.Contains("moves: every form did what the manual says", RunToEnd(machine, "moves"));

        string instructions = RunToEnd(machine, "mmio-instructions");
        Assert.DoesNotContain("FAILED", instructions);
        Assert.Contains("mmio-instructions: 2340 tests, 0 failures", instructions);

        AssertCrash(machine, "triple-fault", "the guest faulted while a double fault was delivered");
        AssertCrash(machine, "far-code", "an event was delivered through memory that is not RAM, at 0xd00000fc");
        Assert.Contains("far-code: code where there is nothing: ok", machine.Command("log far-code"));

        string list = machine.Command("list");
        Assert.Matches("(?m)^hog .* running", list);
        Assert.Matches("(?m)^state .* ended .*powered off", list);
        Assert.Matches("(?m)^triple-fault .* ended .*crashed: triple fault", list);
        machine.Command("destroy hog");
        Assert.DoesNotMatch("(?m)^hog ", machine.Command("list"));
    }

    [Fact]
    public void InterruptsAreTheSameWithoutApicVirtualization()
    {
        string iso = MicroGuest.ComposeIso("no-apicv", Repository.Kernel, ["interrupts", "local-apic", "io-apic", "msrs", "cpuid-leaves"], "apicv=off");
        using TestMachine machine = new("no-apicv", new EmulatorOptions { Iso = iso });
        machine.Expect(TestMachine.Prompt, 120);
        Assert.Contains("APICv: switched off", machine.Command("info"));
        AssertInterrupts(machine);
        AssertChecks(machine, "io-apic", 22);
        AssertChecks(machine, "msrs", 76);
        AssertChecks(machine, "cpuid-leaves", 20);
    }

    private static void AssertChecks(TestMachine machine, string guest, int checks)
    {
        string output = RunToEnd(machine, guest);
        Assert.DoesNotContain(": got", output);
        Assert.Equal(checks, Regex.Matches(output, "(?m): ok\r?$").Count);
    }

    private static void AssertInterrupts(TestMachine machine)
    {
        foreach ((string guest, int checks) in new[] { ("interrupts", 10), ("local-apic", 31) })
        {
            string output = RunToEnd(machine, guest);
            Assert.DoesNotContain("FAILED", output);
            Assert.Equal(checks, Regex.Matches(output, $"(?m)^{guest}: ").Count);
        }
    }

    private static string RunToEnd(TestMachine machine, string guest)
    {
        machine.Command("create " + guest);
        return Console(machine, guest);
    }

    private static string Console(TestMachine machine, string guest)
    {
        machine.Send("console " + guest);
        string output = machine.Expect($"[{guest} ended: powered off]", 60);
        machine.Expect(TestMachine.Prompt);
        Assert.Contains("MICROGUEST-DONE", output);
        return output;
    }

    private static void AssertCrash(TestMachine machine, string guest, string detail)
    {
        machine.Send("create " + guest);
        string report = machine.Expect("): ended: crashed", 60);
        Assert.Matches("crashed: .*guest rip 0x[0-9a-f]{16}: .*" + detail, report);
        Assert.Matches("(?m)^  rip [0-9a-f]{16}  rfl ", report);
        Assert.Contains("last exits, newest first", report);
        machine.Expect(TestMachine.Prompt);
    }
}
