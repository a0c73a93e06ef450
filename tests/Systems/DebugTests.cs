using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting;
using Xunit;

namespace Multicosm.Systems;

/// <summary>Debugging sessions by script: ./run --debug --commands FILE.</summary>
public sealed partial class DebugTests
{
    private const string Handler = "Multicosm.Vmx.Exits.ExitDispatch.Dispatch";

    [Fact]
    public void BochsStopsAtTheExitHandlerByItsName()
    {
        CommandResult result = Debug("bochs", $"lb \"{Handler}\"\nc\nr\nprint-stack 40\nvmexitbp\nc\nvmexitbp\nc\nq\n", Isos.Default);
        string[] stops = [.. Stop().Matches(result.Output).Select(match => match.Groups[1].Value)];
        Assert.Equal([Handler, "vmx_exit", Handler], stops);
        Assert.Matches(@"rip: ffff8280_[0-9a-f]{8}", result.Output);
        Assert.Contains("(Multicosm.Vmx.VmxBackend.Run+", result.Output);
        Assert.Contains("(Multicosm.Domains.VcpuLoop.Run+", result.Output);
    }

    [Fact]
    public void BochsStopsAtAMagicBreakpoint()
    {
        // A disk whose boot sector is: xchg bx, bx; hlt.
        byte[] disk = new byte[1024 * 1024];
        disk[0] = 0x87;
        disk[1] = 0xDB;
        disk[2] = 0xF4;
        disk[510] = 0x55;
        disk[511] = 0xAA;
        string file = Path.Combine(TestFiles.Folder, "magic.img");
        File.WriteAllBytes(file, disk);
        CommandResult result = Debug("magic", "c\nr\nq\n", file, "--disk", "--magic-break");
        Assert.Contains("Magic breakpoint", result.Output);
        Assert.Contains("rip: 00000000_00007c02", result.Output);
    }

    [Fact]
    public void GdbStopsAtALineOfTheSources()
    {
        string source = Path.Combine(Repository.Root, "Cosmos.Kernel", "Entry", "KernelMain.cs");
        string[] lines = File.ReadAllLines(source);
        int line = Array.FindIndex(lines, text => text.Contains("shell.Start(", StringComparison.Ordinal)) + 1;
        CommandResult result = Debug("gdb", $"break KernelMain.cs:{line}\ncontinue\nbacktrace\ndetach\n", Isos.Default, "--machine", "plain");
        Assert.Matches($@"(?m)^{line}\s+{Regex.Escape(lines[line - 1].Trim())}$", result.Output);
        Assert.Contains($"#0  Multicosm.Entry.KernelMain.Run (", result.Output);
        Assert.Contains($"at {source}:{line}", result.Output.Replace("/multicosm/", Repository.Root + "/", StringComparison.Ordinal));
        Assert.Matches(@"(?m)^#1 .* in Multicosm\.Platform\.Boot\.HostMachine\.", result.Output);
    }

    [Fact]
    public void TheImageThatBootsHasNoneOfTheDebuggersSections()
    {
        string sections = Tool.Run("readelf", ["-SW", Repository.Kernel]);
        Assert.DoesNotContain(".debug", sections);
        Assert.DoesNotContain(".eh_frame", sections);
        Assert.Contains(".debug_line", Tool.Run("readelf", ["-SW", Repository.DebugKernel]));
    }

    private static CommandResult Debug(string name, string commands, string iso, params string[] arguments)
    {
        string file = Path.Combine(TestFiles.Folder, $"debug-{name}.commands");
        File.WriteAllText(file, commands);
        CommandResult result = CommandResult.Run("run", ["--iso", iso, "--debug", "--commands", file, "--limit", "200", .. arguments]);
        File.WriteAllText(Path.ChangeExtension(file, ".log"), result.Output + result.Errors);
        Assert.True(result.ExitCode == 0, result.Errors);
        return result;
    }

    [GeneratedRegex(@"(?m)^\(0\) \[0x[0-9a-f]+\] e008:ffff8280[0-9a-f]{8} \((.*)\+0\): ")]
    private static partial Regex Stop();
}
