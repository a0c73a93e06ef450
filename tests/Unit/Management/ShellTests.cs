using System;
using System.Linq;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Management;
using Multicosm.Unit.Domains;
using Xunit;

namespace Multicosm.Unit.Management;

public sealed class ShellTests
{
    private const string Prompt = ShellFixture.Prompt;

    [Fact]
    public void The_first_prompt_stands_at_the_start_of_a_line_and_the_domains_are_registered_by_then()
    {
        ShellFixture shell = new(FakePc.WithDebian(), autostart: true);
        Assert.EndsWith("\r\n" + Prompt, shell.Line.Output);
        Assert.Equal(DomainState.Building, shell["debian"].State);
    }

    [Fact]
    public void Without_autostart_nothing_is_registered()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        Assert.Equal(0, shell.Pc.Manager.Domains.Count);
    }

    [Fact]
    public void An_empty_line_gives_a_prompt_and_an_unknown_verb_what_to_do()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        Assert.Equal("", shell.Ask(""));
        Assert.Equal("frob: there is no such verb; \"help\" shows those there are\n", shell.Ask("frob x"));
    }

    [Theory]
    [InlineData("list x", "list: there is no domain \"x\"; \"list\" shows those there are\n")]
    [InlineData("list -x", "list: there is no option -x; usage: list [-l] [NAME]...\n")]
    [InlineData("create", "create: it takes a domain file; usage: create [-pc] FILE [KEY=VALUE]...\n")]
    [InlineData("create nothere", "create: there is no domain file \"nothere\" on this ISO; there are: debian\n")]
    [InlineData("create debian frob=1", "create: frob=1: unknown key 'frob', expected ")]
    [InlineData("create debian memory=x", "create: memory=x: 'memory': unsuitable number")]
    [InlineData("create debian type=pvh vcpus=2", "create: debian.cfg: 'vcpus': not built yet")]
    [InlineData("destroy", "destroy: it takes one domain; usage: destroy NAME\n")]
    [InlineData("destroy x", "destroy: there is no domain \"x\"; \"list\" shows those there are\n")]
    [InlineData("console", "console: it takes one domain; usage: console NAME\n")]
    [InlineData("console a b", "console: it takes one domain; usage: console NAME\n")]
    [InlineData("console x", "console: there is no domain \"x\"; \"list\" shows those there are\n")]
    [InlineData("host", "host: it takes poweroff or reboot; usage: host poweroff|reboot [-f]\n")]
    [InlineData("host sleep", "host: it takes poweroff or reboot; usage: host poweroff|reboot [-f]\n")]
    [InlineData("host poweroff -x", "host: there is no option -x; usage: host poweroff|reboot [-f]\n")]
    [InlineData("help frob", "help: there is no such verb; usage: help [VERB]\n")]
    [InlineData("info x", "info: there is no domain \"x\"; \"list\" shows those there are\n")]
    [InlineData("info a b", "info: it takes one domain, or nothing; usage: info [NAME]\n")]
    [InlineData("dmesg x", "dmesg: it takes no arguments but -c; usage: dmesg [-c]\n")]
    public void What_is_wrong_is_said_with_what_to_do(string line, string answer)
        => Assert.StartsWith(answer, new ShellFixture(FakePc.WithDebian()).Ask(line));

    [Fact]
    public void Help_names_every_verb()
    {
        string help = new ShellFixture(FakePc.WithDebian()).Ask("help");
        foreach (string verb in new[] { "help", "list", "create", "destroy", "console", "dmesg", "info", "host" })
        {
            Assert.Contains("  " + verb + " ", help);
        }
    }

    [Fact]
    public void Info_says_what_this_is_and_whether_VT_x_is_usable()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        Assert.Equal("Multicosm: 0.1.0\nCPU: Fake CPU\nmemory: 1024 MiB total, 512 MiB free (131072 frames)\narena: 0 bytes used\nuptime: 0 s\nfirmware: BIOS\n"
            + "start-up: 48.3 M ticks from the loader's hand-over to the prompt\nstart-up parts: memory map 270000, prompt 48000000\nVT-x: usable\n", shell.Ask("info"));
        shell.Pc.Backend.Usable = false;
        Assert.EndsWith("\nVT-x: not usable (no VMX)\n", shell.Ask("info"));
    }

    [Fact]
    public void Info_of_a_domain_says_when_it_was_entered_first()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        shell.Ask("create debian");
        shell.Until(() => shell["debian"].Vcpu.FirstEntryTicks != 0);
        ulong entered = shell["debian"].Vcpu.FirstEntryTicks;
        shell.Steps();
        string text = shell.Ask("info debian");
        Assert.StartsWith("domain: debian\nid: 1\nmemory: 64 MiB\nstate: running\nCPU time: ", text);
        Assert.EndsWith($"\nfirst entry: at TSC {entered}\nexits: 0\n", text);
        Assert.Equal(text.Split('\n')[0], shell.Ask("info 1").Split('\n')[0]);
    }

    [Fact]
    public void Info_of_a_domain_that_never_ran_says_why_and_no_first_entry()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        shell.Pc.Backend.Usable = false;
        shell.Ask("create debian type=hvm");
        shell.Until(() => shell["debian"].State == DomainState.Ended);
        string text = shell.Ask("info debian");
        Assert.Contains("\nstate: ended, type \"hvm\" needs VT-x", text);
        Assert.DoesNotContain("first entry", text);
    }

    [Theory]
    [InlineData("debian")]
    [InlineData("debian.cfg")]
    public void Create_waits_until_the_domain_runs(string file)
    {
        ShellFixture shell = new(FakePc.WithDebian());
        Assert.Equal("domain \"debian\" started, id 1\n", shell.Ask("create " + file));
        Assert.Equal(DomainState.Running, shell["debian"].State);
    }

    [Fact]
    public void Create_takes_assignments_and_refuses_a_name_that_lives()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        Assert.Equal("domain \"two\" started, id 1\n", shell.Ask("create debian  name=two memory=80"));
        Assert.Equal(80UL << 20, shell["two"].MemoryBytes);
        Assert.Equal("create: a domain called \"two\" lives already; give name=OTHER, or destroy it first\n", shell.Ask("create debian name=two"));
    }

    [Fact]
    public void An_assignment_may_have_blanks_between_quotes()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        Assert.StartsWith("create: extra='console=ttyS0: ", shell.Ask("create debian extra='console=ttyS0"));
        Assert.Equal("domain \"two\" started, id 1\n", shell.Ask("create debian extra='a \"b\" c' name=two"));
        Assert.Equal("a \"b\" c"u8.ToArray(), shell["two"].Configuration.Extra.Value.ToArray());
    }

    [Fact]
    public void Create_says_once_why_a_domain_cannot_start()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        shell.Pc.Backend.Usable = false;
        Assert.Equal("create: \"debian\" cannot start: type \"hvm\" needs VT-x, which is not usable on this PC (no VMX)\n", shell.Ask("create debian type=hvm"));
        Assert.Equal("", shell.Ask(""));
        Assert.Contains("ended           0.0  type \"hvm\" needs VT-x, which is not usable on this PC (no VMX)\n", shell.Ask("list"));
    }

    [Fact]
    public void At_boot_the_reason_is_printed_once_above_a_prompt_that_answers()
    {
        FakePc pc = FakePc.WithDebian();
        pc.Backend.Usable = false;
        ShellFixture shell = new(pc, autostart: true);
        shell.Line.Type("hel");
        shell.Steps();
        string output = shell.Line.Output;
        Assert.Single(output.Split("cannot start: type \"auto\"")[1..]);
        Assert.Contains("\r\x1b[Kdomain debian (id 1): cannot start: type \"auto\" finds nothing", output);
        Assert.EndsWith("\r\n" + Prompt + "hel", output);
    }

    [Fact]
    public void A_wrong_file_is_reported_before_the_first_prompt()
    {
        ShellFixture shell = new(new FakePc(FakePc.Config("x/bad.cfg", "memory = 1\nfrob = 2\n")), autostart: true);
        Assert.Contains("domain bad (id 1): cannot start: x/bad.cfg:2: unknown key 'frob'", shell.Line.Output);
        Assert.EndsWith("\r\n" + Prompt, shell.Line.Output);
        Assert.Contains("bad ", shell.Ask("list"));
    }

    [Fact]
    public void Warnings_of_a_domain_file_are_shown()
    {
        ShellFixture shell = new(FakePc.WithDebian("vif = [ '' ]\n"));
        Assert.StartsWith("debian.cfg:6: warning: 'vif' is not built yet: ignored\ndomain \"debian\" started", shell.Ask("create debian"));
    }

    [Fact]
    public void List_has_a_row_per_domain_in_order_and_keeps_the_ended()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        shell.Ask("create debian name=a");
        shell.Pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.PortWrite, Address = 0x604, SizeBytes = 2, Value = 0x3400 };
        shell.Until(() => shell["a"].State == DomainState.Ended);
        shell.Steps();
        shell.Pc.Backend.Guest = (_, _) => default;
        shell.Ask("create debian name=b");
        string[] rows = shell.Ask("list").Split('\n');
        Assert.StartsWith("Name ", rows[0]);
        Assert.Matches(@"^a +1    64     1  ended +\d+\.\d  powered off$", rows[1]);
        Assert.Matches(@"^b +2    64     1  running +\d+\.\d$", rows[2]);
        Assert.Equal("domain \"a\" removed from the list\n", shell.Ask("destroy a"));
        Assert.DoesNotContain("\na ", shell.Ask("list"));
        Assert.Equal("domain \"b\" destroyed\n", shell.Ask("destroy 2"));
        Assert.DoesNotContain("\nb ", shell.Ask("list"));
    }

    [Fact]
    public void What_is_typed_while_a_command_runs_is_read_next()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        shell.Pc.Backend.BuildSteps = 500;
        shell.Line.TakeOutput();
        shell.Line.Type("create debian\rlist\rhelp info\r");
        shell.Until(() => shell.Line.Output.Contains("show version", StringComparison.Ordinal) && shell.Line.Output.EndsWith(Prompt, StringComparison.Ordinal));
        string output = shell.Line.Output;
        Assert.StartsWith("create debian\r\ndomain \"debian\" started, id 1\r\n" + Prompt + "list\r\nName ", output);
        Assert.Contains("\r\n" + Prompt + "help info\r\n", output);
    }

    [Fact]
    public void Much_type_ahead_is_never_dropped()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        shell.Pc.Backend.BuildSteps = 3000;
        shell.Line.Type("create debian\r");
        shell.Steps(5);
        for (int i = 0; i < 3000; i++)
        {
            shell.Line.Type("nn" + (char)('a' + (i % 26)) + "\r");
        }

        shell.Line.Type("last\r");
        shell.Line.TakeOutput();
        shell.Until(() => shell.Line.Output.Contains("last: there is no such verb", StringComparison.Ordinal));
        Assert.Equal(3002, shell.Line.Output.Split(Prompt).Length - 1);
    }

    [Fact]
    public void A_crash_is_told_on_lines_of_its_own_and_the_edited_line_comes_back()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        shell.Ask("create debian");
        shell.Line.Type("lis");
        shell.Steps();
        shell.Line.TakeOutput();
        shell.Pc.Backend.Guest = (vcpu, _) =>
        {
            vcpu.History.Record(2, 0, 0x77, default);
            return new VcpuExit { Kind = VcpuExitKind.Crash, Reason = CrashReason.TripleFault };
        };
        shell.Until(() => shell["debian"].State == DomainState.Ended);
        shell.Pc.Backend.Guest = (_, _) => default;
        shell.Steps();
        string output = shell.Line.Output;
        Assert.StartsWith("\r\x1b[Kdomain debian (id 1, vcpu 0) crashed: triple fault, guest rip 0x000000000000abcd\r\n", output);
        Assert.Contains("rip 0x0000000000000077", output);
        Assert.Contains("domain debian (id 1): ended: crashed: triple fault\r\n", output);
        Assert.EndsWith("\r\n" + Prompt + "lis", output);
        shell.Line.TakeOutput();
        shell.Line.Type("t\r");
        shell.Steps();
        Assert.Contains("crashed: triple fault", shell.Line.Output);
        Assert.Contains("crashed: triple fault", shell.Pc.LogText());
    }

    [Fact]
    public void A_long_edited_line_and_the_cursors_place_survive_a_message()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        TerminalScreen screen = new();
        string line = string.Concat(Enumerable.Range(0, 200).Select(i => (char)('a' + (i % 26))));
        shell.Line.Type(line + "\x01" + new string('\x06', 100));
        shell.Steps(10);
        shell.Shell.Messages.WriteLine("something happened"u8);
        shell.Steps(3);
        screen.Write(shell.Line.TakeOutput());
        Assert.Contains("something happened", screen.Rows);
        screen.AssertShows(Prompt, line);
        shell.Line.Type("#");
        shell.Steps(3);
        screen.Write(shell.Line.TakeOutput());
        string changed = line[..100] + "#" + line[100..];
        screen.AssertShows(Prompt, changed);
        Assert.Contains('#', screen.Row);
        shell.Line.Type("\r");
        shell.Steps(3);
        Assert.Contains(changed + ": there is no such verb", shell.Line.Output);
    }

    [Fact]
    public void Dmesg_waits_for_room_and_shows_all()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        for (int i = 0; i < 50; i++)
        {
            shell.Pc.Services.Log.WriteLine("a line of the log"u8);
        }

        shell.Line.Room = 64;
        string log = shell.Ask("dmesg");
        Assert.Equal(50, log.Split("a line of the log\n").Length - 1);
    }

    [Fact]
    public void Long_answers_come_in_small_parts_between_which_guests_run()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        shell.Line.Room = 65536;
        for (int i = 0; i < 16; i++)
        {
            Assert.StartsWith("domain ", shell.Ask("create debian memory=28 name=a-domain-with-a-long-name-" + i));
        }

        for (int i = 0; i < 400; i++)
        {
            shell.Pc.Services.Log.WriteLine("a line of the log"u8);
        }

        Assert.InRange(LargestPart(shell, "list\r", "-15 "), 100, 1024);
        Assert.InRange(LargestPart(shell, "dmesg\r", "a line of the log\r\n" + Prompt), 100, 1500);
    }

    [Fact]
    public void Many_notices_come_in_small_parts_and_the_prompt_behind_the_last()
    {
        FakePc pc = FakePc.WithDebian();
        ShellFixture shell = new(pc);
        shell.Line.Room = 65536;
        shell.Ask("create debian");
        shell.Line.Type("lis");
        shell.Steps();
        shell.Pc.Backend.Guest = (vcpu, _) =>
        {
            for (uint i = 0; i < 20; i++)
            {
                vcpu.History.Record(2, 0, 0x77, default);
            }

            return new VcpuExit { Kind = VcpuExitKind.Crash, Reason = CrashReason.TripleFault };
        };
        shell.Line.TakeOutput();
        int largest = LargestPart(shell, "", Prompt + "lis", out string output);
        Assert.InRange(largest, 100, 1500);
        Assert.Equal(1, output.Split("FakeExit").Length - 1);
        Assert.Single(output.Split(Prompt)[1..]);
        Assert.StartsWith("\r\x1b[Kdomain debian (id 1, vcpu 0) crashed: triple fault", output);
    }

    [Fact]
    public void A_crash_is_put_into_words_once_and_the_line_is_served_meanwhile()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        shell.Ask("create debian");
        Notices notices = new(shell.Pc.Services);
        for (uint i = 0; i < 20; i++)
        {
            shell["debian"].Vcpu.Backend.History.Record(2, 0, 0x77, default);
        }

        int polls = shell.Pc.Polls;
        Assert.True(shell.Pc.Manager.Inspector.TryTake(shell["debian"], shell["debian"].Crash));
        notices.OnCrashed(shell["debian"]);
        Assert.Equal(1, shell.Pc.Backend.ExitsNamed);
        Assert.True(shell.Pc.Polls > polls);
        Assert.True(notices.IsAnyPending);
        Assert.Equal(1, shell.Pc.LogText().Split("FakeExit").Length - 1);
    }

    [Fact]
    public void Type_ahead_does_not_keep_the_PC_awake_while_a_command_runs()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        shell.Ask("create debian");
        shell.Line.Room = 0;
        shell.Line.Type("dmesg\rlist\r");
        Assert.False(shell.Shell.Poll()); // dmesg waits for room, list waits for dmesg
        Assert.False(shell.Shell.Poll());
        shell.Line.Room = 4096;
        Assert.True(shell.Shell.Poll());
    }

    [Fact]
    public void Host_asks_only_when_domains_live()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        Assert.EndsWith("host: this PC does not do it; use its switch\n", shell.Ask("host reboot"));
        Assert.Equal(1, shell.Power.Reboots);
        Assert.True(shell.Line.IsFlushed);
        shell.Ask("create debian");
        shell.Line.Type("host poweroff\rn\r");
        shell.Until(() => shell.Line.Output.Contains("not done", StringComparison.Ordinal));
        Assert.Contains("(y/n) n\r\nnot done\r\n" + Prompt, shell.Line.Output);
        Assert.Equal(0, shell.Power.PowerOffs);
        shell.Line.Type("host poweroff\ry\r");
        shell.Until(() => shell.Power.PowerOffs == 1);
        shell.Ask("host poweroff -f");
        Assert.Equal(2, shell.Power.PowerOffs);
    }

    private static int LargestPart(ShellFixture shell, string typed, string end) => LargestPart(shell, typed, end, out _);

    private static int LargestPart(ShellFixture shell, string typed, string end, out string output)
    {
        shell.Line.TakeOutput();
        shell.Line.Type(typed);
        string all = "";
        int largest = 0;
        shell.Until(() =>
        {
            string part = shell.Line.TakeOutput();
            largest = Math.Max(largest, part.Length);
            all += part;
            return all.Contains(end, StringComparison.Ordinal);
        });
        output = all;
        return largest;
    }
}
