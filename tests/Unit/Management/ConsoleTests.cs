using System;
using System.Linq;
using System.Text;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Management;
using Multicosm.Unit.Domains;
using Xunit;

namespace Multicosm.Unit.Management;

public sealed class ConsoleTests
{
    private const string Prompt = ShellFixture.Prompt;
    private const string Leave = "\x1d";

    private readonly ShellFixture _shell = new(FakePc.WithDebian());

    [Fact]
    public void Guest_output_appears_only_while_attached_and_from_its_first_byte()
    {
        _shell.Ask("create debian");
        _shell.GuestPrints("debian", "first\r\n");
        _shell.Steps();
        Assert.DoesNotContain("first", _shell.Line.Output);
        Attach();
        Assert.EndsWith("[console of debian: Ctrl-] leaves]\r\nfirst\r\n", _shell.Line.Output);
        _shell.GuestPrints("debian", "second");
        _shell.Steps();
        _shell.Line.TakeOutput();
        _shell.Line.Type(Leave);
        _shell.Steps();
        Assert.Equal("\r\n" + Prompt, _shell.Line.TakeOutput());
        _shell.GuestPrints("debian", "third");
        _shell.Steps();
        Assert.Equal("", _shell.Line.Output);
        Attach();
        Assert.EndsWith("leaves]\r\nfirst\r\nsecondthird", _shell.Line.Output);
    }

    [Fact]
    public void What_is_typed_goes_to_the_guest_raw_and_what_is_behind_the_leave_key_to_the_prompt()
    {
        _shell.Ask("create debian");
        Attach();
        _shell.Line.Type("ls\r\x03\x1b[A" + Leave + "info\r");
        _shell.Until(() => _shell.Line.Output.Contains("VT-x: usable", StringComparison.Ordinal));
        Assert.Equal("ls\r\x03\x1b[A", GuestReads());
        Assert.Contains("\r\n" + Prompt + "info\r\nMulticosm: ", _shell.Line.Output);
    }

    [Fact]
    public void It_attaches_to_a_domain_that_is_still_built()
    {
        ShellFixture shell = new(FakePc.WithDebian(), autostart: true);
        shell.Pc.Backend.BuildSteps = 200;
        shell.Line.Type("console debian\r");
        shell.Until(() => shell["debian"].Console.IsAttached);
        Assert.Equal(DomainState.Building, shell["debian"].State);
        shell.Until(() => shell["debian"].State == DomainState.Running);
        shell.GuestPrints("debian", "hello");
        shell.Steps();
        Assert.EndsWith("leaves]\r\nhello", shell.Line.Output);
    }

