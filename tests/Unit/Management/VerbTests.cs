using System;
using System.Linq;
using System.Text;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Management;
using Multicosm.Unit.Domains;
using Xunit;

namespace Multicosm.Unit.Management;

public sealed class VerbTests
{
    private readonly ShellFixture _shell = new(FakePc.WithDebian());

    [Theory]
    [InlineData("pause", "pause: it takes one domain; usage: pause NAME\n")]
    [InlineData("unpause a b", "unpause: it takes one domain; usage: unpause NAME\n")]
    [InlineData("shutdown", "shutdown: it takes one domain, or -a; usage: shutdown [-w] -a|NAME\n")]
    [InlineData("shutdown -a x", "shutdown: it takes one domain, or -a; usage: shutdown [-w] -a|NAME\n")]
    [InlineData("shutdown -z x", "shutdown: there is no option -z; usage: shutdown [-w] -a|NAME\n")]
    [InlineData("shutdown x", "shutdown: there is no domain \"x\"; \"list\" shows those there are\n")]
    [InlineData("reboot", "reboot: it takes one domain; usage: reboot [-w] NAME\n")]
    [InlineData("rename x", "rename: it takes a domain and its new name; usage: rename NAME NEW\n")]
    [InlineData("rename x y", "rename: there is no domain \"x\"; \"list\" shows those there are\n")]
    [InlineData("trigger x", "trigger: it takes a domain and what to do; usage: trigger NAME nmi|reset|power\n")]
    [InlineData("trigger x init", "trigger: there are nmi, reset and power; usage: trigger NAME nmi|reset|power\n")]
    [InlineData("trigger x nmi", "trigger: there is no domain \"x\"; \"list\" shows those there are\n")]
    [InlineData("sched-credit2 x", "sched-credit2: it takes options only; usage: sched-credit2 [-d NAME [-w WEIGHT] [-c CAP]]\n")]
    [InlineData("sched-credit2 -w 3", "sched-credit2: -w and -c need -d NAME; usage: sched-credit2 [-d NAME [-w WEIGHT] [-c CAP]]\n")]
    [InlineData("sched-credit2 -d", "sched-credit2: a value is missing behind -d; usage: sched-credit2 [-d NAME [-w WEIGHT] [-c CAP]]\n")]
    [InlineData("sched-credit2 -d x", "sched-credit2: there is no domain \"x\"; \"list\" shows those there are\n")]
    [InlineData("vcpu-list x", "vcpu-list: there is no domain \"x\"; \"list\" shows those there are\n")]
    [InlineData("uptime -s", "uptime: there is no option -s; usage: uptime [NAME]...\n")]
    [InlineData("mem x", "mem: it takes no arguments; usage: mem\n")]
    [InlineData("exits", "exits: it takes one domain; usage: exits NAME\n")]
    [InlineData("log x", "log: there is no domain \"x\"; \"list\" shows those there are\n")]
    [InlineData("log -x", "log: there is no option -x; usage: log [-f] [NAME]...\n")]
    [InlineData("top x", "top: it takes no arguments; usage: top\n")]
    [InlineData("help a b", "help: it takes one verb, or nothing; usage: help [VERB]\n")]
    [InlineData("create -x debian", "create: there is no option -x; usage: create [-pc] FILE [KEY=VALUE]...\n")]
    public void What_is_wrong_is_said_with_what_to_do(string line, string answer) => Assert.Equal(answer, _shell.Ask(line));

