using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>Four Debian domains on one CPU: all come up, and busy ones share it as weights, caps and pauses say.</summary>
public sealed class ShareTests
{
    private const ulong WindowTicks = 1_000_000_000;

    private static readonly (string Name, int Weight)[] s_domains = [("one", 100), ("two", 200), ("three", 400), ("four", 400)];

    [Fact]
    public void FourDebianDomainsShareTheCpuByWeight()
    {
        string iso = TestFiles.ComposeIso("shares", "", [.. s_domains.Select(domain => DomainFile(domain.Name, domain.Weight))]);
        using TestMachine machine = new("shares", new EmulatorOptions { Iso = iso, MemoryMiB = 768 }, limitSeconds: 900);
        machine.Expect(TestMachine.Prompt, 120);
        ProtocolClient client = new(machine);
        foreach ((string name, _) in s_domains)
        {
            client.WaitForOutput(name, TestMachine.GuestMarker, 400);
        }

        foreach ((string name, _) in s_domains)
        {
            client.Type(name, "while :; do :; done\r");
        }

        _ = client.SharesOver(WindowTicks / 10); // until all of them do
        CheckShares(client.SharesOver(WindowTicks), s_domains.ToDictionary(domain => domain.Name, domain => domain.Weight / 1100.0));

        // A cap of less than its part; what is left goes to the others by weight.
        _ = client.Request("sched-credit2", "-d", "four", "-c", "25");
        IReadOnlyDictionary<string, double> capped = client.SharesOver(WindowTicks);
        Assert.InRange(capped["four"], 0.2475, 0.2525);
        CheckShares(Without(capped, "four"), new() { ["one"] = 0.75 / 7, ["two"] = 1.5 / 7, ["three"] = 3.0 / 7 });

        _ = client.Request("pause", "three");
        IReadOnlyDictionary<string, double> paused = client.SharesOver(WindowTicks);
        Assert.Equal(0.0, paused["three"]);
        CheckShares(Without(paused, "three", "four"), new() { ["one"] = 0.25, ["two"] = 0.5 });
    }

    private static void CheckShares(IReadOnlyDictionary<string, double> shares, Dictionary<string, double> expected)
    {
        foreach ((string name, double share) in expected)
        {
            Assert.True(Math.Abs((shares[name] / share) - 1) <= 0.02, $"{name} has {shares[name]:P2} of the time, expected {share:P2}; all: {string.Join(' ', shares)}");
        }
    }

    private static Dictionary<string, double> Without(IReadOnlyDictionary<string, double> shares, params string[] names)
        => shares.Where(share => !names.Contains(share.Key)).ToDictionary();

    private static string DomainFile(string name, int weight)
    {
        string folder = Directory.CreateDirectory(Path.Combine(TestFiles.Folder, "share-domains")).FullName;
        string path = Path.Combine(folder, name + ".cfg");
        File.WriteAllText(path, $"""
            name = "{name}"
            type = "hvm"
            memory = 96
            cpu_weight = {weight}
            kernel = "../../guests/vmlinuz"
            ramdisk = "../../guests/initramfs.gz"
            extra = "{TestFiles.FastCommandLine}"
            """);
        return path;
    }
}
