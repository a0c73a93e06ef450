using System;
using System.Linq;
using System.Text;
using System.Text.Json;
using Multicosm.Domains;
using Xunit;

namespace Multicosm.Unit.Protocol;

public sealed class ConsoleEventTests
{
    private readonly ProtocolFixture _line = new();

    [Fact]
    public void An_attached_console_comes_from_its_first_byte_until_it_is_detached()
    {
        _line.Ask("create", "debian");
        byte[] all = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        Print("debian", all);
        JsonElement reply = _line.Ask("attach", "debian").GetProperty("result");
        Assert.Equal(0, reply.GetProperty("from").GetInt32());
        Assert.Equal(256, reply.GetProperty("end").GetInt32());
        Assert.Equal(all, Take(0));
        Print("debian", "more"u8.ToArray());
        Assert.Equal("more"u8.ToArray(), Take(256));
        Assert.True(_line.Ask("detach", "debian").GetProperty("ok").GetBoolean());
        Print("debian", "lost"u8.ToArray());
        _line.Shell.Steps();
        Assert.Empty(_line.Take("console"));
        Assert.Contains("not attached", ProtocolFixture.Text(_line.Ask("detach", "debian"), "error"));
    }

    [Theory]
    [InlineData("end", "")]
    [InlineData("4", "456")]
    [InlineData("99", "")]
    public void It_can_be_attached_at_a_position(string position, string expected)
    {
        _line.Ask("create", "debian");
        Print("debian", "0123456"u8.ToArray());
        _line.Ask("attach", "debian", position);
        _line.Shell.Steps();
        Assert.Equal(expected, string.Concat(_line.Take("console").Select(json => ProtocolFixture.Text(json, "data"))));
    }

    [Fact]
    public void An_attached_guest_waits_instead_of_losing_output()
    {
        _line.Ask("create", "debian");
        _line.Ask("attach", "debian");
        _line.Shell.Line.Room = 0;
        GuestConsole console = _line.Shell["debian"].Console;
        byte[] sent = [.. Enumerable.Range(0, GuestConsole.OutputCapacity).Select(i => (byte)(i * 7))];
        Print("debian", sent);
        Assert.False(console.Sink.CanWrite);
        _line.Shell.Steps();
        _line.Shell.Line.Room = 65536;
        _line.Shell.Until(() => console.Unseen == 0);
        Assert.True(console.Sink.CanWrite);
        Assert.Equal(sent, Take(0));
    }

    [Fact]
    public void A_domain_that_is_forgotten_takes_along_what_was_not_sent()
    {
        _line.Ask("create", "debian");
        _line.Ask("attach", "debian");
        Domain domain = _line.Shell["debian"];
        _line.Shell.Line.Room = 0;
        Print("debian", "lost"u8.ToArray());
        Assert.True(_line.Shell.Pc.Manager.Destroy(domain));
        _line.Shell.Until(() => domain.State == DomainState.Ended);
        Assert.True(_line.Shell.Pc.Manager.Destroy(domain));
        Assert.Equal(DomainState.Free, domain.State);
        _line.Shell.Line.Room = 65536;
        _line.Shell.Steps();
        Assert.Empty(_line.Take("console"));
        Assert.False(_line.Shell.Shell.HasWork);
    }

    [Fact]
    public void Several_consoles_come_in_turn()
    {
        _line.Ask("create", "debian", "name=a");
        _line.Ask("create", "debian", "name=b");
        _line.Ask("attach", "a");
        _line.Ask("attach", "b");
        Print("a", new byte[3000]);
        Print("b", new byte[3000]);
        _line.Shell.Until(() => _line.Shell["a"].Console.Unseen == 0 && _line.Shell["b"].Console.Unseen == 0);
        string[] order = [.. _line.Take("console").Select(json => ProtocolFixture.Text(json, "domain"))];
        Assert.Equal(["a", "b"], order[..2].Order());
        Assert.Equal(12, order.Length);
    }

