using System.IO;
using System.Linq;
using Multicosm.Harness;
using Multicosm.Hosting;
using Xunit;

namespace Multicosm.Systems;

/// <summary>The commands run and mkiso: exit codes, messages, and that the same input gives the same bytes.</summary>
public sealed class CommandTests
{
    [Theory]
    [InlineData("expect \"multicosm> \" 120\nsend list\nexpect debian\nexpect \"multicosm> \"", 0, "")]
    [InlineData("expect \"multicosm> \" 120\nexpect \"never said\" 2", 1, "line 2 of the script: 'expect \"never said\" 2' was not met within 2 s; the last lines:")]
    [InlineData("\nexpct x", 2, ":2: unknown word 'expct'")]
    [InlineData("wait 100", 124, "limit of 3 s")]
    [InlineData("expect \"multicosm> \" 120\nsend host poweroff -f\nexpect \"never said\"", 1, "before the machine was switched off")]
    public void AScriptHasItsExitCode(string script, int exitCode, string message)
    {
        string file = Path.Combine(TestFiles.Folder, $"script-{exitCode}-{script.Length}.txt");
        string log = Path.ChangeExtension(file, ".log");
        File.WriteAllText(file, script);
        string[] limit = exitCode == 124 ? ["--limit", "3"] : [];
        CommandResult result = CommandResult.Run("run", ["--iso", Isos.Default, "--script", file, "--log", log, .. limit]);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.Errors);
        if (exitCode != 2)
        {
            Assert.Equal(File.ReadAllText(log), result.Output);
        }
    }

    [Theory]
    [InlineData("run", "--machine", "tabulator")]
    [InlineData("run", "--model", "z80")]
    [InlineData("run", "--memory", "none")]
    [InlineData("run", "--nonsense")]
    [InlineData("run", "--iso", "nix.iso")]
    [InlineData("run", "nix.cfg")]
    [InlineData("mkiso", "iso/domains/debian.cfg")]
    [InlineData("mkiso", "-o", "x.iso")]
    [InlineData("mkiso", "-o", "x.iso", "--nonsense", "iso/domains/debian.cfg")]
    public void WrongUsageIsCode2(string command, params string[] arguments)
    {
        CommandResult result = CommandResult.Run(command, arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.NotEqual("", result.Errors);
        Assert.False(File.Exists(Path.Combine(Repository.Root, "x.iso")));
    }

    [Fact]
    public void ABrokenDomainFileIsNamedWithItsLineAndNothingIsWritten()
    {
        string folder = Directory.CreateDirectory(Path.Combine(TestFiles.Folder, "broken")).FullName;
        string file = Path.Combine(folder, "broken.cfg");
        File.WriteAllText(file, "name = \"a\"\nkernel = \"b\n");
        CommandResult result = CommandResult.Run("mkiso", "-o", Path.Combine(folder, "broken.iso"), file);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(file + ":2: 'kernel': unterminated string", result.Errors);
        Assert.Equal([file], Directory.GetFiles(folder));
    }

    [Fact]
    public void TheSameInputGivesTheSameIso()
    {
        string[] files = [.. new[] { "first.iso", "second.iso" }.Select(name => Path.Combine(TestFiles.Folder, name))];
        foreach (string file in files)
        {
            CommandResult result = CommandResult.Run("mkiso", "-o", file, "iso/domains/debian.cfg");
            Assert.True(result.ExitCode == 0, result.Errors);
        }

        Assert.Equal(File.ReadAllBytes(files[0]), File.ReadAllBytes(files[1]));
    }
}
