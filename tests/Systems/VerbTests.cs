using System;
using System.Linq;
using System.Text.RegularExpressions;
using Multicosm.Guests;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>Every verb of the prompt, in one boot with two small domains: one that counts slowly, and one that floods its console.</summary>
public sealed class VerbTests
{
    [Fact]
    public void EveryVerbAnswers()
    {
        string iso = MicroGuest.ComposeIso("verbs", Repository.Kernel, ["ticker", "flood"]);
        using TestMachine machine = new("verbs", new EmulatorOptions { Iso = iso }, 420);
        machine.Expect(TestMachine.Prompt, 120);
        RefuseWhatIsWrong(machine);
        CompleteWords(machine);
        StartPaused(machine);
        ShowTables(machine);
        FollowConsoles(machine);
        Watch(machine);
        Rename(machine);
        SwitchOff(machine);
        ActOnBoards(machine);
    }

    private static void RefuseWhatIsWrong(TestMachine machine)
    {
        string[] verbs = [.. Regex.Matches(machine.Command("help"), @"(?m)^  ([a-z0-9-]+) ").Select(match => match.Groups[1].Value)];
        Assert.Equal(verbs.Order(StringComparer.Ordinal), verbs);
        Assert.Contains("  Example: create -c debian", machine.Command("help create"));
        (string Command, string Said)[] wrong =
        [
            ("frob", "frob: there is no such verb; \"help\" shows those there are"),
            ("help frob", "help: there is no such verb; usage: help [VERB]"),
            ("console nobody", "console: there is no domain \"nobody\"; \"list\" shows those there are"),
            ("create", "create: it takes a domain file; usage: create [-pc] FILE [KEY=VALUE]..."),
            ("create nix", "create: there is no domain file \"nix\" on this ISO; there are: ticker flood"),
            ("destroy nobody", "destroy: there is no domain \"nobody\"; \"list\" shows those there are"),
            ("dmesg all", "dmesg: it takes no arguments but -c; usage: dmesg [-c]"),
            ("exits", "exits: it takes one domain; usage: exits NAME"),
            ("host", "host: it takes poweroff or reboot; usage: host poweroff|reboot [-f]"),
            ("info a b", "info: it takes one domain, or nothing; usage: info [NAME]"),
            ("list -x", "list: there is no option -x; usage: list [-l] [NAME]..."),
            ("log nobody", "log: there is no domain \"nobody\"; \"list\" shows those there are"),
            ("mem all", "mem: it takes no arguments; usage: mem"),
            ("pause", "pause: it takes one domain; usage: pause NAME"),
            ("reboot", "reboot: it takes one domain; usage: reboot [-w] NAME"),
            ("rename x", "rename: it takes a domain and its new name; usage: rename NAME NEW"),
            ("sched-credit2 -c 3", "sched-credit2: -w and -c need -d NAME; usage: sched-credit2 [-d NAME [-w WEIGHT] [-c CAP]]"),
            ("shutdown", "shutdown: it takes one domain, or -a; usage: shutdown [-w] -a|NAME"),
            ("top all", "top: it takes no arguments; usage: top"),
            ("trigger x y", "trigger: there are nmi, reset and power; usage: trigger NAME nmi|reset|power"),
            ("unpause nobody", "unpause: there is no domain \"nobody\"; \"list\" shows those there are"),
            ("uptime nobody", "uptime: there is no domain \"nobody\"; \"list\" shows those there are"),
            ("vcpu-list nobody", "vcpu-list: there is no domain \"nobody\"; \"list\" shows those there are"),
        ];
        foreach ((string command, string said) in wrong)
        {
            Assert.Equal("\r\n" + said + "\r\n", machine.Command(command));
        }
    }

    private static void CompleteWords(TestMachine machine)
    {
        machine.Press("tab");
        machine.Press("tab");
        machine.Expect("console  crash  create  destroy", 30);
        machine.Expect(TestMachine.Prompt, 30);
        machine.Send("cre\tti\tname=one");
        machine.Expect("create ticker name=one", 30);
        machine.Expect("domain \"one\" started, id 1\r\n", 60);
        machine.Expect(TestMachine.Prompt, 30);
        Assert.Equal("\r\ndomain \"one\" destroyed\r\n", machine.Command("destroy one", 60));
    }

    private static void StartPaused(TestMachine machine)
    {
        Assert.Equal("\r\ndomain \"ticker\" is paused, id 2\r\n", machine.Command("create -p ticker", 60));
        Assert.Matches(@"(?m)^ticker +2 +16 +1  paused +\d+\.\d\r$", machine.Command("list ticker"));
        Assert.Equal("\r\n", machine.Command("log ticker"));
        Assert.DoesNotContain("first entry", machine.Command("info ticker"));
        Assert.Equal("\r\nunpause: domain \"ticker\" is paused; only a paused one can be unpaused\r\n".Replace("is paused", "is running"), Unpaused(machine));
        machine.Send("create -c flood");
        machine.Expect("[console of flood: Ctrl-] leaves]\r\n", 60);
        machine.Expect("flooding 00000000\r\nflooding 00000001\r\n", 30);
        machine.Press("ctrl-]");
        machine.Expect(TestMachine.Prompt, 30);
    }

