using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Multicosm.Unit.Domains;
using Multicosm.Unit.Management;
using Xunit;

namespace Multicosm.Unit.Protocol;

/// <summary>A whole hypervisor on fakes, with a program on its line.</summary>
internal sealed class ProtocolFixture
{
    private readonly List<JsonElement> _events = [];
    private string _rest = "";
    private int _lastId;

    public ProtocolFixture(FakePc? pc = null, bool starts = true)
    {
        Shell = new ShellFixture(pc ?? FakePc.WithDebian());
        Shell.Line.Room = 65536;
        if (starts)
        {
            Shell.Line.TakeOutput();
            Shell.Line.Type("\u0002");
            Shell.Until(() => Shell.Line.Output.EndsWith("}\n", StringComparison.Ordinal));
        }
    }

    public ShellFixture Shell { get; }

    /// <summary>Events that came and were not taken, by kind.</summary>
    public IReadOnlyList<JsonElement> Take(string kind)
    {
        _ = Lines();
        List<JsonElement> taken = [.. _events.Where(json => Text(json, "event") == kind)];
        _events.RemoveAll(json => Text(json, "event") == kind);
        return taken;
    }

    /// <summary>Sends a request and gives its reply, which must be the next one.</summary>
    public JsonElement Ask(string verb, params string[] arguments)
    {
        string request = JsonSerializer.Serialize(new Dictionary<string, object> { ["id"] = ++_lastId, ["verb"] = verb, ["args"] = arguments });
        JsonElement reply = Send(request);
        Assert.Equal(_lastId, reply.GetProperty("id").GetInt32());
        return reply;
    }

    /// <summary>Sends a line and gives the one reply to it.</summary>
    public JsonElement Send(string line)
    {
        Shell.Line.Type(line + "\n");
        JsonElement[] replies = [];
        Shell.Until(() => (replies = Lines()).Length > 0);
        Shell.Steps(5);
        Assert.Single(replies);
        Assert.Empty(Lines());
        return replies[0];
    }

    public static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    /// <summary>The replies among the lines that came; events are put aside.</summary>
    public JsonElement[] Lines()
    {
        string text = _rest + Shell.Line.TakeOutput();
        int end = text.LastIndexOf('\n') + 1;
        _rest = text[end..];
        JsonElement[] lines = [.. text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line != "\r").Select(line => JsonDocument.Parse(line).RootElement)];
        _events.AddRange(lines.Where(json => json.TryGetProperty("event", out _)));
        return [.. lines.Where(json => !json.TryGetProperty("event", out _))];
    }
}
