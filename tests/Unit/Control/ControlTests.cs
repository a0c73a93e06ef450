using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Multicosm.Control;
using Multicosm.Control.Commands;
using Multicosm.Domains;
using Multicosm.Hosting;
using Multicosm.Unit.Management;
using Xunit;

namespace Multicosm.Unit.Control;

/// <summary>mc and the hypervisor's own shell, over a socket.</summary>
public sealed class ControlTests : IDisposable
{
    private readonly FakeManager _manager = new();

    public void Dispose() => _manager.Dispose();

    [Fact]
    public void A_verb_passes_through_with_its_text_and_the_prompt_is_there_again()
    {
        ControlFixture mc = new(_manager);
        Assert.Equal(0, mc.Run("create", "debian", "name=a"));
        Assert.Equal("domain \"a\" started, id 1\n", mc.Output);
        Assert.Equal("", mc.Errors);
        using TcpClient person = new("127.0.0.1", _manager.Port) { ReceiveTimeout = 30_000 };
        person.GetStream().Write("list\r"u8);
        Assert.Contains("\na    ", ReadTo(person.GetStream(), "list\r\n", ShellFixture.Prompt));
    }

    [Fact]
    public void A_refusal_is_an_exit_code_and_its_text_a_message()
    {
        ControlFixture mc = new(_manager);
        Assert.Equal(1, mc.Run("create"));
        Assert.Equal("", mc.Output);
        Assert.Equal("create: it takes a domain file; usage: create [-pc] FILE [KEY=VALUE]...\n", mc.Errors);
        Assert.Equal(1, mc.Run("frob"));
        Assert.Contains("frob: there is no such verb", mc.Errors);
    }

    [Fact]
    public void Scripts_get_the_reply_as_it_came()
    {
        Run("create", "debian", "extra=\u00e4");
        ControlFixture mc = new(_manager);
        Assert.Equal(0, mc.Run("list", "--json"));
        JsonElement reply = JsonDocument.Parse(mc.Output).RootElement;
        Assert.True(reply.GetProperty("ok").GetBoolean());
        Assert.Equal("debian", reply.GetProperty("result")[0].GetProperty("name").GetString());
        _manager.Do(() => Assert.Equal("\u00e4"u8.ToArray(), _manager.Shell["debian"].Configuration.Extra.Value.ToArray()));
        ControlFixture refused = new(_manager);
        Assert.Equal(1, refused.Run("--json", "create"));
        Assert.False(JsonDocument.Parse(refused.Output).RootElement.GetProperty("ok").GetBoolean());
        ControlFixture data = new(_manager);
        Assert.Equal(0, data.Run("stats"));
        Assert.Equal(1_000_000, JsonDocument.Parse(data.Output).RootElement.GetProperty("hertz").GetInt32());
    }

