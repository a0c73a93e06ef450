using System;
using System.IO;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Guests;

/// <summary>The fault build: C# faults on the exit path end one domain, and events whose delivery an exit interrupts are delivered again.</summary>
public sealed class ContainmentTests
{
    private static readonly (int Number, string Fault)[] s_faults =
    [
        (1, "C# exception at Multicosm.Domains.Board.FaultDevice.Write"), // bounds
        (2, "page fault at Multicosm.Domains.Board.FaultDevice.Write"), // null
        (3, "C# exception at Multicosm.Domains.Board.FaultDevice.Write"), // overflow
        (4, "divide error at Multicosm.Domains.Board.FaultDevice.Write"),
        (5, "C# exception at Multicosm.Domains.Board.FaultDevice.Write"), // cast
        (6, "page fault at Multicosm.Domains.Board.FaultDevice.Deeper"), // stack overflow
        (7, "C# exception at Multicosm.Domains.Board.FaultDevice.Write"), // allocation after sealing
    ];

    private static readonly string s_kernel = Path.Combine(Repository.Out, "kernel-fault", "multicosm.elf");

    private static int Rounds => Environment.GetEnvironmentVariable("MULTICOSM_TEST_LONG") is null ? 2 : 20;

    [Fact]
    public void AFaultOfOurOwnEndsOneDomainOnly()
    {
        string iso = MicroGuest.ComposeIso("containment", s_kernel, ["hog", "contained-fault", "entry-failure"]);
        using TestMachine machine = new("containment", new EmulatorOptions { Iso = iso }, 900);
        machine.Expect(TestMachine.Prompt, 120);

        AssertEntryFailure(machine, "g", "VM entry refused: guest RFLAGS = 0x0: reserved bits are fixed");
        AssertEntryFailure(machine, "c", "VM-instruction error = 0x7: invalid control fields; pin-based controls = 0x0: ");

        machine.Command("create hog");
        FaultAll(machine); // the first use of a slot allocates it
        string freeBefore = FreeMemory(machine);
        for (int round = 1; round < Rounds; round++)
        {
            FaultAll(machine);
        }

        Assert.Equal(freeBefore, FreeMemory(machine));
        Assert.Matches("(?m)^hog .* running", machine.Command("list"));
    }

    // Without APIC virtualization: Bochs 2.7 gives no IDT-vectoring information when an exit interrupts a virtual interrupt's delivery.
    [Fact]
    public void EventsWhoseDeliveryAnExitInterruptsComeOnce()
    {
        string iso = MicroGuest.ComposeIso("requeue", s_kernel, ["requeue"], "apicv=off");
        using TestMachine machine = new("requeue", new EmulatorOptions { Iso = iso });
        machine.Expect(TestMachine.Prompt, 120);
        machine.Command("create requeue");
        machine.Send("console requeue");
        string requeue = machine.Expect("[requeue ended: powered off]");
        Assert.DoesNotContain("FAILED", requeue);
        Assert.Equal(6, Regex.Matches(requeue, "(?m)^requeue: ").Count);
    }

    private static void AssertEntryFailure(TestMachine machine, string request, string detail)
    {
        machine.Send($"create entry-failure extra={request}");
        Assert.Contains(detail, machine.Expect("): ended: crashed: ", 60));
        machine.Expect(TestMachine.Prompt);
    }

    private static void FaultAll(TestMachine machine)
    {
        foreach ((int number, string fault) in s_faults)
        {
            machine.Send($"create contained-fault extra={number}");
            string report = machine.Expect("): ended: crashed: fault in the hypervisor's own code, contained", 60);
            Assert.Contains(fault, report);
            Assert.DoesNotContain("FAILED", report);
            machine.Expect(TestMachine.Prompt);
        }
    }

    private static string FreeMemory(TestMachine machine) => Regex.Match(machine.Command("info"), "(?m)^memory: .*").Value;
}
