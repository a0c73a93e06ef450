using System;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Management.Logs;
using Multicosm.Unit.Domains;
using Xunit;

namespace Multicosm.Unit.Management;

public sealed class LogTests
{
    private const string Prompt = ShellFixture.Prompt;
    private const int BytesPerStep = 6; // with a run of 10 ms, a third of what 115,200 baud take: a slow line

    private readonly ShellFixture _shell = new(FakePc.WithDebian());

    public LogTests()
    {
        foreach (string name in new[] { "a", "b", "c", "flood" })
        {
            _shell.Ask($"create debian memory=28 name={name}");
        }
    }

    [Fact]
    public void What_is_kept_of_one_domain_is_shown_plain()
    {
        _shell.GuestPrints("a", "one\r\ntwo \x1b[1;31mred\x1b[0m\x1b[6n\ttab\x07\r\n\r\nlast");
        Assert.Equal("one\ntwo red tab\n\nlast\n", _shell.Ask("log a"));
        Assert.Equal("", _shell.Ask("log b"));
        Assert.False(_shell["a"].Console.IsAttached);
    }

    [Theory]
    [InlineData("a\u00C2\u009B31mb", "a31mb")] // CSI as UTF-8
    [InlineData("a\u009B31mb", "a31mb")] // and as a byte
    [InlineData("\u0080\u0085\u009D\u009Fx\u00A0\u00FF", "x\u00A0\u00FF")] // another character set's letters stay
    [InlineData("\u00E2\u0082\u00AC \u00C3\u0080 \u00F0\u009F\u0098\u0080", "\u00E2\u0082\u00AC \u00C3\u0080 \u00F0\u009F\u0098\u0080")] // characters with such bytes in them
    [InlineData("\u00C2\u00C2\u009B", "\u00C2")]
    [InlineData("\u00E0\u0082\u009B", "\u00E0")] // too long for what it says
    [InlineData("\u00E2\u0082", "\u00E2")] // cut short
    public void Controls_of_eight_bits_are_left_out(string bytes, string expected)
    {
        TextBuffer line = new(100);
        PlainText.Append(line, Encoding.Latin1.GetBytes(bytes));
        Assert.Equal(expected, Encoding.Latin1.GetString(line.Text));
    }

    [Fact]
    public void What_is_kept_of_several_is_tagged_and_comes_domain_by_domain()
    {
        _shell.GuestPrints("a", "a1\r\na2\r\n");
        _shell.GuestPrints("b", "b1\r\n");
        _shell.GuestPrints("c", "c1");
        Assert.Equal("a: a1\na: a2\nb: b1\nc: c1\n", _shell.Ask("log"));
        Assert.Equal("a: a1\na: a2\nc: c1\n", _shell.Ask("log c a"));
    }

    [Fact]
    public void Bytes_that_are_no_longer_kept_are_counted()
    {
        _shell.GuestPrints("a", new string('x', 100) + "\n" + string.Concat(Enumerable.Repeat("0123456789abcde\n", GuestConsole.OutputCapacity / 16)));
        string text = _shell.Ask("log a");
        Assert.StartsWith("[a: 117 bytes dropped]\n0123456789abcde\n", text); // with the line of which it does not know the start
        Assert.Equal(GuestConsole.OutputCapacity - 16 + "[a: 117 bytes dropped]\n".Length, text.Length);
    }

    [Fact]
    public void A_long_line_comes_in_parts()
    {
        _shell.GuestPrints("a", new string('x', 1000) + "\r\nend\r\n");
        Assert.Equal($"{new string('x', 400)}\n{new string('x', 400)}\n{new string('x', 200)}\nend\n", _shell.Ask("log a"));
        _shell.GuestPrints("b", new string('x', 400) + "\r\nend\r\n");
        Assert.Equal($"{new string('x', 400)}\nend\n", _shell.Ask("log b"));
    }

    [Fact]
    public void Following_shows_lines_as_they_come_and_q_leaves()
    {
        _shell.GuestPrints("a", "before\r\n");
        Follow("log -f");
        _shell.GuestPrints("a", "now\r\n");
        _shell.GuestPrints("b", "here\r\nunfin");
        _shell.Steps(3);
        Assert.Equal("a: now\r\nb: here\r\n", _shell.Line.TakeOutput());
        _shell.GuestPrints("b", "ished\r\n");
        _shell.Steps(3);
        Assert.Equal("b: unfinished\r\n", _shell.Line.TakeOutput());
        _shell.Line.Type("xq");
        _shell.Steps(3);
        Assert.Equal(Prompt, _shell.Line.TakeOutput());
    }

    [Theory]
    [InlineData("q")]
    [InlineData("\x03")]
    [InlineData("\x1d")]
    public void Only_the_named_ones_are_followed_and_what_is_behind_the_key_goes_to_the_prompt(string key)
    {
        Follow("log -f c a");
        _shell.GuestPrints("a", "yes\r\n");
        _shell.GuestPrints("b", "no\r\n");
        _shell.Steps(3);
        Assert.Equal("a: yes\r\n", _shell.Line.TakeOutput());
        _shell.Line.Type(key + "hel");
        _shell.Steps(3);
        Assert.Equal(Prompt + "hel", _shell.Line.TakeOutput());
    }

    [Fact]
    public void An_unfinished_line_is_shown_after_a_second_and_its_rest_tagged_again()
    {
        Follow("log -f");
        _shell.GuestPrints("a", "login: ");
        _shell.Steps(2);
        Assert.Equal("", _shell.Line.TakeOutput());
        _shell.Pc.Clock.Ticks += _shell.Pc.Clock.TicksPerSecond;
        _shell.Steps(2);
        Assert.Equal("a: login: \r\n", _shell.Line.TakeOutput());
        _shell.GuestPrints("a", "\r\n");
        _shell.GuestPrints("b", "\r\n");
        _shell.GuestPrints("a", "root\r\n");
        _shell.Steps(3);
        Assert.Equal("b: \r\na: root\r\n", string.Join("", _shell.Line.TakeOutput().Split("\r\n").OrderByDescending(line => line).Where(line => line.Length > 0).Select(line => line + "\r\n")));
    }

