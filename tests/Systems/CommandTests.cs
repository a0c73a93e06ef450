using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
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

    [Fact]
    public void APortThatIsTakenIsSaid()
    {
        TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        CommandResult result = CommandResult.Run("run", "--iso", Isos.Default, "--listen", $"{port}");
        taken.Stop();
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"--listen {port}: another program has this port, expected a free port", result.Errors);
    }

    [Fact]
    public async Task TheSerialLineIsGivenToOneClientAfterAnother()
    {
        ProcessStartInfo start = new("timeout", ["-k", "10", "200", Path.Combine(Repository.Root, "run"), "--iso", Isos.Default, "--machine", "plain", "--listen", "0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string line = "";
        while (!line.Contains("127.0.0.1:"))
        {
            line = await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new EndOfStreamException("run ended before it listened");
        }

        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        int port = int.Parse(Regex.Match(line, @"127\.0\.0\.1:(\d+)").Groups[1].Value);
        string first = Talk(port, "", "multicosm> ");
        string second = Talk(port, "list\r", "debian");
        string third = Talk(port, "host poweroff -f\r", null);
        Assert.Contains("Multicosm 0.5.0", first);
        Assert.DoesNotContain("Multicosm 0.5.0", second);
        Assert.Contains("host poweroff -f", third);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        Assert.StartsWith(first, await output);
        Assert.Equal("", (await errors).Replace("run: starting a PC (QEMU, no hardware virtualisation, 1 CPU, 512 MiB)\n", ""));
    }

    // Connects, sends, reads until the text came or, if there is none, the end; then leaves.
    private static string Talk(int port, string text, string? end)
    {
        using TcpClient client = new("127.0.0.1", port) { ReceiveTimeout = 400_000 };
        client.GetStream().Write(Encoding.ASCII.GetBytes(text));
        byte[] buffer = new byte[4096];
        StringBuilder came = new();
        for (int count = client.GetStream().Read(buffer); count > 0; count = client.GetStream().Read(buffer))
        {
            came.Append(Encoding.UTF8.GetString(buffer, 0, count));
            if (end != null && came.ToString().Contains(end))
            {
                break;
            }
        }

        return came.ToString();
    }

    [Fact]
    public void AKernelThatIsNotTheHypervisorIsRefused()
    {
        string output = Path.Combine(TestFiles.Folder, "refused.iso");
        CommandResult result = CommandResult.Run("mkiso", "-o", output, "--kernel", "out/guests/vmlinuz", "iso/domains/debian.cfg");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("out/guests/vmlinuz: has no multiboot2 header, expected the hypervisor's image", result.Errors);
        Assert.False(File.Exists(output));
    }

    [Theory]
    [InlineData("run", "--machine", "tabulator")]
    [InlineData("run", "--model", "z80")]
    [InlineData("run", "--memory", "none")]
    [InlineData("run", "--nonsense")]
    [InlineData("run", "--iso", "nix.iso")]
    [InlineData("run", "nix.cfg")]
    [InlineData("run", "--firmware", "openfirmware")]
    [InlineData("run", "--firmware", "uefi")]
    [InlineData("run", "--magic-break")]
    [InlineData("run", "--debug", "--commands", "nix")]
    [InlineData("run", "--listen", "70000")]
    [InlineData("run", "--listen", "0", "--script", "test")]
    [InlineData("mkiso", "iso/domains/debian.cfg")]
    [InlineData("mkiso", "-o", "x.iso")]
    [InlineData("mkiso", "-o", "", "iso/domains/debian.cfg")]
    [InlineData("mkiso", "-o", "/dev/null", "iso/domains/debian.cfg")]
    [InlineData("mkiso", "-o", "iso/domains/debian.cfg", "iso/domains/debian.cfg")]
    [InlineData("mkiso", "-o", "out/guests/vmlinuz", "iso/domains/debian.cfg")]
    [InlineData("mkiso", "-o", "x.iso", "--nonsense", "iso/domains/debian.cfg")]
    public void WrongUsageIsCode2(string command, params string[] arguments)
    {
        CommandResult result = CommandResult.Run(command, arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.DoesNotContain("does not build", result.Errors);
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
    public void WhenThereIsNoSpaceNothingIsLeft()
    {
        // A file system of 4 MiB of its own, which is gone with the shell that mounted it.
        string folder = Directory.CreateDirectory(Path.Combine(TestFiles.Folder, "small")).FullName;
        string composer = Path.Combine(Repository.Root, "iso", "Composer", "bin", "Debug", "net10.0", "Multicosm.Composer.dll");
        string script = $"""
            mount -t tmpfs -o size=4m small '{folder}' || exit 77
            dotnet '{composer}' -o '{folder}/o.iso' '{TestFiles.DebianDomain}' 2>&1
            echo "code=$?"
            echo "left=$(ls -A '{folder}')"
            """;
        string text;
        try
        {
            text = Tool.Run("unshare", ["--map-root-user", "--mount", "sh", "-c", script]);
        }
        catch (HostException exception)
        {
            Assert.Skip("this machine does not let a test mount a file system: " + exception.Message);
            return;
        }

        Assert.Contains("code=1\nleft=\n", text);
        Assert.Contains("xorriso failed", text);
    }

    [Fact]
    public void AWarningNamesTheKeyAndTheIsoIsMade()
    {
        string folder = Directory.CreateDirectory(Path.Combine(TestFiles.Folder, "warned")).FullName;
        string file = Path.Combine(folder, "warned.cfg");
        File.WriteAllText(file, "name = \"a\"\nkernel = \"../../guests/vmlinuz\"\nmaxmem = 512\n");
        CommandResult result = CommandResult.Run("mkiso", "-o", Path.Combine(folder, "warned.iso"), file);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(file + ":3: warning: 'maxmem' is a key of xl that is not supported: ignored", result.Errors);
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