    // Unpauses it; what the second time says.
    private static string Unpaused(TestMachine machine)
    {
        Assert.Equal("\r\ndomain \"ticker\" unpaused\r\n", machine.Command("unpause ticker"));
        return machine.Command("unpause ticker");
    }

    private static void ShowTables(TestMachine machine)
    {
        Assert.Equal("\r\ndomain \"flood\" paused\r\n", machine.Command("pause flood"));
        Assert.Equal("\r\npause: domain \"flood\" is paused; only one that runs, is blocked or is being built can be paused\r\n", machine.Command("pause flood"));
        Assert.Equal("\r\nshutdown: domain \"flood\" is paused; only one that runs or is blocked can be asked; destroy ends it\r\n", machine.Command("shutdown flood"));
        Assert.Equal("\r\ntrigger: domain \"flood\" is paused; only one that runs or is blocked feels it\r\n", machine.Command("trigger flood reset"));
        Assert.Matches(@"(?m)^Name +ID   Mem VCPUs  State       Time\(s\)  Reason\r\nticker +2 +16 +1  running +\d+\.\d\r\nflood +3 +16 +1  paused +\d+\.\d\r$", machine.Command("list"));
        Assert.Equal("\r\ndomain \"flood\" unpaused\r\n", machine.Command("unpause flood"));
        Assert.Matches(@"(?m)^flood +3     0     0 running +\d+\.\d all / all\r$", machine.Command("vcpu-list"));
        Assert.Matches(@"(?s)\nMulticosm +0 0:0\d:\d\d\r\nticker +2 0:0\d:\d\d\r\nflood +3 0:0\d:\d\d\r\n$", machine.Command("uptime"));
        Assert.Matches(@"(?s)total: \d+ KiB\r\nfree: \d+ KiB \(\d+ frames\)\r\ndomains: \d{5} KiB\r\nhost: \d+ KiB\r\n.*\nticker +2 +16 +\d{5}\r\nflood +3 +16 +\d{5}\r\n$", machine.Command("mem"));
        Assert.Equal("\r\n", machine.Command("sched-credit2 -d flood -w 128 -c 40"));
        Assert.Matches(@"Name +ID Weight  Cap\r\nflood +3    128   40\r\n$", machine.Command("sched-credit2 -d flood"));
        Assert.Contains("a weight is a number from 1 to 65535", machine.Command("sched-credit2 -d flood -w 0"));
        Assert.Matches(@"(?s)Cpupool Pool-0: sched=CREDIT2\r\nName +ID Weight  Cap\r\nticker +2    256    0\r\nflood +3    128   40\r\n$", machine.Command("sched-credit2"));
        Assert.Matches(@"(?s)^\r\ndomain: ticker\r\nid: 2\r\n.*cap: 40\r\n.*exits: \d+, .*I/O instruction \d+", machine.Command("list -l"));
        Assert.Matches(@"(?s)Exit +Count  Share\r\n.*I/O instruction +\d+ +\d+\.\d%  ########################\r\n(.*\n)?all +\d+ 100\.0%\r\n$", machine.Command("exits flood"));
        Assert.Contains("VT-x: usable", machine.Command("info"));
    }

    private static void FollowConsoles(TestMachine machine)
    {
        Assert.Matches(@"(?s)^\r\nticker: up\r\ntick 00000000\r\ntick 00000001\r\n", machine.Command("log ticker"));
        machine.Send("log -f");
        string seen = machine.Expect(" bytes dropped]\r\n", 120) + " bytes dropped]\r\n";
        int first = 0;
        for (int i = 0; i < 6; i++)
        {
            seen += machine.Expect("ticker: tick ", 60) + "ticker: tick " + machine.Expect("\r\n", 30) + "\r\n";
        }

        // Only whole lines, and none of the slow one's is missing.
        string[] lines = seen.Split("\r\n", StringSplitOptions.RemoveEmptyEntries)[1..];
        Assert.All(lines, line => Assert.Matches(@"^(ticker: tick [0-9a-f]{8}|flood: flooding [0-9a-f]{8}|flood: .{0,17}|\[flood: \d+ bytes dropped\])$", line));
        int[] ticks = [.. lines.Where(line => line.StartsWith("ticker: ", StringComparison.Ordinal)).Select(line => Convert.ToInt32(line[^8..], 16))];
        first = ticks[0];
        Assert.Equal(Enumerable.Range(first, ticks.Length), ticks);
        Leave(machine);
    }

    private static void Watch(TestMachine machine)
    {
        machine.Send("top");
        machine.Expect("\x1b[?1049h", 30);
        machine.Expect("NAME          STATE     CPU%    TIME EXITS/S", 30);
        machine.Expect("s sorts by exits", 30);
        Assert.Matches(@"(?s)flood +running .*ticker +running |ticker +running .*flood +running ", machine.Expect("s sorts by exits", 60));
        machine.Send("s");
        machine.Expect("s sorts by name", 30);
        Leave(machine);
        Assert.EndsWith("\x1b[?1049l\r\x1b[K", machine.Text[..machine.Text.LastIndexOf(TestMachine.Prompt + "\r\n", StringComparison.Ordinal)]);
    }