    [Theory]
    [InlineData("")]
    [InlineData("console")]
    [InlineData("console a b")]
    [InlineData("exec a")]
    [InlineData("exec a --")]
    [InlineData("list -- a")]
    [InlineData("wait")]
    [InlineData("wait a flying")]
    [InlineData("log -x")]
    [InlineData("log a b")]
    [InlineData("top -n")]
    [InlineData("top -n 0")]
    [InlineData("json")]
    [InlineData("attach a")]
    [InlineData("--frob list")]
    [InlineData("--timeout 0 list")]
    [InlineData("--timeout")]
    [InlineData("--connect nowhere list")]
    [InlineData("--device /nix list")]
    public void Wrong_usage_is_said(string line)
    {
        ControlFixture mc = new(_manager);
        Assert.Equal(2, mc.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.StartsWith("mc: ", mc.Errors);
        Assert.Equal("", mc.Output);
    }

    [Fact]
    public void Help_is_no_error_and_needs_no_line()
    {
        ControlFixture mc = new(1);
        Assert.Equal(0, mc.Run("--help"));
        Assert.StartsWith("usage: ./mc ", mc.Output);
    }

    [Fact]
    public void Without_a_line_there_is_no_connection()
    {
        TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        ControlFixture silent = new(port);
        Assert.Equal(3, silent.Run("list", "--connect-timeout", "1"));
        Assert.Contains("no manager answers within 1 s: another program may have the line", silent.Errors);
        listener.Stop();
        ControlFixture refused = new(port);
        Assert.Equal(3, refused.Run("list"));
        Assert.Contains($"127.0.0.1:{port}: ", refused.Errors);
        Assert.Contains("./run --listen", refused.Errors);
    }

    [Fact]
    public async Task A_line_that_ends_is_no_connection()
    {
        Run("create", "debian");
        ControlFixture mc = new(_manager);
        Task<int> waits = Task.Run(() => mc.Run("wait", "debian"));
        Until(() => _manager.Received.Contains("\"list\"", StringComparison.Ordinal));
        _manager.IsOff = true;
        Assert.Equal(3, await waits);
        Assert.Contains("the line ended", mc.Errors);
    }

    [Theory]
    [InlineData("\u0002{\"id\":1,\"verb\":\"li")]
    [InlineData("\u0002{\"id\":1,\"verb\":\"list\"}\n")]
    [InlineData("destroy debi")]
    [InlineData("create debian name=b\rconsole b\r")]
    [InlineData("\u0002{\"verb\":\"create\",\"args\":[\"debian\",\"name=b\"]}\n{\"verb\":\"attach\",\"args\":[\"b\"]}\n{\"x")]
    [InlineData("host poweroff\r")]
    [InlineData("\u001b[")]
    [InlineData("}{\"\\")]
    public void Whatever_was_on_the_line_before_does_no_harm(string before)
    {
        Run("create", "debian");
        using (TcpClient other = new("127.0.0.1", _manager.Port))
        {
            other.GetStream().Write(Encoding.ASCII.GetBytes(before));
            Until(() => _manager.Received.EndsWith(before, StringComparison.Ordinal));
        }

        ControlFixture mc = new(_manager);
        Assert.Equal(0, mc.Run("list"));
        Assert.StartsWith("Name ", mc.Output);
        Assert.Contains("\ndebian ", mc.Output);
        Assert.Equal("", mc.Errors);
        _manager.Do(() => Assert.Equal(0, _manager.Shell.Power.PowerOffs));
    }

    [Fact]
    public async Task The_console_shows_and_types_until_its_key()
    {
        Run("create", "debian");
        _manager.Print("debian", "login: ");
        ControlFixture mc = new(_manager);
        Task<int> console = Task.Run(() => mc.Run("console", "debian"));
        Until(() => mc.Output.EndsWith("login: ", StringComparison.Ordinal));
        mc.Input.Type("r\u00f6\r");
        Until(() => _manager.Typed.Count == 3);
        Assert.Equal("r\u00f6\r"u8.Length == 4 ? [(byte)'r', 0xF6, 13] : [], _manager.Typed.ToArray());
        Until(() => mc.OutputBytes.Length == "login: r?\r\n".Length);
        mc.Input.Type("last\u001dlost");
        Assert.Equal(0, await console);
        Until(() => _manager.Typed.Count == 7);
        Assert.Equal("last"u8, _manager.Typed.ToArray()[3..]);
        _manager.Do(() => Assert.False(_manager.Shell["debian"].Console.IsAttached));
    }

    [Fact]
    public void Who_leaves_a_console_does_not_wait_for_its_guest()
    {
        Run("create", "debian");
        FillInput();
        ControlFixture mc = new(_manager);
        mc.Input.Type("x\u001d");
        Assert.Equal(0, mc.Run("console", "debian"));
    }

    [Fact]
    public void A_verb_that_waits_is_ended_before_the_line_is_given_back()
    {
        Run("create", "debian");
        _manager.Do(() => _manager.Shell["debian"].Board.Ports.Write(0x602, 2, 0x100)); // it listens to its power button
        ControlFixture mc = new(_manager);
        Assert.Equal(4, mc.Run("--timeout", "1", "shutdown", "-w", "debian"));
        using TcpClient person = new("127.0.0.1", _manager.Port) { ReceiveTimeout = 30_000 };
        person.GetStream().Write("list\r"u8);
        Assert.Contains("\ndebian ", ReadTo(person.GetStream(), "list\r\n", ShellFixture.Prompt));
    }

    [Fact]
    public void A_reply_that_is_garbled_is_not_waited_for()
    {
        _manager.OnWay = piece => piece.Replace("-2\",\"text\"", "-2,\"text\"", StringComparison.Ordinal);
        ControlFixture mc = new(_manager);
        Assert.Equal(3, mc.Run("list"));
        Assert.Contains("the reply did not come whole", mc.Errors);
        _manager.OnWay = piece => piece;
        Run("list");
    }

    [Theory]
    [InlineData("\"event\":\"state\"", "\"event\":\"stale\"", 0, "debian ended (powered off)")]
    [InlineData("\"ended\"", "\"dying\"", 1, "debian will not be ended: it is dying (powered off)")]
    public async Task Waiting_ends_without_the_event_and_when_a_domain_cannot_end(string sent, string comes, int code, string says)
    {
        Run("create", "debian");
        _manager.OnWay = piece => piece.Replace(sent, comes, StringComparison.Ordinal);
        using TcpClient client = new("127.0.0.1", _manager.Port);
        using ManagerLink link = ManagerLink.Open(client.GetStream(), 30, TextWriter.Null);
        int received = _manager.Received.Length;
        Task<string> waits = Task.Run(() => Wait(link));
        Until(() => _manager.Received[received..].Contains("\"list\"", StringComparison.Ordinal));
        _manager.PowerOff();
        Assert.Equal($"{code} {says}", await waits);
    }

    [Fact]
    public async Task The_console_ends_with_the_domain_and_shows_all_of_it()
    {
        Run("create", "debian");
        ControlFixture mc = new(_manager);
        Task<int> console = Task.Run(() => mc.Run("console", "debian"));
        Until(() => mc.Errors.Contains("[console of", StringComparison.Ordinal));
        string text = string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i}\n"));
        _manager.Print("debian", text);
        _manager.PowerOff();
        Assert.Equal(0, await console);
        Assert.Equal(text, mc.Output);
        Assert.EndsWith("[debian ended: powered off]\n", mc.Errors);
        ControlFixture again = new(_manager);
        Assert.Equal(0, again.Run("console", "1"));
        Assert.Equal(text, again.Output);
    }

