using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Guests;

/// <summary>What the operator can see of a guest that crashed, in each paging mode, while its memory is there and afterwards. One boot.</summary>
public sealed class InspectionTests
{
    private const string Bits64 = "4";
    private const string StackWords = "(?m)^    0x00000000001f0000: 57acc0de57acc001 ";
    private const string NarrowStackWords = "(?m)^    0x00000000001f0000: 57acc001 57acc002 ";

    [Fact]
    public void ACrashedGuestCanBeLookedAt()
    {
        string iso = MicroGuest.ComposeIso("inspection", Repository.Kernel, ["paging", "hog"]);
        using TestMachine machine = new("inspection", new EmulatorOptions { Iso = iso });
        machine.Expect(TestMachine.Prompt, 120);

        string report = Crash(machine, Bits64, "4-level");
        AssertWalk(report, "rip", "4-level paging, cr3 0x0000000000300000", 4, 2048);
        Assert.Matches("(?m)^    level 2 at 0x0000000000302000: 0x00000000000000[0-9a-f]{2} writable supervisor accessed .*large", report);
        Assert.Matches(StackWords, report);
        AssertMemory(machine);
        AssertGone(machine);

        report = Crash(machine, "p", "PAE");
        AssertWalk(report, "rsp", "PAE paging, cr3 0x0000000000300000", 3, 2048);
        Assert.Contains("level 3 in the processor", report);
        Assert.Matches(NarrowStackWords, report);
        Assert.Contains("not present at level 3", Examine(machine, "40000000"));
        machine.Command("destroy paging");

        report = Crash(machine, "2", "32-bit");
        AssertWalk(report, "rip", "32-bit paging, cr3 0x0000000000300000", 2, 4);
        Assert.Matches(NarrowStackWords, report);
        Assert.Contains("not present at level 2", Examine(machine, "400000"));
        machine.Command("destroy paging");

        report = Crash(machine, "n", "none");
        Assert.Matches("(?m)^  page walk of rip 0x000000000010[0-9a-f]{4}: no paging", report);
        machine.Command("destroy paging");

        machine.Command("create hog");
        Assert.Contains("examine: domain \"hog\" is running; pause it first", machine.Command("examine hog 0"));
        Assert.Contains("dump: domain \"hog\" is running; pause it first", machine.Command("dump hog"));
        Assert.Contains("crash: domain \"hog\" has not crashed", machine.Command("crash hog"));
        machine.Command("pause hog");
        report = machine.Command("dump hog");
        Assert.Matches("(?m)^  rip 000000000010[0-9a-f]{4}  rfl ", report);
        Assert.Matches("(?m)^    preemption timer |^    external interrupt ", report);
        Assert.Equal(Untimed(report), Untimed(machine.Command("dump hog")));
        machine.Command("unpause hog");
        Assert.Contains("pause it first", machine.Command("dump hog"));
    }

    private static string Crash(TestMachine machine, string mode, string name)
    {
        machine.Send($"create paging extra={mode} on_crash=preserve");
        machine.Expect("): ended: crashed: triple fault", 60);
        machine.Expect(TestMachine.Prompt);
        string report = machine.Command("crash paging");
        Assert.Matches("(?m)^  rip [0-9a-f]{16}  rfl [0-9a-f]{16}  rsp 00000000001f0000", report);
        Assert.Matches("(?m)^  rax 00000000aaaa0001  rbx [0-9a-f]{16}  rcx 00000000cccc0002", report);
        Assert.Matches("(?m)^    0x000000000010[0-9a-f]{4}: 0f 0b +ud2", report);
        Assert.Contains("last exits, newest first", report);
        Assert.Matches("(?m)^    triple fault ", report);
        Assert.Matches("(?m)^    I/O instruction .* port 0x03f8, 1 byte written, value 0x0a", report); // the line feed
        Assert.Contains("    paging: " + name, report);
        return report;
    }

    private static void AssertWalk(string report, string register, string mode, int levels, int pageKiB)
    {
        string walk = Regex.Match(report, $"(?s)page walk of {register} .*?KiB").Value;
        Assert.Contains(": " + mode, walk);
        Assert.Equal(levels - (pageKiB == 2048 ? 1 : 0), Regex.Matches(walk, "(?m)^    level [0-9]").Count);
        Assert.EndsWith($"a page of {pageKiB} KiB", walk);
    }

    // The same bytes by either address; what is not there is said.
    private static void AssertMemory(TestMachine machine)
    {
        Assert.Matches("(?m)^00000000001f0000: 01 c0 ac 57 de c0 ac 57 +\\.\\.\\.W\\.\\.\\.W", Examine(machine, "1f0000 8"));
        Assert.Matches("(?m)^00000000001f0000: 01 c0 ac 57 de c0 ac 57 ", Examine(machine, "p:0x1F0000 8"));
        Assert.Equal(3, Regex.Matches(Examine(machine, "1f0008 40"), "(?m)^[0-9a-f]{16}: ").Count);
        Assert.Contains("mapped, but not to RAM", Examine(machine, "fee00000"));
        Assert.Contains("not present at level 3", Examine(machine, "100000000"));
        Assert.Contains("not canonical", Examine(machine, "8000000000000000"));
        Assert.Contains("00000000a0000000: no RAM", Examine(machine, "p:a0000000"));
        Assert.Contains("examine: the address is hexadecimal", Examine(machine, "x"));
        Assert.Contains("examine: the number of bytes is 1 to 65536", Examine(machine, "0 0"));
        Assert.Matches("(?m)^  dr0 [0-9a-f]{16}  dr1 ", machine.Command("dump paging"));
    }

    // Its memory is free again, and the report is still there; then the slot is another domain's.
    private static void AssertGone(TestMachine machine)
    {
        machine.Command("destroy paging");
        Assert.Contains("there is no domain", machine.Command("crash paging"));
        machine.Send("create paging extra=n");
        machine.Expect("): ended: crashed: triple fault", 60);
        machine.Expect(TestMachine.Prompt);
        Assert.Contains("no paging", machine.Command("crash paging"));
        Assert.Contains("is ended, and its memory is gone; \"crash\" shows what was kept", Examine(machine, "0"));
        machine.Command("destroy paging");
    }

    private static string Untimed(string report) => Regex.Replace(report, "at TSC [0-9]+", "");

    private static string Examine(TestMachine machine, string arguments) => machine.Command("examine paging " + arguments);
}
