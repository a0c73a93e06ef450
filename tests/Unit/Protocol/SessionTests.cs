using System;
using System.Linq;
using System.Text.Json;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Unit.Domains;
using Multicosm.Unit.Management;
using Xunit;

namespace Multicosm.Unit.Protocol;

public sealed class SessionTests
{
    private readonly ProtocolFixture _line = new();

    [Fact]
    public void The_mode_begins_with_hello_after_STX_and_after_the_verb()
    {
        JsonElement hello = Assert.Single(_line.Take("hello"));
        Assert.Equal("0.1.0", ProtocolFixture.Text(hello, "version"));
        Assert.Equal(1, hello.GetProperty("protocol").GetInt32());

        ShellFixture shell = new(FakePc.WithDebian());
        shell.Line.Room = 65536;
        shell.Line.TakeOutput();
        shell.Line.Type("json\r");
        shell.Until(() => shell.Line.Output.EndsWith("}\n", StringComparison.Ordinal));
        Assert.Equal("json\r\n{\"event\":\"hello\",\"version\":\"0.1.0\",\"protocol\":1}\n", shell.Line.Output);
    }

    [Fact]
    public void STX_gives_up_what_was_typed_at_the_prompt()
    {
        ShellFixture shell = new(FakePc.WithDebian());
        shell.Line.Room = 65536;
        shell.Line.Type("destroy deb\u0002{\"id\":1,\"verb\":\"text\"}\n");
        shell.Until(() => shell.Line.Output.EndsWith("\n\r" + ShellFixture.Prompt, StringComparison.Ordinal));
        Assert.Contains("destroy deb\r\n{\"event\":\"hello\"", shell.Line.TakeOutput());
        shell.Line.Type("json x\r");
        shell.Until(() => shell.Line.Output.EndsWith(ShellFixture.Prompt, StringComparison.Ordinal));
        Assert.StartsWith("json x\r\njson: it takes no arguments", shell.Line.Output);
    }

    [Fact]
    public void Text_comes_back_to_the_prompt()
    {
        _line.Shell.Line.Type("{\"id\":7,\"verb\":\"text\"}\n");
        _line.Shell.Until(() => _line.Shell.Line.Output.EndsWith(ShellFixture.Prompt, StringComparison.Ordinal));
        Assert.Contains("{\"id\":7,\"text\":\"\",\"ok\":true}\n\r" + ShellFixture.Prompt, _line.Shell.Line.Output);
        Assert.StartsWith("Name ", _line.Shell.Ask("list"));
    }

    [Theory]
    [InlineData("\u0003")]
    [InlineData("\u001d")]
    [InlineData("{\"verb\":\"hello\"}\n\u0003")]
    [InlineData("list\r \u0003")]
    public void A_persons_key_comes_back_to_the_prompt(string typed)
    {
        _line.Shell.Line.Type(typed);
        _line.Shell.Until(() => _line.Shell.Line.Output.EndsWith(ShellFixture.Prompt, StringComparison.Ordinal));
        Assert.Contains("{\"id\":null,\"text\":\"\",\"ok\":true}\n\r" + ShellFixture.Prompt, _line.Shell.Line.Output);
        Assert.StartsWith("Name ", _line.Shell.Ask("list"));
    }

    [Fact]
    public void In_a_request_the_key_is_no_key()
    {
        Assert.Contains("not JSON", ProtocolFixture.Text(_line.Send("{\"verb\":\u0003\"list\"}"), "error"));
        Assert.True(_line.Ask("hello").GetProperty("ok").GetBoolean());
    }

    [Theory]
    [InlineData("7", "7")]
    [InlineData("-1.5e3", "-1.5e3")]
    [InlineData("\"a\\\"\\u00e9\\n\"", "\"a\\\"\\u00e9\\n\"")]
    [InlineData("null", "null")]
    public void The_reply_has_the_requests_id(string sent, string got)
    {
        Assert.Equal(got, _line.Send("{\"verb\":\"hello\",\"id\":" + sent + "}").GetProperty("id").GetRawText());
    }

    [Fact]
    public void A_verbs_text_and_data_come_together()
    {
        Assert.Equal("domain \"debian\" started, id 1\n", ProtocolFixture.Text(_line.Ask("create", "debian"), "text"));
        JsonElement list = _line.Ask("list");
        Assert.True(list.GetProperty("ok").GetBoolean());
        Assert.StartsWith("Name ", ProtocolFixture.Text(list, "text"));
        JsonElement row = Assert.Single(list.GetProperty("result").EnumerateArray());
        Assert.Equal("debian", ProtocolFixture.Text(row, "name"));
        Assert.Equal(1, row.GetProperty("id").GetInt32());
        Assert.Equal(64 << 20, row.GetProperty("memory").GetInt32());
        Assert.Equal("running", ProtocolFixture.Text(row, "state"));
    }