    [Fact]
    public void The_log_comes_whole_and_can_be_followed_to_the_end()
    {
        Run("create", "debian");
        string text = string.Concat(Enumerable.Range(0, 4000).Select(i => $"line {i}\n"));
        _manager.Print("debian", text);
        ControlFixture mc = new(_manager);
        Assert.Equal(0, mc.Run("log", "debian"));
        Assert.Equal(text, mc.Output);
        ControlFixture host = new(_manager);
        Assert.Equal(0, host.Run("log"));
        Assert.Contains("domain debian (id 1): started\n", host.Output);
        ControlFixture refused = new(_manager);
        Assert.Equal(1, refused.Run("log", "nix"));
        Assert.Contains("there is no domain \"nix\"", refused.Errors);
        _manager.PowerOff();
        ControlFixture follows = new(_manager);
        Assert.Equal(0, follows.Run("log", "-f", "debian"));
        Assert.Equal(text, follows.Output);
        Assert.Contains("[debian ended: powered off]", follows.Errors);
    }

    [Fact]
    public async Task Wait_ends_in_the_state_or_when_it_cannot_come()
    {
        Run("create", "debian");
        ControlFixture running = new(_manager);
        Assert.Equal(0, running.Run("wait", "debian", "running"));
        Assert.Equal("debian running\n", running.Output);
        ControlFixture late = new(_manager);
        Assert.Equal(4, late.Run("wait", "debian", "crashed", "--timeout", "1"));
        Assert.Contains("it is not done after 1 s", late.Errors);
        ControlFixture ends = new(_manager);
        int received = _manager.Received.Length;
        Task<int> waits = Task.Run(() => ends.Run("wait", "debian", "--json"));
        Until(() => _manager.Received[received..].Contains("\"list\"", StringComparison.Ordinal));
        _manager.PowerOff();
        Assert.Equal(0, await waits);
        Assert.Equal("{\"domain\":\"debian\",\"state\":\"ended\",\"reason\":\"powered off\"}\n", ends.Output);
        ControlFixture never = new(_manager);
        Assert.Equal(1, never.Run("wait", "debian", "paused"));
        Assert.Contains("debian will not be paused: it is ended (powered off)", never.Errors);
        Assert.Equal(1, new ControlFixture(_manager).Run("wait", "nix"));
    }

