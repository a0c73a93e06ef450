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
    private const string Device = "Multicosm.Domains.Board.FaultDevice.";
    private const string Backend = "Multicosm.Vmx.Exits.FaultCalls.";

    private static readonly (string Request, string Fault)[] s_faults =
    [
        ("1p", "C# exception at " + Device + "Write"), // bounds
        ("2p", "page fault at " + Device + "Write"), // null
        ("3p", "C# exception at " + Device + "Write"), // overflow
        ("4p", "divide error at " + Device + "Write"),
        ("5p", "C# exception at " + Device + "Write"), // cast
        ("6p", "page fault at " + Device + "Deeper"), // stack overflow
        ("7p", "C# exception at " + Device + "Write"), // allocation after sealing
        ("1c", "C# exception at " + Backend + "Cause"),
        ("2c", "page fault at " + Backend + "Cause"),
        ("3c", "C# exception at " + Backend + "Cause"),
        ("4c", "divide error at " + Backend + "Cause"),
        ("5c", "C# exception at " + Backend + "Cause"),
        ("6c", "page fault at " + Backend + "Deeper"),
        ("7c", "C# exception at " + Backend + "Allocate"),
    ];

    private static readonly string s_kernel = Path.Combine(Repository.Out, "kernel-fault", "multicosm.elf");

    private static bool IsLong => Environment.GetEnvironmentVariable("MULTICOSM_TEST_LONG") is not null;

    [Fact]
    public void FaultsOfOurOwnEndOneDomainEachAndNobodyElseNotices()
    {
        int faults = IsLong ? 10_000 : 500;
        string iso = MicroGuest.ComposeIso("containment", s_kernel, ["heartbeat", "contained-fault", "entry-failure"]);
        using TestMachine machine = new("containment", new EmulatorOptions { Iso = iso }, IsLong ? 3600 : 600);
        machine.Expect(TestMachine.Prompt, 120);

        AssertEntryFailure(machine, "g", "VM entry refused: guest RFLAGS = 0x0: reserved bits are fixed");
        AssertEntryFailure(machine, "c", "VM-instruction error = 0x7: invalid control fields; pin-based controls = 0x0: ");

        machine.Command("create heartbeat name=left");
        machine.Command("create heartbeat name=right");
        AssertReport(machine);
        string before = Resources(machine);
        for (int fault = 0; fault < faults; fault++)
        {
            Fault(machine, s_faults[fault % s_faults.Length]);
        }

        Assert.Equal(before, Resources(machine));
        Heartbeat.AssertSteady(machine, "left", 1000);
        Heartbeat.AssertSteady(machine, "right", 1000);
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

    // One fault in a device and one in the backend, with all that is kept of them.
    private static void AssertReport(TestMachine machine)
    {
        Fault(machine, s_faults[0]);
        string report = machine.Command("crash contained-fault");
        Assert.Contains("crashed: fault in the hypervisor's own code, contained, guest rip 0x000000000010", report);
        Assert.Contains("at " + Device + "Write+0x", report);
        Assert.Matches("(?m)^  rax [0-9a-f]{16}  rbx 0000000000000001  rcx ", report);
        Assert.Matches("(?m)^    I/O instruction .* port 0xfa17, 1 byte written, value 0x01\r?$", report);
        Assert.Contains("page walk of rip", report);
        Assert.Matches("(?m)^    0x000000000010[0-9a-f]{4}: ee +out dx, al", report);
        Assert.Contains("console: nothing was printed", report);
        Fault(machine, s_faults[7]);
        report = machine.Command("crash contained-fault");
        Assert.Matches("(?m)^    VMCALL .* RAX 0x000000004641554c", report);
        Assert.Matches("(?m)^    0x000000000010[0-9a-f]{4}: 0f 01 c1 +vmcall", report);
    }

    private static void Fault(TestMachine machine, (string Request, string Fault) fault)
    {
        machine.Send($"create contained-fault extra={fault.Request} memory=8");
        string report = machine.Expect("): ended: crashed: fault in the hypervisor's own code, contained", 60);
        Assert.Contains(fault.Fault, report);
        Assert.Matches("(?m)^  rip [0-9a-f]{16}  rfl ", report);
        machine.Expect(TestMachine.Prompt);
    }

    // Frames, arena and slots.
    private static string Resources(TestMachine machine) =>
        Regex.Match(machine.Command("info"), "(?ms)^memory: .*?^arena: [^\r\n]*").Value + Regex.Matches(machine.Command("list"), "(?m)^[a-z-]+ +[0-9]").Count;
}
