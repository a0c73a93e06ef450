using System;
using System.Linq;
using System.Text;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Management;
using Multicosm.Unit.Domains;
using Xunit;

namespace Multicosm.Unit.Management;

/// <summary>Verbs that wait for what becomes of a domain: how the waiting ends, and what they say then.</summary>
public sealed class WaitingVerbTests
{
    private readonly ShellFixture _shell = new(FakePc.WithDebian());

    [Fact]
    public void A_key_ends_the_waiting_of_create_and_the_domain_is_built_all_the_same()
    {
        _shell.Pc.Backend.BuildSteps = 200;
        Assert.EndsWith("^C\r\ndomain \"debian\" is building; \"list\" shows what becomes of it\r\n" + ShellFixture.Prompt, Cancel("create -c debian"));
        Assert.Equal("domain \"debian\" pauses as soon as it is built\n", _shell.Ask("pause debian"));
        Assert.Equal("domain \"debian\" runs as soon as it is built\n", _shell.Ask("unpause debian"));
        _shell.Until(() => _shell["debian"].State == DomainState.Running);
        Assert.False(_shell["debian"].Console.IsAttached);
        AssertEndIsTold();
    }

    [Fact]
    public void A_start_that_fails_behind_a_cancelled_create_is_told()
    {
        _shell.Pc.Backend.BuildSteps = 200;
        _shell.Pc.Backend.FailsAllocation = true;
        Cancel("create debian");
        _shell.Until(() => _shell["debian"].State == DomainState.Ended);
        _shell.Steps();
        Assert.Contains("domain debian (id 1): cannot start: it needs 64 MiB of memory", _shell.Line.Output);
    }

    [Fact]
    public void A_key_ends_the_waiting_of_destroy_and_the_domain_goes_all_the_same()
    {
        _shell.Ask("create debian");
        _shell.Pc.Backend.DestroySteps = 200;
        Assert.EndsWith("^C\r\ndomain \"debian\" is dying; \"list\" shows what becomes of it\r\n" + ShellFixture.Prompt, Cancel("destroy debian"));
        _shell.Until(() => _shell["debian"].State == DomainState.Ended);
        _shell.Steps();
        Assert.Contains("domain debian (id 1): ended: destroyed\r\n", _shell.Line.Output);
        Assert.Equal("domain \"debian\" removed from the list\n", _shell.Ask("destroy debian"));
    }

    [Theory]
    [InlineData(DomainState.Building)]
    [InlineData(DomainState.Paused)]
    [InlineData(DomainState.ShutDown)]
    [InlineData(DomainState.Crashed)]
    [InlineData(DomainState.Dying)]
    public void What_is_destroyed_in_any_state_is_gone_from_the_list(DomainState state)
    {
        _shell.Pc.Backend.BuildSteps = 100;
        Domain domain = _shell.Pc.Create("on_poweroff=\"preserve\" on_crash=\"preserve\"");
        _shell.Steps(5);
        Bring(domain, state);
        ulong free = _shell.Pc.Frames.Free + (state == DomainState.Building ? 0 : domain.MemoryBytes);
        Assert.Equal(state, domain.State);
        Assert.Equal("domain \"debian\" destroyed\n", _shell.Ask("destroy debian"));
        Assert.DoesNotContain("debian", _shell.Ask("list"));
        Assert.Equal(free, _shell.Pc.Frames.Free);
        Assert.Equal("destroy: there is no domain \"debian\"; \"list\" shows those there are\n", _shell.Ask("destroy debian"));
        Assert.Equal("domain \"debian\" started, id 2\n", _shell.Ask("create debian"));
    }

    [Theory]
    [InlineData("create debian", "create: the domain is gone\r\n", VerbStatus.Failed)]
    [InlineData("destroy debian", "the domain is gone\r\n", VerbStatus.Done)]
    [InlineData("reboot -w debian", "reboot: the domain is gone\r\n", VerbStatus.Failed)]
    [InlineData("info debian", "info: the domain is gone\r\n", VerbStatus.Failed)]
    [InlineData("list -l debian", "", VerbStatus.Done)]
    public void A_verb_does_not_take_another_domain_in_the_slot_for_the_one_it_waits_for(string line, string said, VerbStatus expected)
    {
        if (!line.StartsWith("create", StringComparison.Ordinal))
        {
            _shell.Ask("create debian");
            Listen("debian");
        }

        ShellContext context = _shell.Context();
        string[] words = line.Split(' ', 2);
        Verb verb = context.Verbs.Single(verb => Encoding.UTF8.GetString(verb.Name) == words[0]);
        Assert.Equal(VerbStatus.Running, verb.Run(context, Encoding.UTF8.GetBytes(words[1])));
        Domain domain = _shell["debian"];
        _ = _shell.Pc.Manager.Destroy(domain);
        _shell.Until(() => domain.State == DomainState.Ended);
        Assert.True(_shell.Pc.Manager.Destroy(domain));
        Assert.Same(domain, _shell.Pc.Create("name=another"));
        _shell.Until(() => domain.State == DomainState.Running);
        _shell.Line.TakeOutput();
        Assert.Equal(expected, verb.Continue(context));
        Assert.Equal(said, _shell.Line.TakeOutput());
    }