    // The key, and the empty line of what Send adds to it.
    private static void Leave(TestMachine machine)
    {
        machine.Send("q");
        machine.Expect(TestMachine.Prompt, 30);
        machine.Expect("\r\n" + TestMachine.Prompt, 30);
    }

    private static void Rename(TestMachine machine)
    {
        Assert.Equal("\r\nrename: a domain called \"flood\" lives already; choose another name\r\n", machine.Command("rename ticker flood"));
        Assert.Contains("\"a,b\" cannot be a name", machine.Command("rename ticker a,b"));
        Assert.Equal("\r\ndomain 2 is called \"clock\" now\r\n", machine.Command("rename ticker clock"));
        Assert.Matches(@"(?m)^clock +2 ", machine.Command("list"));
    }

    private static void SwitchOff(TestMachine machine)
    {
        Assert.Equal("\r\nshutdown: domain \"flood\" does not listen to its power button (yet); try later, or use destroy or trigger reset\r\n", machine.Command("shutdown -w flood"));
        string rebooted = machine.Command("reboot -w clock", 60);
        Assert.StartsWith("\r\ndomain \"clock\" is asked to reboot\r\n", rebooted);
        Assert.Matches(@"(?m)^clock +4 +16 +1  running ", machine.Command("list"));

        // It listens once it has said that it is up.
        machine.Send("console clock");
        machine.Expect("ticker: off\r\n", 60);
        machine.Expect("ticker: up\r\n", 60);
        machine.Expect("tick 00000000", 60);
        machine.Press("ctrl-]");
        machine.Expect(TestMachine.Prompt, 30);
        Assert.StartsWith("\r\ndomain \"clock\" is asked to shut down\r\ndomain clock (id 4): ended: powered off\r\n", machine.Command("shutdown -w clock", 60));
        Assert.Matches(@"(?m)^clock +4 .* ended .* powered off\r$", machine.Command("list"));
        Assert.Equal("\r\nreboot: domain \"clock\" is ended; only one that runs or is blocked can be asked\r\n", machine.Command("reboot clock"));
        Assert.Equal("\r\nrename: domain \"clock\" is ended; only a living one can be renamed\r\n", machine.Command("rename clock c"));
        Assert.Equal("\r\nsched-credit2: domain \"clock\" is ended; only a living domain has a weight and a cap\r\n", machine.Command("sched-credit2 -d clock -w 1"));
        Assert.EndsWith("ticker: off\r\n", machine.Command("log clock"));
        Assert.Equal("\r\ndomain \"clock\" removed from the list\r\n", machine.Command("destroy clock"));
    }

    private static void ActOnBoards(TestMachine machine)
    {
        // Without an interrupt table the NMI is a triple fault, and that is told to who looks at the console.
        machine.Command("create ticker name=victim on_crash=preserve", 60);
        machine.Send("console victim");
        machine.Expect("tick 00000000", 60);
        machine.Press("ctrl-]");
        machine.Expect(TestMachine.Prompt, 30);
        Assert.Equal("\r\ndomain \"victim\": nmi triggered\r\n", machine.Command("trigger victim nmi"));
        machine.Expect("victim (id 5, vcpu 0) crashed: triple fault", 60);
        machine.Expect("domain victim (id 5): ended: crashed: triple fault\r\n", 60);
        machine.Expect(TestMachine.Prompt, 30);
        Assert.Equal("\r\ntrigger: domain \"victim\" is crashed; only one that runs or is blocked feels it\r\n", machine.Command("trigger victim nmi"));
        Assert.Equal("\r\npause: domain \"victim\" is crashed; only one that runs, is blocked or is being built can be paused\r\n", machine.Command("pause victim"));
        Assert.Equal("\r\ndomain \"victim\" destroyed\r\n", machine.Command("destroy victim", 60));

        // A reset starts it again, and its console goes on.
        machine.Send("console flood");
        machine.Expect("flooding ", 60);
        machine.Press("ctrl-]");
        machine.Expect(TestMachine.Prompt, 30);
        Assert.StartsWith("\r\ndomain \"flood\": reset triggered\r\n", machine.Command("trigger flood reset"));
        machine.Expect("domain flood (id 6): starts again: rebooted\r\n", 60);
        machine.Expect(TestMachine.Prompt, 30);
        Assert.Contains("started", machine.Command("dmesg -c", 60));
        Assert.DoesNotContain("VT-x: usable", machine.Command("dmesg"));
        machine.Send("host poweroff");
        machine.Expect("domains are running and will be lost; power off anyway? (y/n) ", 30);
        machine.Send("n");
        machine.Expect("not done\r\n", 30);
        machine.Expect(TestMachine.Prompt, 30);
        Assert.Equal("\r\ndomain \"flood\" destroyed\r\n", machine.Command("destroy flood", 60));
        machine.Send("host poweroff");
        machine.WaitForEnd(60);
    }
}