    [Fact]
    public void A_failure_has_its_last_line_as_the_error()
    {
        JsonElement reply = _line.Ask("create");
        Assert.False(reply.GetProperty("ok").GetBoolean());
        Assert.Equal("create: it takes a domain file; usage: create [-pc] FILE [KEY=VALUE]...", ProtocolFixture.Text(reply, "error"));
        Assert.False(reply.TryGetProperty("result", out _));
    }

    [Theory]
    [InlineData("console", "attach")]
    [InlineData("top", "stats")]
    [InlineData("json", "text")]
    [InlineData("log -f x", "attach")]
    [InlineData("create -c debian", "attach")]
    [InlineData("log x -f", "attach")]
    [InlineData("create -pc debian", "attach")]
    [InlineData("frob", "there is no such verb")]
    public void What_is_not_for_programs_names_what_is(string verb, string instead)
    {
        string[] words = verb.Split(' ');
        JsonElement reply = _line.Ask(words[0], words[1..]);
        Assert.False(reply.GetProperty("ok").GetBoolean());
        Assert.Contains(instead, ProtocolFixture.Text(reply, "error"));
        Assert.True(_line.Ask("hello").GetProperty("ok").GetBoolean());
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("{", "not JSON")]
    [InlineData("{\"verb\":\"list\"}x", "not JSON")]
    [InlineData("[]", "a request is an object")]
    [InlineData("{}", "there is no \"verb\"")]
    [InlineData("{\"verb\":\"\"}", "\"verb\" is to be a string")]
    [InlineData("{\"verb\":3}", "\"verb\" is to be a string")]
    [InlineData("{\"id\":{},\"verb\":\"list\"}", "\"id\" is to be")]
    [InlineData("{\"verb\":\"list\",\"args\":\"x\"}", "\"args\" is to be")]
    [InlineData("{\"verb\":\"list\",\"args\":[1]}", "\"args\" is to be")]
    [InlineData("{\"verb\":\"\\u0100\"}", "U+00FF")]
    public void What_is_wrong_is_said_and_the_next_line_is_read(string line, string what)
    {
        JsonElement reply = _line.Send(line.Length == 0 ? "\"" : line);
        Assert.False(reply.GetProperty("ok").GetBoolean());
        Assert.Contains(what, ProtocolFixture.Text(reply, "error"));
        Assert.True(_line.Ask("list").GetProperty("ok").GetBoolean());
    }

    [Fact]
    public void A_line_too_long_is_refused_once_and_blank_lines_are_nothing()
    {
        string filler = new('x', 4096);
        JsonElement reply = _line.Send("{\"id\":3,\"verb\":\"list\",\"more\":\"" + filler + "\"}");
        Assert.Equal(JsonValueKind.Null, reply.GetProperty("id").ValueKind);
        Assert.Contains("longer than 4096 bytes", ProtocolFixture.Text(reply, "error"));
        _line.Shell.Line.Type("\n\r\n  \n");
        Assert.True(_line.Ask("list").GetProperty("ok").GetBoolean());
        string longest = "{\"verb\":\"hello\",\"more\":\"\"}";
        longest = longest.Replace("\"\"", "\"" + new string('y', 4096 - longest.Length) + "\"", StringComparison.Ordinal);
        Assert.True(_line.Send(longest).GetProperty("ok").GetBoolean());
    }

    [Fact]
    public void STX_in_the_middle_of_a_request_starts_anew()
    {
        _line.Take("hello");
        _line.Shell.Line.Type("{\"id\":9,\"verb\":\"li\u0002");
        Assert.Equal(1, _line.Ask("hello").GetProperty("result").GetProperty("protocol").GetInt32());
        Assert.Single(_line.Take("hello"));
    }

    [Fact]
    public void What_looks_like_an_option_in_a_value_is_none()
    {
        Assert.True(_line.Ask("create", "debian", "extra=quiet -c").GetProperty("ok").GetBoolean());
        Assert.Equal("quiet -c"u8.ToArray(), _line.Shell["debian"].Configuration.Extra.Value.ToArray());
    }