    [Fact]
    public void A_command_runs_in_the_guests_shell()
    {
        Run("create", "debian");
        Dictionary<string, (byte[] Output, int Status)?> answers = new()
        {
            ["uname -a"] = ([.. "Linux\r\nx\r\n"u8], 0),
            ["false"] = ([], 1),
            ["bytes"] = ([0, 1, 0xFF, (byte)'"', (byte)'\\', 13, 13, 10], 7),
            ["echo '\\''a b'\\''"] = ([.. "a b"u8], 0),
            ["many"] = (Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 3000).Select(i => $"MC-END-{i}\r\n"))), 200),
        };
        _manager.GuestShell = command => answers[command];
        Assert.Equal((0, "Linux\nx\n"), Exec("uname", "-a"));
        Assert.Equal((1, ""), Exec("false"));
        ControlFixture bytes = new(_manager);
        Assert.Equal(7, bytes.Run("exec", "debian", "--", "bytes"));
        Assert.Equal([0, 1, 0xFF, (byte)'"', (byte)'\\', 13, 10], bytes.OutputBytes);
        Assert.Equal((0, "a b"), Exec("echo 'a b'"));
        (int status, string output) = Exec("many");
        Assert.Equal(200, status);
        Assert.Equal(string.Concat(Enumerable.Range(0, 3000).Select(i => $"MC-END-{i}\n")), output);
    }

    [Fact]
    public async Task A_command_that_cannot_be_run_says_why()
    {
        Run("create", "debian");
        ControlFixture mc = new(_manager);
        Assert.Equal(2, mc.Run("exec", "debian", "--", "a\nb"));
        Assert.Equal(2, mc.Run("exec", "debian", "--", new string('x', 1000)));
        Assert.Equal(1, mc.Run("exec", "nix", "--", "true"));
        Assert.Contains("there is no domain \"nix\"", mc.Errors);
        _manager.GuestShell = _ => null;
        ControlFixture late = new(_manager);
        Assert.Equal(4, late.Run("--timeout", "1", "exec", "debian", "--", "true"));
        ControlFixture ends = new(_manager);
        _manager.Typed.Clear();
        Task<int> runs = Task.Run(() => ends.Run("exec", "debian", "--", "true"));
        Until(() => _manager.Typed.Contains((byte)'\r'));
        _manager.PowerOff();
        Assert.Equal(1, await runs);
        Assert.Contains("debian ended before the command did: powered off", ends.Errors);
        ControlFixture ended = new(_manager);
        Assert.Equal(1, ended.Run("exec", "debian", "--", "true"));
        Assert.Contains("debian is ended: there is no shell to run it", ended.Errors);
    }

    [Fact]
    public void A_command_that_cannot_be_typed_is_given_up()
    {
        Run("create", "debian");
        FillInput();
        using TcpClient client = new("127.0.0.1", _manager.Port);
        using ManagerLink link = ManagerLink.Open(client.GetStream(), 30, TextWriter.Null);
        ExecCommand exec = new("debian", "true") { StartMilliseconds = 1000 };
        HostException late = Assert.Throws<HostException>(() => exec.Run(link, new ControlConsole { Output = Stream.Null, HasTerminal = false }));
        Assert.Equal(4, late.ExitCode);
        Assert.Contains("the shell of debian does not answer within 1 s", late.Message);
    }

    [Fact]
    public void Top_prints_lines_without_a_terminal()
    {
        Run("create", "debian", "name=a");
        Run("create", "debian", "name=bb");
        ControlFixture mc = new(_manager);
        Assert.Equal(0, mc.Run("top", "-n", "2"));
        string[] lines = mc.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(8, lines.Length);
        Assert.Matches(@"^Multicosm 0\.1\.0: up \d+ s, CPU [0-9.]+ %, memory \d+ of 1024 MiB free; 2 \w+$", lines[0]);
        Assert.Matches(@"^NAME +STATE +CPU% +TIME +EXITS/S +MOST +MEM +CONSOLE B/S$", lines[1]);
        Assert.Contains(lines[2..4], line => line.StartsWith("bb ", StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', mc.Output);
    }

    [Fact]
    public void The_PC_can_be_switched_off()
    {
        ControlFixture mc = new(_manager);
        Assert.Equal(0, mc.Run("host", "poweroff"));
        Assert.Equal("powering off\n", mc.Output);
        _manager.Do(() => Assert.Equal(1, _manager.Shell.Power.PowerOffs));
    }

    private void Run(params string[] arguments) => Assert.Equal(0, new ControlFixture(_manager).Run(arguments));

    private (int Status, string Output) Exec(params string[] words)
    {
        ControlFixture mc = new(_manager);
        int status = mc.Run(["exec", "debian", "--", .. words]);
        Assert.Equal("", mc.Errors);
        return (status, mc.Output);
    }

    private static string Wait(ManagerLink link)
    {
        MemoryStream output = new();
        try
        {
            int code = new WaitCommand("debian", "ended", false) { DyingMilliseconds = 1000 }.Run(link, new ControlConsole { Output = output, HasTerminal = false });
            return $"{code} {Encoding.UTF8.GetString(output.ToArray()).TrimEnd()}";
        }
        catch (HostException exception)
        {
            return $"{exception.ExitCode} {exception.Message}";
        }
    }

    // A guest that reads nothing, and has been typed as much as waits for it.
    private void FillInput()
    {
        _manager.GuestsRead = false;
        _manager.Do(() =>
        {
            while (_manager.Shell["debian"].Console.TryType((byte)' '))
            {
            }
        });
    }

    private static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(30)));

    // Reads until the second text came after the first one.
    private static string ReadTo(NetworkStream stream, string first, string second)
    {
        byte[] buffer = new byte[4096];
        StringBuilder text = new();
        int at = -1;
        while (at < 0 || !text.ToString(at, text.Length - at).Contains(second, StringComparison.Ordinal))
        {
            int count = stream.Read(buffer);
            Assert.True(count > 0, "the line ended early: " + text);
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
            int found = text.ToString().IndexOf(first, StringComparison.Ordinal);
            at = found < 0 ? -1 : found + first.Length;
        }

        return text.ToString();
    }
}
