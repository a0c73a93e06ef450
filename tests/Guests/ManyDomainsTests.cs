using System;
using System.Globalization;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Guests;

/// <summary>Domains in large numbers: one after the other, and all at once.</summary>
public sealed partial class ManyDomainsTests
{
    private const int Rounds = 100;
    private const int LongRounds = 1000;
    private const int AtOnce = 128;

    [Fact]
    public void ManyRoundsLeaveNothingBehind()
    {
        int rounds = Environment.GetEnvironmentVariable("MULTICOSM_TEST_LONG") == "1" ? LongRounds : Rounds;
        string iso = MicroGuest.ComposeIso("rounds-of-micro-guests", Repository.Kernel, ["hello"]);
        using TestMachine machine = new("micro-rounds", new EmulatorOptions { Iso = iso }, limitSeconds: 120 + (rounds * 2));
        machine.Expect(TestMachine.Prompt, 120);
        Round(machine); // makes the slot, which stays
        string before = Memory(machine);
        for (int round = 1; round <= rounds; round++)
        {
            Round(machine);
            if (round % 20 == 0)
            {
                Assert.Equal(before, Memory(machine));
                Assert.DoesNotContain("hello", machine.Command("list"));
            }
        }
    }

    [Fact]
    public void ManyRunAtOnce()
    {
        string iso = MicroGuest.ComposeIso("many", Repository.Kernel, ["sleeper"]);
        using TestMachine machine = new("many", new EmulatorOptions { Iso = iso, MemoryMiB = 1024 }, limitSeconds: 600);
        machine.Expect(TestMachine.Prompt, 120);
        ulong before = FreeFrames(machine);
        for (int i = 0; i < AtOnce; i++)
        {
            Assert.Contains("started", machine.Command($"create sleeper name=d{i} memory=6", 60));
        }

        ProtocolClient client = new(machine);
        Assert.Equal(AtOnce, client.Request("list").GetProperty("result").GetArrayLength());
        System.Collections.Generic.IReadOnlyDictionary<string, (ulong Now, ulong Used)> first = client.Stats();
        for (int i = 0; i < AtOnce; i++)
        {
            client.WaitForOutput("d" + i.ToString(CultureInfo.InvariantCulture), "awake\r\nawake", 120);
        }

        System.Collections.Generic.IReadOnlyDictionary<string, (ulong Now, ulong Used)> later = client.Stats();
        Assert.All(first, domain => Assert.True(later[domain.Key].Used > domain.Value.Used, domain.Key + " does not run"));
        for (int i = 0; i < AtOnce; i++)
        {
            _ = client.Request("destroy", "d" + i.ToString(CultureInfo.InvariantCulture));
        }

        _ = client.Request("text");
        machine.Expect(TestMachine.Prompt, 30);
        Assert.DoesNotContain("running", machine.Command("list"));

        // What the slots took of the host's memory stays with them; the domains' own is back.
        Assert.InRange(before - FreeFrames(machine), 0UL, (ulong)AtOnce * 128);
    }

    private static void Round(TestMachine machine)
    {
        machine.Command("create hello", 60);
        machine.Expect("ended: powered off", 60);
        machine.Expect(TestMachine.Prompt, 30);
        machine.Command("destroy hello", 60);
    }

    private static ulong FreeFrames(TestMachine machine) => ulong.Parse(Frames().Match(machine.Command("info")).Groups[1].Value, CultureInfo.InvariantCulture);

    private static string Memory(TestMachine machine)
    {
        Match memory = FramesAndArena().Match(machine.Command("info"));
        Assert.True(memory.Success);
        return memory.Value;
    }

    [GeneratedRegex(@"\((\d+) frames\)")]
    private static partial Regex Frames();

    [GeneratedRegex(@"\(\d+ frames\)\r?\narena: \d+ bytes")]
    private static partial Regex FramesAndArena();
}
