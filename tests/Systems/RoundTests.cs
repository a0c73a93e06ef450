using System;
using System.Globalization;
using System.Text.RegularExpressions;
using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>Domains come and go, and some cannot come: nothing is left of them.</summary>
public sealed partial class RoundTests
{
    private const int Kinds = 3;
    private const int Rounds = 50;
    private const int LongRounds = 1000;

    [Fact]
    public void FreeFramesAndArenaAreTheSameAfterManyRounds()
    {
        int rounds = Environment.GetEnvironmentVariable("MULTICOSM_TEST_LONG") == "1" ? LongRounds : Rounds;
        string iso = TestFiles.ComposeIso("rounds", "autostart=no", TestFiles.DebianDomain);
        using TestMachine machine = new("rounds", new EmulatorOptions { Iso = iso }, limitSeconds: rounds * 6);
        machine.Expect(TestMachine.Prompt, 120);

        // The first ones make the slots, which stay: one for each domain that there is at a time, and for each name that failed.
        for (int round = 0; round < Kinds; round++)
        {
            Round(machine, round);
        }

        (ulong frames, ulong arena) before = Memory(machine);
        Assert.NotEqual(0UL, before.frames);
        Assert.NotEqual(0UL, before.arena);
        for (int round = 1; round <= rounds; round++)
        {
            Round(machine, round);
            if (round % 10 == 0)
            {
                Assert.Equal(before, Memory(machine));
            }
        }

        Assert.DoesNotContain("debian", machine.Command("list"));
    }

    // In turn: a domain that runs, and each way in which one fails before it does.
    private static void Round(TestMachine machine, int round)
    {
        machine.Command("create debian", 60);
        string list = machine.Command("list");
        Assert.Matches("(?m)^debian .*(running|blocked)", list);
        switch (round % Kinds)
        {
            case 0:
                Assert.Contains("MiB", machine.Command("create debian name=large memory=3000"));
                break;
            case 1:
                Assert.Contains("nor has it a multiboot header", machine.Command("create debian name=odd kernel=../../out/guests/initramfs.gz"));
                break;
            default:
                Assert.Contains("lives already", machine.Command("create debian"));
                break;
        }

        machine.Command("destroy debian", 60);
    }

    private static (ulong Frames, ulong Arena) Memory(TestMachine machine)
    {
        string info = machine.Command("info");
        return (Number(FreeFrames(), info), Number(ArenaBytes(), info));
    }

    private static ulong Number(Regex pattern, string text) => ulong.Parse(pattern.Match(text).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\((\d+) frames\)")]
    private static partial Regex FreeFrames();

    [GeneratedRegex(@"arena: (\d+) bytes")]
    private static partial Regex ArenaBytes();
}