    [Fact]
    public void When_the_domain_ends_the_console_says_why_and_the_prompt_returns()
    {
        _shell.Ask("create debian");
        Attach();
        _shell.GuestPrints("debian", "Power down.");
        _shell.Pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.PortWrite, Address = 0x604, SizeBytes = 2, Value = 0x3400 };
        _shell.Until(() => _shell.Line.Output.EndsWith(Prompt, StringComparison.Ordinal));
        Assert.EndsWith("leaves]\r\nPower down.\r\n[debian ended: powered off]\r\n" + Prompt, _shell.Line.Output);
        Assert.False(_shell["debian"].Console.IsAttached);
    }

    [Fact]
    public void A_crash_while_attached_prints_the_report_and_then_the_end()
    {
        _shell.Ask("create debian");
        Attach();
        _shell.GuestPrints("debian", "oops");
        _shell.Pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.Crash, Reason = CrashReason.UnhandledExit };
        _shell.Until(() => _shell.Line.Output.EndsWith(Prompt, StringComparison.Ordinal));
        string output = _shell.Line.Output;
        Assert.Contains("leaves]\r\noops\r\ndomain debian (id 1, vcpu 0) crashed: unknown exit", output);
        Assert.EndsWith("[debian ended: crashed: unknown exit]\r\n" + Prompt, output);
    }

    [Fact]
    public void A_reboot_keeps_the_console_attached()
    {
        _shell.Ask("create debian");
        Attach();
        bool once = true;
        _shell.Pc.Backend.Guest = (_, _) =>
        {
            bool now = once;
            once = false;
            return now ? new VcpuExit { Kind = VcpuExitKind.PortWrite, Address = 0xCF9, SizeBytes = 1, Value = 6 } : default;
        };
        _shell.Until(() => _shell["debian"].Id == 2 && _shell["debian"].State == DomainState.Running);
        _shell.GuestPrints("debian", "again");
        _shell.Steps();
        Assert.EndsWith("domain debian (id 2): starts again: rebooted\r\nagain", _shell.Line.Output);
    }

    [Fact]
    public void The_console_of_an_ended_domain_replays_and_says_why()
    {
        _shell.Ask("create debian");
        _shell.GuestPrints("debian", "last words\r\n");
        _shell.Pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.PortWrite, Address = 0x604, SizeBytes = 2, Value = 0x3400 };
        _shell.Until(() => _shell["debian"].State == DomainState.Ended);
        _shell.Steps();
        _shell.Line.TakeOutput();
        Assert.Equal("[console of debian: Ctrl-] leaves]\nlast words\n[debian ended: powered off]\n", _shell.Ask("console debian"));
    }

    [Fact]
    public void Output_waits_for_the_line_and_none_is_lost()
    {
        _shell.Ask("create debian");
        Attach();
        _shell.Line.Room = 0;
        _shell.Line.TakeOutput();
        string text = string.Concat(Enumerable.Range(0, 40_000).Select(i => (char)('a' + (i % 26))));
        _shell.GuestPrints("debian", text);
        _shell.Steps();
        Assert.Equal("", _shell.Line.Output);
        _shell.Line.Room = 10;
        _shell.Until(() => _shell.Line.Output.Length == text.Length);
        Assert.Equal(text, _shell.Line.Output);
    }

    [Fact]
    public void A_guest_that_does_not_read_makes_the_typist_wait_but_never_locks_him_in()
    {
        _shell.Ask("create debian");
        Attach();
        string text = new('k', GuestConsole.InputCapacity + 100);
        _shell.Line.Type(text);
        _shell.Steps();
        Assert.False(_shell["debian"].Console.CanType);
        _shell.Line.Type("xy" + Leave);
        _shell.Until(() => _shell.Line.Output.EndsWith(Prompt, StringComparison.Ordinal));
        Assert.Contains(" typed bytes are dropped: the guest does not read its console]", _shell.Line.Output);
    }

    [Theory]
    [InlineData(2_000)]
    [InlineData(60_000)]
    public void The_leave_key_works_behind_any_amount_of_text_that_the_guest_does_not_read(int more)
    {
        _shell.Ask("create debian");
        Attach();
        _shell.Line.Type(new string('k', GuestConsole.InputCapacity + InputQueue.Capacity + more) + Leave + "help info\r");
        _shell.Until(() => _shell.Line.Output.Contains("show version", StringComparison.Ordinal));
        Assert.Contains($"\r\n[{InputQueue.Capacity + more} typed bytes are dropped: the guest does not read its console]\r\n" + Prompt + "help info\r\n", _shell.Line.Output);
    }

    [Fact]
    public void A_guest_that_reads_slowly_gets_all_that_is_typed()
    {
        _shell.Ask("create debian");
        Attach();
        string text = string.Concat(Enumerable.Range(0, 20_000).Select(i => (char)('a' + (i % 26))));
        _shell.Line.Type(text);
        StringBuilder read = new();
        for (int i = 0; i < 100_000 && read.Length < text.Length; i++)
        {
            _shell.Steps(1);
            read.Append(_shell["debian"].Console.Source.TryRead(out byte value) ? (char)value : "");
        }

        Assert.Equal(text, read.ToString());
    }

    [Fact]
    public void What_waits_for_a_guest_that_hangs_for_a_while_stays_in_order_and_the_rest_is_reported()
    {
        _shell.Ask("create debian");
        Attach();
        int kept = GuestConsole.InputCapacity + InputQueue.Capacity;
        _shell.Line.Type(new string('a', kept) + new string('b', 500));
        _shell.Until(() => _shell.Line.Waiting == 0);
        _shell.Line.Type("c");
        StringBuilder read = new();
        for (int i = 0; i < 100_000 && read.Length < kept + 1; i++)
        {
            read.Append(_shell["debian"].Console.Source.TryRead(out byte value) ? (char)value : "");
            _shell.Steps(1);
        }

        Assert.Equal(new string('a', kept) + "c", read.ToString());
        Assert.Contains("[500 typed bytes are dropped: the guest does not read its console]", _shell.Line.Output);
    }

    private void Attach()
    {
        _shell.Line.Type("console debian\r");
        _shell.Until(() => _shell["debian"].Console.IsAttached);
        _shell.Steps();
    }

    private string GuestReads()
    {
        // The UART without FIFOs holds one byte; the rest waits in the console.
        Domain domain = _shell["debian"];
        domain.Board.Ports.Write(0x3FC, 1, 2); // RTS: it listens
        StringBuilder text = new();
        while ((domain.Board.Ports.Read(0x3FD, 1) & 1) != 0)
        {
            text.Append((char)(domain.Board.Ports.Read(0x3F8, 1) & 0xFF));
        }

        return text.ToString();
    }
}
