using System.Collections.Generic;
using System.Linq;
using System.Text;
using Multicosm.Hosting;
using Multicosm.Hosting.Scripts;
using Xunit;

namespace Multicosm.Unit.Hosting;

public sealed class ScriptTests
{
    [Theory]
    [InlineData("expect a", "a", 60)]
    [InlineData("expect multicosm>  20", "multicosm>", 20)]
    [InlineData("expect \"multicosm> \" 20", "multicosm> ", 20)]
    [InlineData("expect \"multicosm> \"", "multicosm> ", 60)]
    [InlineData("expect \"a 20\"", "a 20", 60)]
    [InlineData("expect a 20x", "a 20x", 60)]
    [InlineData("expect 20", "20", 60)]
    [InlineData("  expect  a  b \r", "a  b", 60)]
    [InlineData("expect a -3", "a -3", 60)]
    [InlineData("expect \"a\"b", "\"a\"b", 60)]
    [InlineData("expect ä", "ä", 60)]
    public void ExpectTakesTextAndLimit(string line, string text, int seconds)
    {
        ScriptStep step = Assert.Single(ScriptParser.Read("s", line));
        Assert.Equal(ScriptAction.Expect, step.Action);
        Assert.Equal(text, Encoding.UTF8.GetString(step.Bytes));
        Assert.Equal(seconds, step.Seconds);
    }

    [Theory]
    [InlineData("send", "\r")]
    [InlineData("send list", "list\r")]
    [InlineData("send  a b ", " a b \r")]
    [InlineData("key enter", "\r")]
    [InlineData("key esc", "\u001b")]
    [InlineData("key tab", "\t")]
    [InlineData("key backspace", "\u007f")]
    [InlineData("key delete", "\u001b[3~")]
    [InlineData("key up", "\u001b[A")]
    [InlineData("key down", "\u001b[B")]
    [InlineData("key right", "\u001b[C")]
    [InlineData("key left", "\u001b[D")]
    [InlineData("key home", "\u001b[H")]
    [InlineData("key end", "\u001b[F")]
    [InlineData("key pgup", "\u001b[5~")]
    [InlineData("key pgdn", "\u001b[6~")]
    [InlineData("key f1", "\u001bOP")]
    [InlineData("key f4", "\u001bOS")]
    [InlineData("key f5", "\u001b[15~")]
    [InlineData("key f6", "\u001b[17~")]
    [InlineData("key f10", "\u001b[21~")]
    [InlineData("key f12", "\u001b[24~")]
    [InlineData("key ctrl-A", "\u0001")]
    [InlineData("key ctrl-z", "\u001a")]
    [InlineData("key ctrl-]", "\u001d")]
    public void SendAndKeyTakeBytes(string line, string bytes)
    {
        ScriptStep step = Assert.Single(ScriptParser.Read("s", line));
        Assert.Equal(ScriptAction.Send, step.Action);
        Assert.Equal(bytes, Encoding.UTF8.GetString(step.Bytes));
    }

    [Fact]
    public void BlankLinesAndCommentsAreSkippedAndLinesCounted()
    {
        IReadOnlyList<ScriptStep> steps = ScriptParser.Read("s", "\n# x\n  # y\nwait 2\r\n\nwait 0.5");
        Assert.Equal([4, 6], steps.Select(step => step.Line));
        Assert.Equal([2, 0.5], steps.Select(step => step.Seconds));
    }

    [Theory]
    [InlineData("\nfoo", "s:2: unknown word 'foo'")]
    [InlineData("expect", "s:1: expect wants a text")]
    [InlineData("expect \"\"", "s:1: expect wants a text")]
    [InlineData("key", "s:1: unknown key ''")]
    [InlineData("key f13", "s:1: unknown key 'f13'")]
    [InlineData("key ctrl-1", "s:1: unknown key 'ctrl-1'")]
    [InlineData("wait", "s:1: wait wants a number")]
    [InlineData("wait -1", "s:1: wait wants a number")]
    [InlineData("Send x", "s:1: unknown word 'Send'")]
    public void FaultsHaveALine(string text, string expected)
    {
        HostException exception = Assert.Throws<HostException>(() => ScriptParser.Read("s", text));
        Assert.StartsWith(expected, exception.Message);
        Assert.Equal(2, exception.ExitCode);
    }
}
