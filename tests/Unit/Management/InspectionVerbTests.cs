using System;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Unit.Domains;
using Xunit;

namespace Multicosm.Unit.Management;

/// <summary>The verbs that look at domains which stand still: what they show, and what they say when they cannot.</summary>
public sealed class InspectionVerbTests
{
    [Theory]
    [InlineData("crash", "crash: it takes one domain; usage: crash NAME\n")]
    [InlineData("dump a b", "dump: it takes one domain; usage: dump NAME\n")]
    [InlineData("dump nobody", "dump: there is no domain \"nobody\"; \"list\" shows those there are\n")]
    [InlineData("crash debian", "crash: domain \"debian\" has not crashed\n")]
    [InlineData("dump debian", "dump: domain \"debian\" is running; pause it first\n")]
    [InlineData("examine debian 0", "examine: domain \"debian\" is running; pause it first\n")]
    [InlineData("examine debian", "examine: it takes a domain, an address and perhaps a number of bytes; usage: examine NAME [p:]ADDRESS [COUNT]\n")]
    [InlineData("examine debian 1g", "examine: the address is hexadecimal, with or without 0x; usage: examine NAME [p:]ADDRESS [COUNT]\n")]
    [InlineData("examine debian 12345678123456789", "examine: the address is hexadecimal, with or without 0x; usage: examine NAME [p:]ADDRESS [COUNT]\n")]
    [InlineData("examine debian p: 4", "examine: the address is hexadecimal, with or without 0x; usage: examine NAME [p:]ADDRESS [COUNT]\n")]
    [InlineData("examine debian 0 65537", "examine: the number of bytes is 1 to 65536; usage: examine NAME [p:]ADDRESS [COUNT]\n")]
    public void What_cannot_be_is_said(string line, string expected)
    {
        ShellFixture shell = new(FakePc.WithDebian());
        shell.Ask("create debian");
        Assert.Equal(expected, shell.Ask(line));
    }

    [Fact]
    public void A_crash_is_kept_when_the_domain_runs_again_and_until_it_is_forgotten()
    {
        ShellFixture shell = new(FakePc.WithDebian("on_crash=\"restart\"\n"));
        bool crashes = true;
        shell.Pc.Backend.Guest = (vcpu, _) =>
        {
            vcpu.History.Record(2, 0x11, 0x77, default);
            VcpuExit exit = crashes ? new VcpuExit { Kind = VcpuExitKind.Crash, Reason = CrashReason.TripleFault } : default;
            crashes = false;
            return exit;
        };
        shell.Ask("create debian");
        shell.Until(() => shell["debian"].Crash.IsTaken && shell["debian"].State == DomainState.Running);
        shell.Until(() => shell.Line.Output.EndsWith("multicosm> ", StringComparison.Ordinal)); // all notices are out
        string report = shell.Ask("crash debian");
        Assert.StartsWith("domain debian (id 1, vcpu 0) crashed: triple fault, guest rip 0x000000000000abcd\n", report);
        Assert.Contains("(1 in all)", report);
        Assert.Contains("page walk of rip 0x000000000000abcd: no paging\n", report);
        shell.Ask("destroy debian");
        shell.Ask("create debian");
        Assert.Contains("has not crashed", shell.Ask("crash debian"));
    }

    [Fact]
    public void Memory_of_a_paused_domain_is_shown()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        shell.Ask("create debian");
        Assert.Equal(DomainActionStatus.Success, shell.Pc.Manager.Pause(shell["debian"]));
        Assert.True(shell["debian"].Backend.Memory.TryCopyOut(new GuestPhysicalAddress(0x2008), "witness"u8));
        string memory = shell.Ask("examine debian 2004 16");
        Assert.Equal(
            "0000000000002004: 00 00 00 00 77 69 74 6e 65 73 73 00              ....witness.\n"
            + "0000000000002010: 00 00 00 00                                      ....\n",
            memory);
        Assert.Equal(memory, shell.Ask("examine debian p:0x2004 16"));
        Assert.Equal("0000000010000000: no RAM\n", shell.Ask("examine debian p:10000000"));
        Assert.Equal(65536 / 16, shell.Ask("examine debian 0 65536").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("  rip 000000000000abcd  rfl ", shell.Ask("dump debian"));
        Assert.Equal(DomainActionStatus.Success, shell.Pc.Manager.Unpause(shell["debian"]));
        shell.Steps();
        Assert.Contains("pause it first", shell.Ask("dump debian"));
    }

    [Theory]
    [InlineData("examine debian 2004 16")]
    [InlineData("examine debian p:2004 16")]
    public void A_fault_of_ours_while_memory_is_read_is_contained_and_said(string line)
    {
        ShellFixture shell = new(FakePc.WithDebian());
        shell.Ask("create debian");
        Assert.Equal(DomainActionStatus.Success, shell.Pc.Manager.Pause(shell["debian"]));
        ((FakeMemory)shell["debian"].Backend.Memory).IsInDisorder = true;
        Assert.EndsWith("0000000000002004: a fault of the hypervisor's own cut it short\n", shell.Ask(line));
        Assert.Equal(DomainState.Paused, shell["debian"].State);
        Assert.StartsWith("Name ", shell.Ask("list"));
    }
}