    [Fact]
    public void Every_verb_explains_itself_in_lines_that_fit()
    {
        string[] verbs = [.. _shell.Ask("help").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.Trim().Split(' ')[0])];
        Assert.Equal(verbs.Order(StringComparer.Ordinal), verbs);
        Assert.True(verbs.Length >= 21);
        foreach (string verb in verbs)
        {
            string help = _shell.Ask("help " + verb);
            Assert.StartsWith(verb, help);
            Assert.Matches(@"(?s)^[^\n]+\n  [a-z][^\n]+\n  .+\n  Example: " + verb + "[^\n]*\n$", help);
            Assert.All(help.Split('\n').Skip(2), row => Assert.InRange(row.Length, 0, 96));
        }
    }

    [Fact]
    public void Pause_and_unpause_and_what_they_refuse()
    {
        _shell.Ask("create debian");
        Assert.Equal("domain \"debian\" paused\n", _shell.Ask("pause debian"));
        Assert.Contains("  paused ", _shell.Ask("list"));
        Assert.Equal("pause: domain \"debian\" is paused; only one that runs, is blocked or is being built can be paused\n", _shell.Ask("pause debian"));
        Assert.Equal("trigger: domain \"debian\" is paused; only one that runs or is blocked feels it\n", _shell.Ask("trigger debian nmi"));
        Assert.Equal("shutdown: domain \"debian\" is paused; only one that runs or is blocked can be asked; destroy ends it\n", _shell.Ask("shutdown debian"));
        Assert.Equal("reboot: domain \"debian\" is paused; only one that runs or is blocked can be asked\n", _shell.Ask("reboot debian"));
        Assert.Equal("domain \"debian\" unpaused\n", _shell.Ask("unpause 1"));
        Assert.Contains("  running ", _shell.Ask("list debian"));
        Assert.Equal("unpause: domain \"debian\" is running; only a paused one can be unpaused\n", _shell.Ask("unpause debian"));
    }

    [Fact]
    public void Create_leaves_a_domain_paused_before_its_first_instruction()
    {
        Assert.Equal("domain \"debian\" is paused, id 1\n", _shell.Ask("create -p debian"));
        _shell.Steps();
        Assert.Equal(0UL, _shell["debian"].Vcpu.FirstEntryTicks);
        _shell.Ask("unpause debian");
        _shell.Steps();
        Assert.NotEqual(0UL, _shell["debian"].Vcpu.FirstEntryTicks);
    }

    [Fact]
    public void Create_attaches_to_the_console()
    {
        _shell.Line.TakeOutput();
        _shell.Line.Type("create -c debian memory=80\r");
        _shell.Until(() => _shell.Line.Output.Contains("leaves]", StringComparison.Ordinal));
        Assert.Equal("create -c debian memory=80\r\ndomain \"debian\" started, id 1\r\n[console of debian: Ctrl-] leaves]\r\n", _shell.Line.Output);
        Assert.Equal(80UL << 20, _shell["debian"].MemoryBytes);
        Assert.True(_shell["debian"].Console.IsAttached);
    }

    [Fact]
    public void Shutdown_presses_the_power_button_of_who_listens()
    {
        _shell.Ask("create debian name=a");
        Assert.Equal("shutdown: domain \"a\" does not listen to its power button (yet); try later, or use destroy or trigger reset\n", _shell.Ask("shutdown -w a"));
        Assert.Equal("trigger: domain \"a\" does not listen to its power button (yet); try later, or use destroy or trigger reset\n", _shell.Ask("trigger a power"));
        Listen("a");
        Assert.Equal("domain \"a\" is asked to shut down\n", _shell.Ask("shutdown a"));
        Assert.NotEqual(0u, _shell["a"].Board.Ports.Read(0x600, 2) & 0x100);
    }

    [Fact]
    public void Shutdown_waits_until_all_are_off_or_the_operator_has_enough()
    {
        _shell.Ask("create debian name=a");
        _shell.Ask("create debian name=b");
        _shell.Ask("create -p debian name=held");
        Listen("a");
        Listen("b");
        _shell.Line.TakeOutput();
        _shell.Line.Type("shutdown -wa\r");
        _shell.Steps();
        Assert.Equal("shutdown -wa\r\n2 domains are asked to shut down\r\n", _shell.Line.TakeOutput());
        _shell.Line.Type("\x03");
        _shell.Steps();
        Assert.Equal("^C\r\n" + ShellFixture.Prompt, _shell.Line.TakeOutput());
        _shell.Line.Type("shutdown -aw\r");
        _shell.Steps();
        _shell.Pc.Backend.Guest = PowersOff;
        _shell.Until(() => _shell.Line.Output.EndsWith(ShellFixture.Prompt, StringComparison.Ordinal));
        Assert.Contains("domain a (id 1): ended: powered off\r\n", _shell.Line.Output);
        Assert.Contains("domain b (id 2): ended: powered off\r\n", _shell.Line.Output);
        Assert.Equal(DomainState.Paused, _shell["held"].State);
        Assert.Equal("0 domains are asked to shut down\n", _shell.Ask("shutdown -aw"));
    }

    [Fact]
    public void Reboot_waits_until_the_domain_runs_again()
    {
        _shell.Ask("create debian");
        Listen("debian");
        _shell.Line.TakeOutput();
        _shell.Line.Type("reboot -w debian\r");
        _shell.Steps();
        _shell.Pc.Backend.Guest = (vcpu, deadline) =>
        {
            _shell.Pc.Backend.Guest = (_, _) => default;
            return PowersOff(vcpu, deadline);
        };
        _shell.Until(() => _shell.Line.Output.EndsWith(ShellFixture.Prompt, StringComparison.Ordinal));
        Assert.StartsWith("reboot -w debian\r\ndomain \"debian\" is asked to reboot\r\n", _shell.Line.Output);
        Assert.Equal(2u, _shell["debian"].Id);
        Assert.Equal(DomainState.Running, _shell["debian"].State);
    }

    [Fact]
    public void Rename_and_what_it_refuses()
    {
        _shell.Ask("create debian name=a");
        _shell.Ask("create debian name=b");
        Assert.Equal("rename: a domain called \"b\" lives already; choose another name\n", _shell.Ask("rename a b"));
        Assert.Equal("rename: \"a,b\" cannot be a name; letters, digits, '-', '_', '.' and '+' make one, up to 63\n", _shell.Ask("rename a a,b"));
        Assert.Equal("domain 1 is called \"web\" now\n", _shell.Ask("rename a web"));
        Assert.Matches("(?m)^web  .* running", _shell.Ask("list"));
        Power("b");
        Assert.Equal("rename: domain \"b\" is ended; only a living one can be renamed\n", _shell.Ask("rename b c"));
    }

    [Fact]
    public void Trigger_acts_on_the_board()
    {
        _shell.Ask("create debian on_reboot=\"destroy\"");
        Assert.Equal("domain \"debian\": nmi triggered\n", _shell.Ask("trigger debian nmi"));
        Assert.True(_shell["debian"].Vcpu.Apic.IsNmiPending);
        Assert.Equal("domain \"debian\": reset triggered\n", _shell.Ask("trigger debian reset"));
        _shell.Until(() => _shell["debian"].State == DomainState.Ended);
        Assert.Equal("rebooted", Encoding.UTF8.GetString(_shell["debian"].Reason.Text));
    }

    [Fact]
    public void Weights_and_caps_are_shown_and_set()
    {
        _shell.Ask("create debian name=a");
        _shell.Ask("create debian name=b");
        Assert.Equal("Cpupool Pool-0: sched=CREDIT2\nName                                ID Weight  Cap\n"
            + "a                                    1    256    0\nb                                    2    256    0\n", _shell.Ask("sched-credit2"));
        Assert.Equal("", _shell.Ask("sched-credit2 -d a -w 512"));
        Assert.Equal("", _shell.Ask("sched-credit2 -c 50 -d 1"));
        Assert.Equal("Name                                ID Weight  Cap\na                                    1    512   50\n", _shell.Ask("sched-credit2 -d a"));
        foreach (string wrong in new[] { "-w 0", "-w 65536", "-w x", "-c 12801", "-c -1" })
        {
            Assert.Equal("sched-credit2: a weight is a number from 1 to 65535, a cap one from 0 (none) to 12800 (percent of a CPU);"
                + " usage: sched-credit2 [-d NAME [-w WEIGHT] [-c CAP]]\n", _shell.Ask("sched-credit2 -d a " + wrong));
        }

        Power("a");
        Assert.Equal("sched-credit2: domain \"a\" is ended; only a living domain has a weight and a cap\n", _shell.Ask("sched-credit2 -d a -w 1"));
    }

    [Fact]
    public void Lists_take_names()
    {
        foreach (string name in new[] { "a", "b", "c" })
        {
            _shell.Ask("create debian name=" + name);
        }

        Assert.Equal(["Name", "a", "c"], Names(_shell.Ask("list c a")));
        Assert.Equal("list: there is no domain \"x\"; \"list\" shows those there are\n", _shell.Ask("list a x"));
        Assert.Equal(["Name", "b"], Names(_shell.Ask("vcpu-list b")));
        Assert.Equal(["Name", "Multicosm", "a", "b", "c"], Names(_shell.Ask("uptime")));
        Assert.Equal(["Name", "a"], Names(_shell.Ask("uptime 1")));
        Power("b");
        Assert.Equal(["Name", "a", "c"], Names(_shell.Ask("vcpu-list")));
        Assert.Equal(["Name", "Multicosm", "a", "c"], Names(_shell.Ask("uptime")));
        Assert.Matches(@"b +2 -\n$", _shell.Ask("uptime b"));
        Assert.Matches(@"^Name +ID  VCPU   CPU State +Time\(s\) Affinity \(Hard / Soft\)\na +1     0     0 running +\d+\.\d all / all\n$", _shell.Ask("vcpu-list a"));
    }

    [Fact]
    public void Uptime_counts_from_the_start()
    {
        _shell.Ask("create debian");
        _shell.Pc.Clock.Ticks += 90_061 * _shell.Pc.Clock.TicksPerSecond;
        Assert.Matches(@"\nMulticosm +0 1 day, 1:01:0\d\ndebian +1 1 day, 1:01:0\d\n$", _shell.Ask("uptime"));
    }

    [Fact]
    public void List_long_says_all_that_is_known()
    {
        _shell.Ask("create debian on_crash=\"preserve\" cpu_weight=512 cap=50");
        _shell.GuestPrints("debian", "hello");
        _shell.Steps();
        string text = _shell.Ask("list -l");
        foreach (string line in new[]
        {
            "domain: debian", "id: 1", "memory: 64 MiB", "state: running", "cpu_weight: 512", "cap: 50", "file: debian.cfg", "type: auto", "vcpus: 1", "kernel: vmlinuz",
            "ramdisk: initrd", "command line: console=ttyS0", "on_poweroff: destroy", "on_reboot: restart", "on_crash: preserve", "console: 5 bytes printed, 5 kept", "exits: 0",
        })
        {
            Assert.Contains(line + "\n", text);
        }

        Assert.Equal(text.Split('\n').Length, _shell.Ask("info debian").Split('\n').Length);
        _shell.Ask("create debian name=b");
        Assert.Contains("\nexits: 0\n\ndomain: b\n", _shell.Ask("list -l"));
        Assert.StartsWith("domain: b\n", _shell.Ask("list -l b"));
    }

    [Fact]
    public void Memory_adds_up()
    {
        _shell.Ask("create debian");
        string text = _shell.Ask("mem");
        Assert.StartsWith("total: 1048576 KiB\nfree: 458752 KiB (114688 frames)\ndomains: 0 KiB\nhost: 589824 KiB\nmodules: ", text);
        Assert.Matches(@"\nName +ID   Mem\(MiB\)  Owned\(KiB\)\ndebian +1 +64 +0\n$", text);
    }

    [Fact]
    public void Exits_are_sorted_by_count_with_shares_and_bars()
    {
        _shell.Ask("create debian");
        _shell.Pc.Backend.ExitNames[10] = "CPUID"u8.ToArray();
        _shell.Pc.Backend.ExitNames[12] = "HLT"u8.ToArray();
        _shell.Pc.Backend.ExitNames[99] = [];
        ExitHistory history = _shell["debian"].Vcpu.Backend.History;
        Record(history, 10, 25);
        Record(history, 12, 72);
        Record(history, 99, 3);
        string text = _shell.Ask("exits debian");
        string[] rows = text.Split('\n');
        Assert.Equal("HLT                                      72  72.0%  ########################", rows[1]);
        Assert.Equal("CPUID                                    25  25.0%  ########", rows[2]);
        Assert.Equal("without a name                            3   3.0%  #", rows[3]);
        Assert.Equal("all                                     100 100.0%", rows[4]);
        _shell.Ask("create debian name=b");
        Assert.EndsWith("\nall                                       0   0.0%\n", _shell.Ask("exits b"));
    }

    [Fact]
    public void Dmesg_forgets_on_request_and_is_cancelled_by_a_key()
    {
        _shell.Pc.Services.Log.WriteLine("old"u8);
        Assert.Contains("old\n", _shell.Ask("dmesg -c"));
        Assert.Equal("", _shell.Ask("dmesg"));
        _shell.Pc.Services.Log.WriteLine("new"u8);
        Assert.Equal("new\n", _shell.Ask("dmesg"));
        _shell.Line.Room = 0;
        _shell.Line.TakeOutput();
        _shell.Line.Type("dmesg\rabc\x03help");
        _shell.Steps();
        Assert.Equal("dmesg\r\n^C\r\n" + ShellFixture.Prompt + "help", _shell.Line.TakeOutput());
    }

    [Fact]
    public void A_verb_tells_success_from_failure()
    {
        ShellContext context = _shell.Context();
        foreach ((string line, VerbStatus expected) in new[]
        {
            ("list", VerbStatus.Done), ("list x", VerbStatus.Failed), ("help", VerbStatus.Running), ("pause x", VerbStatus.Failed), ("create", VerbStatus.Failed),
            ("create x", VerbStatus.Failed), ("destroy x", VerbStatus.Failed), ("console x", VerbStatus.Failed), ("info", VerbStatus.Done), ("info x", VerbStatus.Failed),
            ("mem", VerbStatus.Running), ("uptime", VerbStatus.Done), ("sched-credit2 -w 1", VerbStatus.Failed), ("exits x", VerbStatus.Failed), ("trigger a b", VerbStatus.Failed),
        })
        {
            string[] words = line.Split(' ', 2);
            Verb verb = context.Verbs.Single(verb => Encoding.UTF8.GetString(verb.Name) == words[0]);
            VerbStatus status = verb.Run(context, Encoding.UTF8.GetBytes(words.Length > 1 ? words[1] : ""));
            Assert.True(status == expected || (expected != VerbStatus.Failed && status is VerbStatus.Done or VerbStatus.Running), line);
        }
    }

    private static VcpuExit PowersOff(FakeVcpu vcpu, ulong deadline) => new() { Kind = VcpuExitKind.PortWrite, Address = 0x604, SizeBytes = 2, Value = 0x3400 };

    private static void Record(ExitHistory history, uint reason, int count)
    {
        for (int i = 0; i < count; i++)
        {
            history.Record(reason, 0, 0, default);
        }
    }

    private static string[] Names(string table) => [.. table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.Split(' ')[0])];

    // As Linux does: the power button may raise an SCI.
    private void Listen(string name) => _shell[name].Board.Ports.Write(0x602, 2, 0x100);

    private void Power(string name)
    {
        int slot = _shell[name].Slot;
        _shell.Pc.Backend.Guest = (vcpu, deadline) => vcpu.Slot == slot ? PowersOff(vcpu, deadline) : default;
        _shell.Until(() => _shell[name].State == DomainState.Ended);
        _shell.Pc.Backend.Guest = (_, _) => default;
        _shell.Steps();
    }
}
