using System;
using System.Linq;
using System.Text;
using FsCheck.Xunit;
using Multicosm.Management;
using Multicosm.Management.Editing;
using Xunit;

namespace Multicosm.Unit.Management;

public sealed class LineEditorTests
{
    private readonly FakeLine _line = new();
    private readonly LineEditor _editor;

    public LineEditorTests()
    {
        _editor = new LineEditor(new HostTerminal(_line));
        _editor.Begin();
    }

    [Theory]
    [InlineData("abc\r", "abc")]
    [InlineData("abc\n", "abc")]
    [InlineData("abX\x7f" + "c\r", "abc")]
    [InlineData("abX\b" + "c\r", "abc")]
    [InlineData("bc\x01" + "a\r", "abc")]
    [InlineData("bc\x1b[Ha\r", "abc")]
    [InlineData("bc\x1bOHa\r", "abc")]
    [InlineData("bc\x1b[1~a\x1b[4~d\r", "abcd")]
    [InlineData("bc\x1b[7~a\x1b[8~d\r", "abcd")]
    [InlineData("ac\x1b[Db\x1b[Cd\r", "abcd")]
    [InlineData("ac\x02" + "b\x06" + "d\r", "abcd")]
    [InlineData("abXc\x1b[D\x1b[D\x1b[3~\r", "abc")]
    [InlineData("abXc\x02\x02\x04\r", "abc")]
    [InlineData("xyz\x15" + "abc\r", "abc")]
    [InlineData("abcxyz\x02\x02\x02\x0b\r", "abc")]
    [InlineData("abc def  \x17\r", "abc ")]
    [InlineData("junk\x03" + "abc\r", "abc")]
    [InlineData("abc\x1b[15~\x1b[200~\x1b[1;5C\t\r", "abc")]
    [InlineData("a\x05\x0e\x10" + "bc\r", "abc")]
    [InlineData("\x7f\x7f\x1b[3~\x1b[D\x1b[C\x17\x15" + "abc\r", "abc")]
    public void Keys_do_what_they_say(string typed, string expected) => Assert.Equal(expected, Type(typed));

    [Fact]
    public void CR_LF_is_one_end_of_line()
    {
        Assert.Equal("a", Type("a\r"));
        Assert.False(_editor.Feed((byte)'\n'));
        Assert.Equal("b", Type("b\r"));
    }

    [Fact]
    public void History_goes_back_and_forth_and_keeps_the_draft()
    {
        Type("one\r");
        Type("two\r");
        Type("two\r");
        Type("   \r");
        Assert.Equal("one", Type("\x1b[A\x1b[A\r"));
        Assert.Equal("dra", Type("dra\x1b[A\x1b[B\r"));
        Assert.Equal("dra", Type("\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[B\x1b[B\x1b[B\r"));
    }

    [Fact]
    public void Text_at_the_end_is_only_echoed()
    {
        _line.TakeOutput();
        Type("list\r");
        Assert.Equal("list\r\n", _line.TakeOutput().Split("multicosm> ")[0]);
    }

    [Fact]
    public void A_line_has_its_limit_and_the_rest_rings_the_bell()
    {
        string line = Type(new string('x', LineEditor.MaximumBytes + 5) + "\r");
        Assert.Equal(LineEditor.MaximumBytes, line.Length);
        Assert.Contains("\a", _line.Output);
    }

    [Property(MaxTest = 500)]
    public void The_screen_shows_what_the_line_holds(byte[] typed)
    {
        FakeLine line = new();
        LineEditor editor = new(new HostTerminal(line));
        editor.Begin();
        foreach (byte value in typed ?? [])
        {
            // Only keys that stay on the line, often enough.
            byte key = (value % 12) switch
            {
                0 => 0x01,
                1 => 0x02,
                2 => 0x05,
                3 => 0x06,
                4 => 0x7F,
                5 => 0x04,
                6 => 0x0B,
                7 => 0x17,
                _ => (byte)('a' + (value % 26)),
            };
            Assert.False(editor.Feed(key));
        }

        TerminalScreen screen = new();
        screen.Write(line.Output);
        screen.AssertShows("multicosm> ", Encoding.UTF8.GetString(editor.Line));
    }

    [Theory]
    [InlineData(67)]
    [InlineData(68)]
    [InlineData(69)]
    [InlineData(300)]
    public void A_line_that_is_too_long_is_shown_around_the_cursor_and_never_wraps(int length)
    {
        string text = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i % 26))));
        foreach (string keys in new[] { "", "\x01", "\x05", "\x02\x02\x02", "\x01\x06\x06", "\x17", "\x01x", "\x05\x7f\x7f", "\x01\x04" })
        {
            FakeLine line = new();
            LineEditor editor = new(new HostTerminal(line));
            editor.Begin();
            TerminalScreen screen = new();
            foreach (byte key in Encoding.ASCII.GetBytes(text + keys))
            {
                Assert.False(editor.Feed(key));
                screen.Write(line.TakeOutput());
                screen.AssertShows("multicosm> ", Encoding.UTF8.GetString(editor.Line));
            }

            // What a notice does to it.
            line.TakeOutput();
            editor.Draw();
            screen.Write(line.TakeOutput());
            screen.AssertShows("multicosm> ", Encoding.UTF8.GetString(editor.Line));
            Assert.False(editor.Feed((byte)'#'));
            Assert.Contains('#', Encoding.UTF8.GetString(editor.Line));
        }
    }

    private string Type(string typed)
    {
        foreach (byte value in Encoding.UTF8.GetBytes(typed))
        {
            if (_editor.Feed(value))
            {
                string line = Encoding.UTF8.GetString(_editor.Line);
                _editor.Begin();
                return line;
            }
        }

        throw new InvalidOperationException("the line does not end");
    }
}
