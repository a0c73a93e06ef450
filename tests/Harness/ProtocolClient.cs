using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;

namespace Multicosm.Harness;

/// <summary>The machine protocol on a test's PC: exact figures, each domain's of one moment.</summary>
public sealed class ProtocolClient
{
    private readonly TestMachine _machine;
    private int _requests;

    /// <summary>Switches the line of <paramref name="machine"/>, at its prompt, to JSON lines.</summary>
    public ProtocolClient(TestMachine machine)
    {
        _machine = machine;
        machine.Send("json");
        machine.Expect("\"event\":\"hello\"", 30);
        machine.Expect("\n", 30);
    }

    /// <summary>Makes a request and returns the reply, which must be "ok".</summary>
    public JsonElement Request(string verb, params string[] arguments)
    {
        _requests++;
        string start = string.Create(CultureInfo.InvariantCulture, $"{{\"id\":{_requests},");
        string list = string.Join(',', arguments.Select(argument => JsonSerializer.Serialize(argument)));
        _machine.SendText($"{{\"id\":{_requests},\"verb\":\"{verb}\",\"args\":[{list}]}}\n");
        _ = _machine.Expect(start, 60);
        JsonElement reply = JsonDocument.Parse(start + _machine.Expect("\n", 60)).RootElement;
        return reply.GetProperty("ok").GetBoolean() ? reply : throw new ExpectationException($"{verb} {list}: {reply}");
    }

    /// <summary>Ticks on the CPU by the name of the domain, and ticks of the host's clock when the domain's were read.</summary>
    public IReadOnlyDictionary<string, (ulong Now, ulong Used)> Stats()
        => Request("stats").GetProperty("result").GetProperty("domains").EnumerateArray()
            .ToDictionary(domain => domain.GetProperty("name").GetString()!, domain => (domain.GetProperty("ticks").GetUInt64(), domain.GetProperty("cpu_ticks").GetUInt64()));

    /// <summary>What share of the time each domain had the CPU over the next <paramref name="ticks"/> or a little more.</summary>
    public IReadOnlyDictionary<string, double> SharesOver(ulong ticks)
    {
        IReadOnlyDictionary<string, (ulong Now, ulong Used)> before = Stats();
        Dictionary<string, (ulong Ticks, ulong Used)> since = [];
        while (since.Count == 0 || since.Values.Any(domain => domain.Ticks < ticks))
        {
            System.Threading.Thread.Sleep(1000); // asking is work for the host
            since = Stats().Where(domain => before.ContainsKey(domain.Key))
                .ToDictionary(domain => domain.Key, domain => (domain.Value.Now - before[domain.Key].Now, domain.Value.Used - before[domain.Key].Used));
        }

        return since.ToDictionary(domain => domain.Key, domain => (double)domain.Value.Used / domain.Value.Ticks);
    }

    /// <summary>Types into a domain's console.</summary>
    public void Type(string domain, string text) => _ = Request("type", domain, text);

    /// <summary>What a domain printed, from the first byte kept.</summary>
    public string Log(string domain)
    {
        string text = "";
        ulong position = 0;
        JsonElement part;
        do
        {
            part = Request("log", domain, position.ToString(CultureInfo.InvariantCulture)).GetProperty("result");
            text += part.GetProperty("data").GetString();
            position = part.GetProperty("to").GetUInt64();
        }
        while (position < part.GetProperty("end").GetUInt64());
        return text;
    }

    /// <summary>Waits until a domain has printed <paramref name="text"/>; fails after <paramref name="seconds"/>.</summary>
    public void WaitForOutput(string domain, string text, int seconds)
    {
        DateTime end = DateTime.UtcNow.AddSeconds(seconds);
        while (!Log(domain).Contains(text, StringComparison.Ordinal))
        {
            if (DateTime.UtcNow > end)
            {
                throw new ExpectationException($"{domain} does not print '{text}' within {seconds} s");
            }

            System.Threading.Thread.Sleep(1000);
        }
    }
}
