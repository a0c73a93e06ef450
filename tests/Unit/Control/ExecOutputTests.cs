using System;
using System.IO;
using System.Linq;
using System.Text;
using FsCheck;
using Multicosm.Control.Commands;
using Multicosm.Unit.Configuration;
using Xunit;

namespace Multicosm.Unit.Control;

/// <summary>Cutting a command's output out of a console, however its bytes come in pieces.</summary>
public sealed class ExecOutputTests
{
    [RandomInput]
    public void Output_and_status_are_found_in_any_pieces(DoNotSize<int> seed)
    {
        Random random = new(seed.Item);
        string[] parts = ["\r\n", "MC-END-", "MC-BEGIN-", "abc", " ", "0", "x", "\r", "\n", "\u00ff"];
        string output = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => parts[random.Next(parts.Length)]));
        while (output.Contains("MC-END-abc ", StringComparison.Ordinal))
        {
            output = output.Replace("MC-END-abc ", "", StringComparison.Ordinal);
        }

        int status = random.Next(256);
        byte[] all = Encoding.Latin1.GetBytes($"junk MC-BEGIN- 'abc'\r\nMC-BEGIN-abc\r\n{output}\r\nMC-END-abc {status}\r\n/ # ");
        MemoryStream written = new();
        ExecOutput result = new("abc", written);
        for (int at = 0; at < all.Length;)
        {
            int count = Math.Min(random.Next(1, 12), all.Length - at);
            result.Add(all[at..(at + count)]);
            at += count;
        }

        Assert.Equal(status, result.Status);
        Assert.Equal(output.Replace("\r\n", "\n", StringComparison.Ordinal), Encoding.Latin1.GetString(written.ToArray()));
    }

    [Fact]
    public void The_typed_line_does_not_hold_the_marks_that_are_looked_for()
    {
        byte[] typed = ExecCommand.Line("echo", "1234");
        ExecOutput result = new("1234", new MemoryStream());
        result.Add([.. typed, (byte)'\n']);
        Assert.False(result.HasBegun);
    }
}
