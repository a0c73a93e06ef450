using System;
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using Multicosm.Harness;
using Multicosm.Hosting;
using Xunit;

namespace Multicosm.Systems;

/// <summary>The program mc against a hypervisor behind ./run --listen: one boot, every command, exit codes and messages.</summary>
public sealed class ControlTests : IDisposable
{
    private static readonly string s_program = Path.Combine(Repository.Root, "iso", "Control", "bin", "Debug", "net10.0", "Multicosm.Control.dll");

    private readonly Process _run;
    private readonly Task<string> _output;
    private readonly string _address;

    public ControlTests()
    {
        string iso = TestFiles.ComposeIso("control", "autostart=no", TestFiles.DebianDomain);
        ProcessStartInfo start = new("timeout", ["-k", "10", "400", Path.Combine(Repository.Root, "run"), "--iso", iso, "--listen", "0", "--log", TestMachine.LogFile("control")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _run = Process.Start(start)!;
        _output = _run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Match address = Match.Empty;
        while (!address.Success)
        {
            string line = _run.StandardError.ReadLine() ?? throw new EndOfStreamException("run ended before it listened");
            address = Regex.Match(line, @"(127\.0\.0\.1:\d+),");
        }

        _address = address.Groups[1].Value;
        _ = _run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        if (!_run.HasExited)
        {
            Process.Start("kill", [$"{_run.Id}"])!.WaitForExit(); // timeout hands it on
            _run.WaitForExit();
        }

        _run.Dispose();
    }

    [Fact]
    public async Task EveryCommandDoesItsWorkOrSaysWhyNot()
    {
        CommandResult byName = CommandResult.Run("mc", "--connect", _address, "--connect-timeout", "120", "list"); // the PC has to boot first
        Assert.Equal((0, ""), (byName.ExitCode, byName.Errors));
        Assert.StartsWith("Name ", byName.Output);
        Refused(2, "a verb is missing");
        Refused(3, "Connection refused", "--connect", "127.0.0.1:1", "list");
        Assert.StartsWith("Name ", Mc("list"));
        Assert.Contains("sched-credit2", Mc("help"));
        CreateAndWait();
        Exec();
        ConsoleAndLog();
        Lifecycle();
        Figures();
        await KilledClients();
        await Ends();
    }

    private void CreateAndWait()
    {
        Refused(1, "create: there is no domain file \"nix\" on this ISO; there are: debian", "create", "nix");
        Refused(1, "unknown key 'memroy'", "create", "debian", "memroy=1");
        Assert.Equal("domain \"one\" started, id 1\n", Mc("create", "debian", "name=one"));
        Refused(1, "a domain called \"one\" lives already", "create", "debian", "name=one");
        Assert.Equal("domain \"two\" started, id 2\n", Mc("create", "debian", "name=two", "memory=96", "on_crash=preserve"));
        Assert.Matches("^one (running|blocked)\n$", Mc("wait", "one", "running"));
        Refused(4, "it is not done after 1 s", "wait", "one", "crashed", "--timeout", "1");
        Refused(1, "there is no domain \"nix\"; \"mc list\" shows those there are", "wait", "nix");
        Refused(2, "there is no state 'flying' to wait for", "wait", "one", "flying");
        WaitForShell("one");
        WaitForShell("two");
    }

    private void Exec()
    {
        Assert.Matches("^Linux .* x86_64 GNU/Linux\n$", Mc("exec", "one", "--", "uname", "-a"));
        CommandResult status = Run("exec", "one", "--", "echo out; echo err >&2; exit 7");
        Assert.Equal((7, "out\nerr\n", ""), (status.ExitCode, status.Output, status.Errors));
        Assert.Equal("it's \u00e9 \"q\"", Mc("exec", "one", "--", "printf '%s' \"it's \u00e9\" ' \"q\"'"));
        CommandResult syntax = Run("exec", "one", "--", "if");
        Assert.Equal(2, syntax.ExitCode);
        Assert.Contains("syntax error", syntax.Output);
        string[] many = Mc("exec", "two", "--", "cat; seq 1 2000").Split('\n');
        Assert.Equal((2001, "1", "2000"), (many.Length, many[0], many[1999]));
        Refused(1, "there is no domain \"nix\"", "exec", "nix", "--", "true");
        Refused(4, "it is not done after 2 s", "--timeout", "2", "exec", "two", "--", "sleep 1000");
    }

    private void ConsoleAndLog()
    {
        Assert.Contains("seen-42", Console("one", "echo seen-$((6*7))\r", "\nseen-42"));
        string log = Mc("log", "one");
        Assert.Contains(TestMachine.GuestMarker, log);
        Assert.Contains("\nseen-42", log);
        Assert.DoesNotContain("seen-42", Mc("log", "two"));
        Assert.Contains("domain one (id 1): started", Mc("log"));
        Refused(1, "there is no domain \"nix\"", "log", "nix");
    }

    private void Lifecycle()
    {
        Mc("pause", "one");
        Assert.Matches(@"(?m)^one .* paused ", Mc("list"));
        Assert.Equal("one paused\n", Mc("wait", "one", "paused"));
        Refused(1, "one is paused: there is no shell to run it", "exec", "one", "--", "true");
        Refused(1, "pause: domain \"one\" is paused", "pause", "one");
        Mc("unpause", "one");
        Assert.Equal("awake\n", Mc("exec", "one", "--", "echo awake"));
        Mc("rename", "one", "uno");
        Refused(1, "there is no domain \"one\"", "pause", "one");
        Assert.Equal("yes\n", Mc("exec", "uno", "--", "echo yes"));
        Refused(1, "frobnicate: there is no such verb; \"help\" shows those there are", "frobnicate");
        Refused(2, "mc sends attach by itself", "attach", "uno");
    }

    private void Figures()
    {
        string top = Mc("top");
        Assert.Matches(@"^Multicosm \d+\.\d+\.\d+: up \d+ s, CPU [0-9.]+ %, memory \d+ of \d+ MiB free; ", top);
        Assert.Matches(@"(?m)^uno +(running|blocked) +[0-9.]+ ", top);
        JsonElement reply = JsonDocument.Parse(Mc("stats", "--json")).RootElement;
        Assert.True(reply.GetProperty("ok").GetBoolean());
        JsonElement row = reply.GetProperty("result").GetProperty("domains")[0];
        Assert.Equal("uno", row.GetProperty("name").GetString());
        Assert.Equal(256, row.GetProperty("weight").GetInt32());
        Assert.True(row.GetProperty("exits").GetProperty("CPUID").GetInt64() > 0);
        Assert.True(row.GetProperty("cpu_ticks").GetUInt64() > 0 && row.GetProperty("wait_ticks").GetUInt64() > 0);
        Assert.Equal(JsonValueKind.Array, JsonDocument.Parse(Mc("list", "--json")).RootElement.GetProperty("result").ValueKind);
    }

    // What a program leaves behind that is killed in the middle: half a request, an attached console, an answer nobody took.
    private async Task KilledClients()
    {
        using Process killed = Process.Start(new ProcessStartInfo("dotnet", [s_program, "--connect", _address, "console", "uno"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Assert.Contains("[console of uno]", await killed.StandardError.ReadLineAsync(TestContext.Current.CancellationToken));
        Refused(3, "no manager answers within 2 s: another program may have the line", "--connect-timeout", "2", "list");
        killed.Kill();
        await killed.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Contains("uno", Mc("list"));
        foreach (string half in new[] { "\u0002{\"id\":1,\"verb\":\"destroy\",\"args\":[\"un", "\u0002{\"id\":2,\"verb\":\"list\"}\n{\"id\":3,\"verb\":\"dmesg\"}\n", "destroy un", "console uno\recho half" })
        {
            using (TcpClient client = new("127.0.0.1", int.Parse(_address.Split(':')[1])))
            {
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(half), TestContext.Current.CancellationToken);
                Thread.Sleep(300); // it reaches the hypervisor before the end does, or does not: both must be survived
            }

            Assert.Contains("uno", Mc("list"));
        }

        Assert.Equal("whole\n", Mc("exec", "uno", "--", "echo whole"));
    }

    private async Task Ends()
    {
        Assert.Equal("domain \"two\" destroyed\n", Mc("destroy", "two"));
        Refused(1, "there is no domain \"two\"", "destroy", "two");
        string last = Console("uno", "poweroff\r", null);
        Assert.Contains("Power down", last);
        Assert.Equal("uno ended (powered off)\n", Mc("wait", "uno"));
        Refused(1, "uno is ended: there is no shell to run it", "exec", "uno", "--", "true");
        Refused(1, "uno will not be paused: it is ended (powered off)", "wait", "uno", "paused");
        Mc("create", "debian", "name=last", "memory=96");
        Refused(1, "give -f to do it anyway", "host", "poweroff");
        Assert.Equal("powering off\n", Mc("host", "poweroff", "-f"));
        await _run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, _run.ExitCode);
        Assert.DoesNotContain("panic", await _output);
        Refused(3, "Connection refused", "list");
    }

    private void WaitForShell(string domain)
    {
        string log = "";
        for (int i = 0; i < 200 && !log.Contains("/ # "); i++)
        {
            log = Mc("log", domain);
        }

        Assert.Contains(TestMachine.GuestMarker, log);
    }

    // Types into a console and reads until the text came, then leaves; without a text until the domain ends.
    private string Console(string domain, string typed, string? end)
    {
        using Process mc = Process.Start(new ProcessStartInfo("timeout", ["100", Environment.ProcessPath!, s_program, "--connect", _address, "console", domain])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = mc.StandardError.ReadToEndAsync();
        mc.StandardInput.Write(typed);
        mc.StandardInput.Flush();
        StringBuilder text = new();
        char[] buffer = new char[1024];
        while (end == null || !text.ToString().Contains(end))
        {
            int count = mc.StandardOutput.Read(buffer);
            if (count == 0)
            {
                break;
            }

            text.Append(buffer, 0, count);
        }

        if (end != null)
        {
            mc.StandardInput.Write("\u001d");
            mc.StandardInput.Flush();
        }

        mc.WaitForExit();
        Assert.Equal(0, mc.ExitCode);
        Assert.Equal(end == null, errors.Result.Contains($"[{domain} ended: "));
        return text.ToString();
    }

    // The program itself, past the command file, which only builds it.
    private CommandResult Run(params string[] arguments) => CommandResult.Run(Environment.ProcessPath!, [s_program, "--connect", _address, .. arguments]);

    private string Mc(params string[] arguments)
    {
        CommandResult result = Run(arguments);
        Assert.Equal("", result.Errors);
        Assert.Equal(0, result.ExitCode);
        return result.Output;
    }

    private void Refused(int exitCode, string message, params string[] arguments)
    {
        CommandResult result = Run(arguments);
        Assert.Contains(message, result.Errors);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal("", result.Output);
    }
}
