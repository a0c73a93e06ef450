using System.Diagnostics;
using System.IO;
using System.Text;
using Multicosm.Harness;
using Multicosm.Hosting;
using Xunit;

namespace Multicosm.Systems;

/// <summary>./run in a terminal, which script(1) makes.</summary>
public sealed class TerminalTests
{
    [Fact]
    public void TheTerminalIsJoinedAndCtrlCLeavesCleanly()
    {
        // stty tells afterwards whether the terminal is as it was.
        string command = $"stty sane; {Repository.Root}/run --iso {Isos.Default}; echo code=$?; stty -a";
        ProcessStartInfo start = new("timeout", ["-k", "10", "200", "script", "-qec", command, "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        StringBuilder text = new();
        ReadTo(process.StandardOutput, TestMachine.Prompt, text);
        Write(process, "list\r");
        ReadTo(process.StandardOutput, "debian", text);
        ReadTo(process.StandardOutput, TestMachine.Prompt, text);
        Write(process, "\u0003");
        text.Append(process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        Assert.Contains("code=0", text.ToString());
        Assert.Matches(@"[^-]icanon", text.ToString());
        Assert.Matches(@"[^-]echo ", text.ToString());
    }

    private static void Write(Process process, string text)
    {
        process.StandardInput.Write(text);
        process.StandardInput.Flush();
    }

    private static void ReadTo(StreamReader reader, string end, StringBuilder text)
    {
        int from = text.Length;
        while (!text.ToString(from, text.Length - from).Contains(end))
        {
            int letter = reader.Read();
            Assert.True(letter >= 0, "the terminal ended early: " + text);
            text.Append((char)letter);
        }
    }
}
