using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Management.Monitor;
using Multicosm.Unit.Domains;
using Xunit;

namespace Multicosm.Unit.Management;

public sealed class TopTests
{
    private const string Enter = "\x1b[?1049h\x1b[?25l\x1b[2J";
    private const string Leave = "\x1b[2J\x1b[H\x1b[?25h\x1b[?1049l";

    private readonly ShellFixture _shell = new(FakePc.WithDebian());
    private readonly TerminalScreen _screen = new();

    [Theory]
    [InlineData("q")]
    [InlineData("\x03")]
    [InlineData("\x1d")]
    public void It_takes_the_whole_screen_and_gives_it_back(string key)
    {
        _shell.Line.TakeOutput();
        _shell.Line.Type("top\r");
        _shell.Steps(5);
        Assert.StartsWith("top\r\n" + Enter, _shell.Line.TakeOutput());
        _shell.Line.Type(key + "li");
        _shell.Steps(5);
        Assert.EndsWith(Leave + "\r\x1b[K" + ShellFixture.Prompt + "li", _shell.Line.TakeOutput());
    }

    [Fact]
    public void A_row_says_what_a_domain_did_since_the_last_look()
    {
        _shell.Ask("create debian name=busy");
        _shell.Ask("create -p debian name=held memory=80");
        _shell.Pc.Backend.ExitNames[10] = "CPUID"u8.ToArray();
        _shell.Pc.Backend.ExitNames[30] = "I/O instruction"u8.ToArray();
        Start();
        Work(500, 10, 250);
        _shell.GuestPrints("busy", new string('x', 2000));
        Look();
        IReadOnlyList<string> rows = _screen.Rows;
        Assert.Matches(@"^Multicosm 0\.1\.0 up 0:00:0\d  CPU \d+\.\d% busy \(\d+\.\d% the host\), +\d+\.\d% idle$", rows[0]);
        Assert.Equal("Memory 1024 MiB, 368 free  Domains 1 running, 1 paused", rows[1]);
        Assert.Equal("NAME          STATE     CPU%    TIME EXITS/S  CPUID     IO    MSR   MEM  CONS/S", rows[3]);
        Assert.Matches(@"^busy          running  +\d+\.\d +\d+\.\d     750    500    250      0    64    2000$", rows[4]);
        Assert.Matches(@"^held          paused     0\.0     0\.\d       0      0      0      0    80       0$", rows[5]);
        Assert.Equal("IO = ports, MMIO = emulated memory, INTR = interrupts; MEM in MiB, CONS bytes", rows[22]);
        Assert.Equal("q leaves, s sorts by exits", rows[23]);
        Assert.All(rows, row => Assert.InRange(row.Length, 0, 79));
        Look();
        Assert.Matches(@"^busy .*     0      0      0      0    64       0$", _screen.Rows[4]);
    }

    [Fact]
    public void The_rows_are_sorted_as_asked()
    {
        foreach (string name in new[] { "c", "a", "b" })
        {
            _shell.Ask("create -p debian name=" + name);
        }

        Start();
        Record("b", 10, 5);
        Record("a", 10, 7);
        Look();
        Assert.Equal(["c", "a", "b"], Names());
        Press("s");
        Assert.Equal("q leaves, s sorts by name", _screen.Rows[23]);
        Assert.Equal(["a", "b", "c"], Names());
        Press("s");
        Assert.Equal(["a", "b", "c"], Names());
        Record("c", 10, 1);
        Look();
        Press("s");
        Press("s");
        Assert.Equal(["c", "a", "b"], Names());
    }

    [Fact]
    public void Rows_beyond_the_screen_are_counted_and_nothing_is_below_it()
    {
        for (int i = 0; i < 18; i++)
        {
            _shell.Ask($"create -p debian memory=28 name=a-domain-whose-name-is-long-{i}");
        }

        Start();
        Look();
        Assert.Equal(17, Names().Count());
        Assert.Equal("and 1 more domain", _screen.Rows[21]);
        Assert.Equal(24, _screen.Rows.Count);
    }

    [Fact]
    public void Large_figures_stay_in_their_columns()
    {
        _shell.Ask("create debian name=busy");
        Start();
        Work(20_000_000, 10, 0);
        Look();
        Assert.InRange(_screen.Rows[4].Length, 0, 79);
        Assert.Contains("20000k", _screen.Rows[4]);
    }

    [Fact]
    public void It_sends_little_at_a_time()
    {
        for (int i = 0; i < 10; i++)
        {
            _shell.Ask($"create -p debian memory=28 name=n{i}");
        }

        _shell.Line.IsSlow = true;
        _shell.Line.Type("top\r");
        for (int i = 0; i < 500; i++)
        {
            _shell.Line.Send(3);
            _shell.Steps(1);
            Assert.InRange(_shell.Line.Queued, 0, 300);
        }
    }

    [Theory]
    [InlineData("CPUID", ExitClass.Cpuid)]
    [InlineData("WRMSR", ExitClass.Msr)]
    [InlineData("I/O instruction", ExitClass.Io)]
    [InlineData("EPT violation", ExitClass.Mmio)]
    [InlineData("APIC write", ExitClass.Mmio)]
    [InlineData("HLT", ExitClass.Halt)]
    [InlineData("external interrupt", ExitClass.Interrupt)]
    [InlineData("preemption timer", ExitClass.Interrupt)]
    [InlineData("triple fault", ExitClass.Other)]
    [InlineData("", ExitClass.Other)]
    public void Exits_have_their_class(string name, ExitClass expected) => Assert.Equal(expected, ExitClasses.Of(Encoding.UTF8.GetBytes(name)));

    private void Start()
    {
        _shell.Line.Type("top\r");
        _shell.Steps(1);
        _shell.Line.TakeOutput();
        Draw();
    }

    // The next look, and all that it draws.
    private void Look()
    {
        _shell.Pc.Clock.Ticks += _shell.Pc.Clock.TicksPerSecond;
        Draw();
    }

    private void Draw()
    {
        for (int i = 0; i < 40; i++)
        {
            Assert.False(_shell.Shell.Poll());
        }

        _screen.Write(_shell.Line.TakeOutput());
    }

    private void Press(string key)
    {
        _shell.Line.Type(key);
        Draw();
    }

    private void Work(int cpuid, uint reason, int io)
    {
        Record("busy", reason, cpuid);
        Record("busy", 30, io);
    }

    private void Record(string name, uint reason, int count)
    {
        ExitHistory history = _shell[name].Vcpu.Backend.History;
        for (int i = 0; i < count; i++)
        {
            history.Record(reason, 0, 0, default);
        }
    }

    private IEnumerable<string> Names() => _screen.Rows.Skip(4).Take(17).Select(row => row.Split(' ')[0]).Where(name => name.Length > 0);
}