    [Fact]
    public void STX_ends_the_waiting_of_create_not_its_work()
    {
        _line.Shell.Pc.Backend.BuildSteps = 200;
        _line.Shell.Pc.Backend.FailsAllocation = true;
        _line.Shell.Line.Type("{\"id\":7,\"verb\":\"create\",\"args\":[\"debian\"]}\n");
        _line.Shell.Steps(4);
        _line.Shell.Line.Type("\u0002{\"verb\":\"text\"}\n");
        JsonElement[] replies = [];
        _line.Shell.Until(() => (replies = [.. replies, .. _line.Lines()]).Length == 2);
        Assert.False(replies[0].GetProperty("ok").GetBoolean());
        Assert.Equal("domain \"debian\" is building; \"list\" shows what becomes of it\ncancelled\n", ProtocolFixture.Text(replies[0], "text"));
        Assert.Equal("cancelled", ProtocolFixture.Text(replies[0], "error"));
        _line.Shell.Until(() => _line.Shell["debian"].State == DomainState.Ended);
        _line.Shell.Steps();
        Assert.Contains("domain debian (id 1): cannot start: ", _line.Shell.Line.Output); // at the prompt it is not muted
    }

    [Fact]
    public void Values_with_blanks_are_quoted_for_the_verb()
    {
        Assert.True(_line.Ask("create", "debian", "extra=a \"b\" c").GetProperty("ok").GetBoolean());
        Assert.Equal("a \"b\" c"u8.ToArray(), _line.Shell["debian"].Configuration.Extra.Value.ToArray());
        Assert.Contains("both kinds of quotes", ProtocolFixture.Text(_line.Ask("create", "debian", "extra=a \"b' c"), "error"));
    }

