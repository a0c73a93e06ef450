using System.Globalization;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Guests;

/// <summary>Nothing of one domain reaches another: neither memory, nor registers, nor the time that it should have had. One boot.</summary>
public sealed class IsolationTests
{
    private const int ScrubTicksPerKiB = 136;

    [Fact]
    public void NeitherMemoryNorRegistersNorTimersReachAnotherDomain()
    {
        string iso = MicroGuest.ComposeIso("isolation", Repository.Kernel, ["residue", "inherit", "heartbeat", "pv-heartbeat", "storm"]);
        using TestMachine machine = new("isolation", new EmulatorOptions { Iso = iso }, 400);
        machine.Expect(TestMachine.Prompt, 120);
        AssertMitigations(machine);
        AssertMemory(machine);
        AssertRestart(machine);
        AssertRegisters(machine);
        AssertTimers(machine);
    }

    // This processor model names none of the features: each line must say so, and why where none is needed.
    private static void AssertMitigations(TestMachine machine)
    {
        string info = machine.Command("info");
        Assert.Contains("branch predictor barrier (IBPB): not there", info);
        Assert.Contains("L1 data cache flush: not there", info);
        Assert.Contains("buffer clearing (VERW): not there", info);
        Assert.Contains("sibling threads' predictor (STIBP): not needed, guests run on one logical processor", info);
    }

    // Each takes more than half of the free memory, so the second one gets frames of the first.
    private static void AssertMemory(TestMachine machine)
    {
        for (int life = 0; life < 2; life++)
        {
            machine.Command("create residue memory=256 extra=d@");
            machine.Send("console residue");
            string output = machine.Expect("residue: left", 120);
            machine.Press("ctrl-]");
            machine.Expect(TestMachine.Prompt);
            Assert.Contains("residue: none", output);
            Assert.DoesNotContain("FAILED", output);
            Match scrubbed = Regex.Match(machine.Command("info residue"), "(?m)^scrubbed: ([0-9]+) KiB in ([0-9]+) ticks");
            Assert.Equal(256 * 1024, Number(scrubbed, 1));
            Assert.InRange((double)Number(scrubbed, 2) / Number(scrubbed, 1), 1, ScrubTicksPerKiB);
            machine.Command("destroy residue");
        }
    }

    // A restarted domain is a new one: it finds nothing of its own earlier life either. The fifth quick life is the last.
    private static void AssertRestart(TestMachine machine)
    {
        machine.Command("create residue name=again memory=16 extra=r1 on_reboot=restart");
        machine.Expect("not restarted", 120);
        machine.Send("console again");
        string output = machine.Expect("[again ended: rebooted; not restarted", 60);
        machine.Expect(TestMachine.Prompt);
        Assert.Equal(5, Regex.Matches(output, "residue: none").Count);
        Assert.DoesNotContain("FAILED", output);
    }

    // Two at a time, with a third to switch to; then the same slots the other way round.
    private static void AssertRegisters(TestMachine machine)
    {
        machine.Command("create heartbeat");
        foreach ((string first, string second) in new[] { ("1", "2"), ("2", "1") })
        {
            machine.Command($"create inherit name=first extra={first}");
            machine.Command($"create inherit name=second extra={second}");
            AssertKept(machine, "first");
            AssertKept(machine, "second");
        }
    }

    private static void AssertKept(TestMachine machine, string name)
    {
        machine.Send("console " + name);
        string output = machine.Expect($"[{name} ended: powered off]", 60);
        machine.Expect(TestMachine.Prompt);
        Assert.DoesNotContain("FAILED", output);
        Assert.Contains("inherit: looked", output);
        Assert.Contains("inherit: kept", output);
    }

    private static void AssertTimers(TestMachine machine)
    {
        machine.Command("create pv-heartbeat");
        machine.Command("create storm");
        machine.Send("console storm");
        machine.Expect("storm: on", 60);
        machine.Press("ctrl-]");
        machine.Expect(TestMachine.Prompt);
        machine.Command("create residue name=work memory=64 extra=d4");
        machine.Send("console work");
        machine.Expect("residue: left", 120);
        machine.Press("ctrl-]");
        machine.Expect(TestMachine.Prompt);
        Assert.Matches("(?m)^quotas: memory [0-9]+ of [0-9]+ KiB, console 0 of 256 KiB, timers [1-9] of 64", machine.Command("info storm"));
        machine.Command("destroy storm");
        machine.Command("destroy work");
        Heartbeat.AssertSteady(machine, "heartbeat", 50);
        Heartbeat.AssertSteady(machine, "pv-heartbeat", 20);
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
}
