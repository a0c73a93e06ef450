using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Guests;

/// <summary>Guests that do all they can to be a nuisance beside three healthy ones, which lose neither time nor output.</summary>
public sealed partial class NeighbourTests
{
    private const ulong WindowTicks = 300_000_000;

    private static readonly string[] s_healthy = ["a", "b", "c"];

    [Fact]
    public void HealthyNeighboursKeepTheirShareAndTheirOutput()
    {
        string iso = MicroGuest.ComposeIso("neighbours", Repository.Kernel, ["ticker", "triple-fault", "hog", "flood", "reboot", "hammer"]);
        using TestMachine machine = new("neighbours", new EmulatorOptions { Iso = iso }, limitSeconds: 400);
        machine.Expect(TestMachine.Prompt, 120);
        ProtocolClient client = new(machine);
        foreach (string name in s_healthy)
        {
            _ = client.Request("create", "ticker", "name=" + name);
        }

        // One after the other: what the healthy ones are due depends on how many are busy.
        Check(client, 3);
        _ = client.Request("create", "triple-fault");
        _ = client.Request("create", "reboot", "on_reboot=restart");
        Check(client, 3);
        _ = client.Request("create", "hog");
        Check(client, 4);
        _ = client.Request("create", "flood");
        Check(client, 5);
        _ = client.Request("create", "hammer");
        Check(client, 6);

        // All numbers, in their order, with nothing between them.
        foreach (string name in s_healthy)
        {
            string log = client.Log(name);
            List<int> ticks = [.. Tick().Matches(log).Select(match => int.Parse(match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            Assert.Equal(Enumerable.Range(0, ticks.Count), ticks);
            Assert.True(ticks.Count > 20, $"{name} ticked {ticks.Count} times");
            Assert.Equal("ticker: up\r\n", Tick().Replace(log[..(log.LastIndexOf('\n') + 1)], ""));
        }

        Assert.Contains("5 times in a row", client.Request("list").GetProperty("text").GetString());
    }

    private static void Check(ProtocolClient client, int busy)
    {
        IReadOnlyDictionary<string, double> shares = client.SharesOver(WindowTicks);
        foreach (string name in s_healthy)
        {
            Assert.True(shares[name] >= 0.95 / busy, $"{name} has {shares[name]:P2} beside {busy - 1} busy ones: {string.Join(' ', shares)}");
        }
    }

    [GeneratedRegex(@"tick ([0-9a-f]{8})\r\n")]
    private static partial Regex Tick();
}