    [Theory]
    [InlineData("on_reboot=\"destroy\"", "is ended and does not run again: rebooted")]
    [InlineData("on_reboot=\"preserve\"", "is shutdown and does not run again: rebooted")]
    [InlineData("type=\"hvm\"", "is ended and does not run again: type \"hvm\" needs VT-x, which is not usable on this PC (no VMX)")]
    public void Reboot_fails_with_the_reason_if_the_domain_does_not_come_up(string key, string reason)
    {
        string output = PressAndGo("reboot -w debian", key, () => _shell.Pc.Backend.Usable = false);
        Assert.Contains($"reboot: domain \"debian\" {reason}\r\n", output);
        Assert.Equal(VerbStatus.Failed, ContinueAfter("reboot", key));
    }

    [Fact]
    public void Shutdown_fails_if_the_domain_is_started_again()
        => Assert.Contains(
            "shutdown: domain \"debian\" was off and is started again; see its on_poweroff, on_reboot and on_crash (\"info NAME\")\r\n",
            PressAndGo("shutdown -w debian", "on_poweroff=\"restart\"", () => { }));

    [Theory]
    [InlineData("on_crash=\"destroy\"")]
    [InlineData("on_crash=\"preserve\"")]
    [InlineData("on_crash=\"restart\"")]
    public void Shutdown_fails_if_the_domain_crashes_instead(string key)
        => Assert.Contains(
            "shutdown: domain \"debian\" crashed instead: triple fault; \"crash\" shows more\r\n",
            PressAndGo("shutdown -w debian", key, () => { }, Crashes));

    [Fact]
    public void Shutdown_is_done_when_the_domain_is_off_and_kept()
        => Assert.EndsWith(
            "domain \"debian\" is asked to shut down\r\ndomain debian (id 1): ended: powered off\r\n" + ShellFixture.Prompt,
            PressAndGo("shutdown -w debian", "on_poweroff=\"preserve\"", () => { }));

    [Fact]
    public void The_log_does_not_say_that_a_paused_domain_was_started()
    {
        _shell.Ask("create -p debian");
        Assert.Contains("domain debian (id 1): built, paused\n", _shell.Pc.LogText());
        Assert.DoesNotContain("started", _shell.Pc.LogText());
    }

    private static VcpuExit PowersOff() => new() { Kind = VcpuExitKind.PortWrite, Address = 0x604, SizeBytes = 2, Value = 0x3400 };

    private static VcpuExit Crashes() => new() { Kind = VcpuExitKind.Crash, Reason = CrashReason.TripleFault };

    // Types a line, and Ctrl-C while its verb waits; gives all that was printed.
    private string Cancel(string line)
    {
        _shell.Line.TakeOutput();
        _shell.Line.Type(line + "\r");
        _shell.Steps(4);
        Assert.Equal(line + "\r\n", _shell.Line.Output);
        _shell.Line.Type("\x03");
        _shell.Steps(4);
        return _shell.Line.TakeOutput();
    }

    // Nothing is muted any more: what becomes of the domain is printed.
    private void AssertEndIsTold()
    {
        _shell.Line.TakeOutput();
        GuestOnce(PowersOff, () => { });
        _shell.Until(() => _shell["debian"].State == DomainState.Ended);
        _shell.Steps();
        Assert.Contains("domain debian (id 1): ended: powered off\r\n", _shell.Line.Output);
    }

    private void Bring(Domain domain, DomainState state)
    {
        if (state == DomainState.Building)
        {
            return;
        }

        _shell.Until(() => domain.State == DomainState.Running);
        switch (state)
        {
            case DomainState.Paused:
                Assert.Equal(DomainActionStatus.Success, _shell.Pc.Manager.Pause(domain));
                break;
            case DomainState.Dying:
                Assert.True(_shell.Pc.Manager.Destroy(domain));
                break;
            default:
                GuestOnce(state == DomainState.Crashed ? Crashes : PowersOff, () => { });
                _shell.Until(() => domain.State == state);
                _shell.Steps();
                break;
        }
    }

    private string PressAndGo(string line, string key, Action onExit, Func<VcpuExit>? exit = null)
    {
        _shell.Ask("create debian " + key);
        Listen("debian");
        _shell.Line.TakeOutput();
        _shell.Line.Type(line + "\r");
        _shell.Steps();
        GuestOnce(exit ?? PowersOff, onExit);
        _shell.Until(() => _shell.Line.Output.EndsWith(ShellFixture.Prompt, StringComparison.Ordinal));
        return _shell.Line.TakeOutput();
    }

    private VerbStatus ContinueAfter(string name, string key)
    {
        _shell.Pc.Backend.Usable = true;
        _shell.Ask("destroy debian");
        _shell.Ask("create debian " + key);
        Listen("debian");
        ShellContext context = _shell.Context();
        Verb verb = context.Verbs.Single(verb => Encoding.UTF8.GetString(verb.Name) == name);
        Assert.Equal(VerbStatus.Running, verb.Run(context, "-w debian"u8));
        GuestOnce(PowersOff, () => _shell.Pc.Backend.Usable = false);
        VerbStatus status = VerbStatus.Running;
        _shell.Until(() =>
        {
            status = verb.Continue(context);
            return status != VerbStatus.Running;
        });
        return status;
    }

    private void GuestOnce(Func<VcpuExit> exit, Action onExit) => _shell.Pc.Backend.Guest = (_, _) =>
    {
        _shell.Pc.Backend.Guest = (_, _) => default;
        onExit();
        return exit();
    };

    // As Linux does: the power button may raise an SCI.
    private void Listen(string name) => _shell[name].Board.Ports.Write(0x602, 2, 0x100);
}