    [Fact]
    public void States_come_as_events()
    {
        _line.Ask("create", "debian");
        JsonElement[] begun = [.. _line.Take("state")];
        Assert.Equal(["free-building", "building-running"], begun.Select(json => ProtocolFixture.Text(json, "old") + "-" + ProtocolFixture.Text(json, "new")));
        JsonElement started = begun[^1];
        Assert.Equal("running", ProtocolFixture.Text(started, "new"));
        Assert.Equal("debian", ProtocolFixture.Text(started, "domain"));
        _line.Shell.Pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.PortWrite, Address = 0x604, SizeBytes = 2, Value = 0x3400 };
        _line.Shell.Until(() => _line.Shell["debian"].State == DomainState.Ended);
        _line.Shell.Steps();
        JsonElement ended = _line.Take("state")[^1];
        Assert.Equal("ended", ProtocolFixture.Text(ended, "new"));
        Assert.Equal("powered off", ProtocolFixture.Text(ended, "reason"));
        Assert.Empty(_line.Take("notice"));
    }

    [Fact]
    public void That_an_ended_domain_is_forgotten_is_no_event()
    {
        _line.Ask("create", "debian");
        Domain domain = _line.Shell["debian"];
        _line.Ask("destroy", "debian");
        Assert.Equal(DomainState.Free, domain.State);
        Assert.Equal("ended", ProtocolFixture.Text(_line.Take("state")[^1], "new"));
        _line.Ask("create", "debian");
        Assert.Equal("free", ProtocolFixture.Text(_line.Take("state")[0], "old"));
    }

    [Fact]
    public void A_crash_comes_with_its_report()
    {
        _line.Ask("create", "debian");
        _line.Shell.Pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.Crash };
        _line.Shell.Until(() => _line.Shell["debian"].State == DomainState.Ended);
        _line.Shell.Steps();
        JsonElement crash = Assert.Single(_line.Take("crash"));
        Assert.StartsWith("domain debian (id 1, vcpu 0) crashed: ", ProtocolFixture.Text(crash, "text"));
        Assert.Contains("\n  rip 0000", ProtocolFixture.Text(crash, "text"));
        Assert.Empty(_line.Take("notice"));
    }

    [Fact]
    public void Messages_of_the_host_come_as_notices()
    {
        _line.Shell.Shell.Messages.WriteLine("a \"warning\""u8);
        _line.Shell.Steps();
        Assert.Equal("a \"warning\"\n", ProtocolFixture.Text(Assert.Single(_line.Take("notice")), "text"));
    }

    [Fact]
    public void Events_wait_for_room_on_the_line()
    {
        _line.Ask("create", "debian", "on_crash=restart");
        _line.Shell.Pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.Crash };
        _line.Shell.Line.Room = 0;
        _line.Shell.Until(() => _line.Shell["debian"].State == DomainState.Ended);
        Assert.Empty(_line.Lines());
        _line.Shell.Line.Room = 65536;
        _line.Shell.Steps();
        Assert.Empty(_line.Take("dropped"));
        Assert.True(_line.Take("crash").Count > 1);
        for (int i = 0; i < 40; i++)
        {
            _line.Shell.Shell.Messages.WriteLine(new byte[300]);
        }

        _line.Shell.Steps(200);
        Assert.Equal(40 * 301, _line.Take("notice").Sum(json => ProtocolFixture.Text(json, "text").Length));
    }

    [Fact]
    public void The_PC_is_switched_off_behind_a_whole_reply()
    {
        _line.Ask("create", "debian");
        JsonElement refused = _line.Ask("host", "poweroff");
        Assert.Equal("host: domains are running and will be lost; give -f to do it anyway", ProtocolFixture.Text(refused, "error"));
        JsonElement reply = _line.Ask("host", "poweroff", "-f");
        Assert.True(reply.GetProperty("ok").GetBoolean());
        Assert.Equal("powering off\n", ProtocolFixture.Text(reply, "text"));
        Assert.Equal(1, _line.Shell.Power.PowerOffs);
        Assert.Equal("host: this PC does not do it; use its switch\n", ProtocolFixture.Text(Assert.Single(_line.Take("notice")), "text"));
    }

    [Fact]
    public void Figures_name_the_exits()
    {
        _line.Ask("create", "debian");
        _line.Shell["debian"].Vcpu.Backend.History.Record(10, 0, 0, default);
        JsonElement stats = _line.Ask("stats").GetProperty("result");
        Assert.Equal(1_000_000, stats.GetProperty("hertz").GetInt32());
        Assert.Equal((long)_line.Shell.Pc.Frames.Free, stats.GetProperty("memory").GetProperty("free").GetInt64());
        JsonElement row = Assert.Single(stats.GetProperty("domains").EnumerateArray());
        Assert.True(row.GetProperty("ticks").GetUInt64() >= stats.GetProperty("ticks").GetUInt64());
        Assert.Equal(1, row.GetProperty("exits_total").GetInt32());
        Assert.Equal(1, row.GetProperty("exits").EnumerateObject().Single().Value.GetInt32());
    }

    [Theory]
    [InlineData("info", JsonValueKind.Object)]
    [InlineData("info debian", JsonValueKind.Object)]
    [InlineData("mem", JsonValueKind.Object)]
    [InlineData("sched-credit2", JsonValueKind.Array)]
    [InlineData("uptime", JsonValueKind.Object)]
    [InlineData("vcpu-list", JsonValueKind.Array)]
    [InlineData("list", JsonValueKind.Array)]
    [InlineData("stats", JsonValueKind.Object)]
    [InlineData("log debian", JsonValueKind.Object)]
    public void Verbs_have_data(string request, JsonValueKind kind)
    {
        _line.Ask("create", "debian");
        string[] words = request.Split(' ');
        JsonElement reply = _line.Ask(words[0], words[1..]);
        Assert.True(reply.GetProperty("ok").GetBoolean());
        Assert.Equal(kind, reply.GetProperty("result").ValueKind);
    }

    [Fact]
    public void Many_domains_come_as_room_allows()
    {
        for (int i = 0; i < 6; i++)
        {
            Assert.True(_line.Ask("create", "debian", $"name=d{i}").GetProperty("ok").GetBoolean());
        }

        _line.Shell.Line.Type("{\"verb\":\"stats\"}\n");
        int before = -1;
        int parts = 0;
        while (!_line.Shell.Line.Output.EndsWith("}\n", StringComparison.Ordinal))
        {
            _line.Shell.Steps(1);
            int rows = _line.Shell.Line.Output.Split("\"exits\"").Length;
            parts += rows > before ? 1 : 0;
            Assert.InRange(rows - before, 0, 5);
            before = rows;
        }

        Assert.True(parts > 1);
        Assert.Equal(6, Assert.Single(_line.Lines()).GetProperty("result").GetProperty("domains").GetArrayLength());
        _line.Shell.Line.Room = 13000;
        Assert.Equal(6, _line.Ask("list").GetProperty("result").GetArrayLength());
        Assert.Equal("d3", ProtocolFixture.Text(Assert.Single(_line.Ask("vcpu-list", "d3").GetProperty("result").EnumerateArray()), "name"));
    }
}
