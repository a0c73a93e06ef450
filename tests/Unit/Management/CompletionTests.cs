using System;
using System.Linq;
using System.Text;
using FsCheck.Xunit;
using Multicosm.Domains;
using Multicosm.Machine;
using Multicosm.Management;
using Multicosm.Management.Editing;
using Multicosm.Unit.Domains;
using Xunit;

namespace Multicosm.Unit.Management;

public sealed class CompletionTests
{
    private const string Prompt = ShellFixture.Prompt;

    private readonly ShellFixture _shell = new(new FakePc(
        FakePc.Config("web-server.cfg", "name = \"web-server\"\nkernel = \"vmlinuz\"\nmemory = 28\n"),
        FakePc.Config("web-cache.cfg", "name = \"web-cache\"\nkernel = \"vmlinuz\"\nmemory = 28\n"),
        FakePc.Config("mail.cfg", "name = \"mail\"\nkernel = \"vmlinuz\"\nmemory = 28\n"),
        FakePc.File("vmlinuz", FakeKernel.Make())));

    [Theory]
    [InlineData("des\t", "destroy ")]
    [InlineData("un\t", "unpause ")]
    [InlineData("vcpu-list\t", "vcpu-list ")]
    [InlineData("sch\t", "sched-credit2 ")]
    [InlineData("zz\t", "zz\a")]
    [InlineData("create ma\t", "create mail ")]
    [InlineData("create -p m\t", "create -p mail ")]
    [InlineData("create w\ts\t", "create web-server ")]
    [InlineData("create mail x\t", "create mail x\a")]
    [InlineData("trigger x n\t", "trigger x nmi ")]
    [InlineData("host p\t", "host poweroff ")]
    [InlineData("host poweroff -\t", "host poweroff -f ")]
    [InlineData("help sh\t", "help shutdown ")]
    [InlineData("nosuch x\t", "nosuch x\a")]
    public void One_candidate_completes_with_a_blank(string typed, string expected)
    {
        Assert.Equal(expected, Type(typed));
    }

    [Fact]
    public void Domains_complete_by_name_and_behind_options_that_take_one()
    {
        _shell.Ask("create web-server");
        _shell.Ask("create mail");
        Assert.Equal("pause web-server ", Type("pause w\t"));
        Assert.Equal("sched-credit2 -d mail ", Type("\x03sched-credit2 -d ma\t").Split(Prompt)[^1]);
        Assert.Equal("log -f mail web-server ", Type("\x03log -f mail w\t").Split(Prompt)[^1]);
    }

    [Fact]
    public void Several_candidates_complete_what_they_share_and_the_second_Tab_lists_them()
    {
        Assert.Equal("create web-", Type("create w\t"));
        Assert.Equal("\r\x1b[Kweb-server  web-cache\r\n" + Prompt + "create web-", Type("\t"));
        Assert.EndsWith("create web-\b\x1b[K-", Type("\t\x7f\t"));
    }

    [Fact]
    public void Without_anything_to_add_the_first_Tab_rings_and_the_second_lists_and_a_key_between_them_begins_anew()
    {
        Assert.Equal("u\a", Type("u\t"));
        Assert.Equal("\r\x1b[Kunpause  uptime\r\n" + Prompt + "u", Type("\t"));
        Assert.Equal("n\b\x1b[K\a", Type("n\x7f\t"));
    }

    [Fact]
    public void Living_domains_are_listed_before_ended_ones()
    {
        _shell.Ask("create web-cache");
        _shell.Pc.Backend.Guest = (_, _) => new VcpuExit { Kind = VcpuExitKind.PortWrite, Address = 0x604, SizeBytes = 2, Value = 0x3400 };
        _shell.Until(() => _shell["web-cache"].State == DomainState.Ended);
        _shell.Pc.Backend.Guest = (_, _) => default;
        _shell.Steps();
        _shell.Ask("create mail");
        Assert.EndsWith("mail  web-cache\r\n" + Prompt + "console ", Type("console \t\t"));
    }

    [Fact]
    public void A_word_in_the_middle_is_completed_where_the_cursor_is()
    {
        Type("des x\x01\x06\x06\x06\t");
        _shell.Line.Type("\r");
        _shell.Steps();
        Assert.Contains("destroy: there is no domain \"x\"", _shell.Line.Output);
    }

    [Property(MaxTest = 300)]
    public void Any_keys_leave_a_line_that_is_valid_and_shown(byte[] keys)
    {
        FakeLine line = new();
        LineEditor editor = new(new HostTerminal(line), new FewWords());
        editor.Begin();
        foreach (byte key in keys ?? [])
        {
            // Tabs and letters of the candidates often, else anything but what leaves the line.
            byte value = (key % 5) switch { 0 => (byte)'\t', 1 => (byte)'a', 2 => (byte)'b', _ => key };
            _ = editor.Feed(value is 0x1B or (byte)'\r' or (byte)'\n' or 3 ? (byte)' ' : value);
            Assert.InRange(editor.Line.Length, 0, LineEditor.MaximumBytes);
        }

        TerminalScreen screen = new();
        screen.Write(line.RawOutput);
        screen.AssertShows(Prompt, Encoding.Latin1.GetString(editor.Line));
    }

    private string Type(string typed)
    {
        _shell.Line.TakeOutput();
        _shell.Line.Type(typed);
        _shell.Until(() => _shell.Line.Waiting == 0);
        _shell.Steps();
        return _shell.Line.TakeOutput();
    }

    private sealed class FewWords : CompletionSource
    {
        private static readonly byte[][] s_words = [.. new[] { "aab", "aabbb", "", "ba", "ab ab", new string('b', 70) }.Select(Encoding.ASCII.GetBytes)];

        public override int Begin(ReadOnlySpan<byte> line) => line.Length - 1 - line.LastIndexOf((byte)' ');

        public override bool TryGet(int index, out ReadOnlySpan<byte> candidate)
        {
            candidate = index < s_words.Length ? s_words[index] : default;
            return index < s_words.Length;
        }
    }
}
