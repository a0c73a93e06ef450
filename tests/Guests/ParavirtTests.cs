using System.Collections.Generic;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Guests;

/// <summary>Paravirtual micro guests, beside others under VT-x: each judges for itself, line by line, and says how many checks it made.</summary>
public sealed class ParavirtTests
{
    [Fact]
    public void GuestsFindWhatTheInterfacePromises()
    {
        string iso = MicroGuest.ComposeIso("paravirt", Repository.Kernel, ["pv-hello"]);
        using TestMachine machine = new("paravirt", new EmulatorOptions { Iso = iso });
        machine.Expect(TestMachine.Prompt, 120);
        AssertChecks(machine, "pv-hello", 9);
    }

    // All checks were made and all were met.
    private static void AssertChecks(TestMachine machine, string guest, int checks)
    {
        machine.Command("create " + guest);
        machine.Send("console " + guest);
        string output = machine.Expect($"[{guest} ended: ", 60);
        Assert.Equal("powered off", machine.Expect("]"));
        machine.Expect(TestMachine.Prompt);
        Assert.DoesNotContain("BAD", output);
        Assert.Contains($"checks: {checks:x} bad: 0", output);
    }
}