    [Fact]
    public void A_new_start_looks_at_nothing()
    {
        _line.Ask("create", "debian");
        _line.Ask("attach", "debian");
        _line.Shell.Line.Type("\u0002");
        _line.Ask("hello");
        Assert.False(_line.Shell["debian"].Console.IsAttached);
    }

    [Fact]
    public void What_is_typed_arrives_as_it_is_as_far_as_there_is_room()
    {
        _line.Ask("create", "debian");
        Assert.Equal(7, Typed(_line.Ask("type", "debian", " a  b\r\u00FF")));
        GuestConsole console = _line.Shell["debian"].Console;
        Assert.Equal([(byte)' ', (byte)'a', (byte)' ', (byte)' ', (byte)'b', 13, 255], Read(console, 7));
        int typed = 0;
        for (int i = 0; i < 3; i++)
        {
            typed += Typed(_line.Ask("type", "debian", new string('x', 2000)));
        }

        Assert.Equal(GuestConsole.InputCapacity, typed);
        Assert.Contains("args", ProtocolFixture.Text(_line.Ask("type", "debian"), "error"));
        Assert.Contains("there is no domain \"nix\"", ProtocolFixture.Text(_line.Ask("type", "nix", "x"), "error"));
    }

    [Fact]
    public void The_log_comes_in_pieces_with_positions()
    {
        _line.Ask("create", "debian");
        byte[] text = [.. Enumerable.Range(0, 20_000).Select(i => (byte)i)];
        Print("debian", text);
        byte[] got = [];
        ulong position = 0;
        for (int i = 0; i < 3; i++)
        {
            JsonElement piece = _line.Ask("log", "debian", position.ToString()).GetProperty("result");
            Assert.Equal(position, piece.GetProperty("from").GetUInt64());
            Assert.Equal(20_000u, piece.GetProperty("end").GetUInt64());
            got = [.. got, .. Encoding.Latin1.GetBytes(ProtocolFixture.Text(piece, "data"))];
            position = piece.GetProperty("to").GetUInt64();
            Assert.Equal((ulong)got.Length, position);
        }

        Assert.Equal(text, got);
        JsonElement end = _line.Ask("log", "debian", "20000").GetProperty("result");
        Assert.Equal("", ProtocolFixture.Text(end, "data"));
        Assert.Contains("started", ProtocolFixture.Text(_line.Ask("log").GetProperty("result"), "data"));
        Assert.Contains("a position is a number", ProtocolFixture.Text(_line.Ask("log", "debian", "x"), "error"));
    }

    [Fact]
    public void What_the_ring_no_longer_has_is_said()
    {
        _line.Ask("create", "debian");
        Print("debian", new byte[GuestConsole.OutputCapacity + 10]);
        JsonElement piece = _line.Ask("log", "debian").GetProperty("result");
        Assert.Equal(10, piece.GetProperty("from").GetInt32());
        Assert.Equal(10, piece.GetProperty("dropped").GetInt32());
        Assert.Equal(10, _line.Ask("attach", "debian").GetProperty("result").GetProperty("from").GetInt32());
    }

    private static int Typed(JsonElement reply) => reply.GetProperty("result").GetProperty("typed").GetInt32();

    private void Print(string name, byte[] bytes)
    {
        foreach (byte value in bytes)
        {
            Assert.True(_line.Shell[name].Console.Sink.TryWrite(value));
        }
    }

    // The data of all console events, whose positions must follow each other.
    private byte[] Take(int from)
    {
        _line.Shell.Steps();
        byte[] got = [];
        foreach (JsonElement json in _line.Take("console"))
        {
            Assert.Equal(from + got.Length, json.GetProperty("position").GetInt32());
            got = [.. got, .. Encoding.Latin1.GetBytes(ProtocolFixture.Text(json, "data"))];
        }

        return got;
    }

    private static byte[] Read(GuestConsole console, int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
        {
            Assert.True(console.Source.TryRead(out bytes[i]));
        }

        return bytes;
    }
}