    [Fact]
    public void A_domain_that_is_created_meanwhile_is_followed_from_its_first_byte_and_what_happens_is_told()
    {
        Follow("log -f");
        Domain made = _shell.Pc.Create("memory=28 name=late");
        _shell.GuestPrints("late", "hello\r\n");
        _shell.Steps(3);
        Assert.Equal("late: hello\r\n", _shell.Line.TakeOutput());
        _shell.Pc.Manager.Destroy(made);
        _shell.Until(() => _shell.Line.Output.Contains("domain late (id 5): ended: destroyed\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public void A_flood_loses_its_own_lines_only_and_says_how_much()
    {
        // Each step the flooder prints far more than the line takes; the others print a line now and then.
        _shell.Line.IsSlow = true;
        Follow("log -f");
        StringBuilder all = new();
        ulong flooded = 0;
        for (int step = 0; step < 6000; step++)
        {
            _shell.GuestPrints("flood", string.Concat(Enumerable.Range(0, 20).Select(i => $"flooding {(step * 20) + i:D8}\r\n")));
            flooded += 20 * 19;
            if (step % 100 == 0 && step < 5000)
            {
                foreach (string name in new[] { "a", "b", "c" })
                {
                    _shell.GuestPrints(name, $"beat {step:D5} of {name}\r\n");
                }
            }

            _shell.Line.Send(BytesPerStep);
            _shell.Steps(1);
            Assert.InRange(_shell.Line.Queued, 0, 256 + 1);
            all.Append(_shell.Line.TakeOutput());
        }

        string text = all.ToString();
        foreach (string name in new[] { "a", "b", "c" })
        {
            string[] expected = [.. Enumerable.Range(0, 50).Select(i => $"{name}: beat {i * 100:D5} of {name}")];
            Assert.Equal(expected, text.Split("\r\n").Where(line => line.StartsWith(name + ": ", StringComparison.Ordinal)));
            Assert.DoesNotContain($"[{name}:", text);
        }

        // What was shown, what was dropped and what is still to come is all that was printed; there is no other line.
        ulong dropped = (ulong)Regex.Matches(text, @"^\[flood: (\d+) bytes dropped\]\r$", RegexOptions.Multiline).Sum(match => long.Parse(match.Groups[1].Value));
        MatchCollection shown = Regex.Matches(text, @"^flood: flooding (\d{8})\r\n", RegexOptions.Multiline);
        ulong last = ulong.Parse(shown[^1].Groups[1].Value) + 1;
        Assert.Equal((last * 19) - dropped, (ulong)shown.Count * 19);
        Assert.InRange(flooded - (last * 19), 0UL, 70_000UL);
        Assert.True(dropped > 0);
    }

    [Fact]
    public void A_key_is_echoed_soon_however_much_three_domains_print()
    {
        _shell.Line.IsSlow = true;
        Follow("log -f");
        for (int step = 0; step < 300; step++)
        {
            Flood();
        }

        // Behind what is queued comes the prompt: at 11,520 bytes a second 300 bytes take 26 ms.
        _shell.Line.TakeOutput();
        int ahead = _shell.Line.Queued;
        Assert.InRange(ahead, 1, 300);
        _shell.Line.Type("ql");
        Flood();
        Flood();
        Assert.EndsWith(Prompt + "l", _shell.Line.TakeOutput());
        Assert.InRange(_shell.Line.Queued, 1, 330);
        for (int step = 0; step < 300; step++)
        {
            Flood();
        }

        _shell.Line.Type("o");
        Flood();
        Assert.Equal("o", _shell.Line.TakeOutput());
        Assert.InRange(_shell.Line.Queued, 0, 1);
    }

    [Fact]
    public void A_console_that_is_looked_at_queues_little_so_that_leaving_it_is_quick()
    {
        _shell.Line.IsSlow = true;
        _shell.Line.Type("console flood\r");
        _shell.Steps(3);
        for (int step = 0; step < 200; step++)
        {
            foreach (byte value in "some output of a guest that does not stop\r\n"u8)
            {
                _ = _shell["flood"].Console.Sink.TryWrite(value);
            }

            _shell.Line.Send(BytesPerStep);
            _shell.Steps(1);
        }

        Assert.InRange(_shell.Line.Queued, 1, 256);
    }

    [Fact]
    public void Log_without_follow_is_cancelled_by_a_key()
    {
        _shell.GuestPrints("a", string.Concat(Enumerable.Repeat("0123456789abcde\n", 10_000)));
        _shell.Line.IsSlow = true;
        _shell.Line.Type("log a\r");
        _shell.Steps(5);
        _shell.Line.Type("\x03");
        _shell.Steps(2);
        Assert.EndsWith("^C\r\n" + Prompt, _shell.Line.Output);
    }

    private void Flood()
    {
        foreach (string name in new[] { "a", "b", "c" })
        {
            _shell.GuestPrints(name, "a line of somebody who prints much\r\n");
        }

        _shell.Line.Send(BytesPerStep);
        _shell.Steps(1);
    }

    private void Follow(string command)
    {
        _shell.Line.TakeOutput();
        _shell.Line.Type(command + "\r");
        _shell.Steps(2);
        Assert.Equal(command + "\r\n", _shell.Line.TakeOutput());
        _shell.Line.Send(int.MaxValue);
    }
}
