using Multicosm.Harness;
using Multicosm.Hosting;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Guests;

/// <summary>Ten million random instructions, in many lives; a few are part of <see cref="HostileTests"/>.</summary>
public sealed class RandomCodeTests(ITestOutputHelper output)
{
    private const long Instructions = 10_000_000;
    private const long OneLife = 0x40000;
    private const int LongestLifeSeconds = 240;
    private const uint Step = 0x9E3779B9; // odd, so that no seed comes twice

    [Fact(Explicit = true)]
    public void ManyLives()
    {
        string iso = MicroGuest.ComposeIso("random-code-long", Repository.Kernel, ["random-code", "heartbeat"]);
        using TestMachine machine = new("random-code-long", new EmulatorOptions { Iso = iso }, 6000);
        machine.Expect(TestMachine.Prompt, 120);
        machine.Command("create heartbeat");
        long executed = 0;
        for (uint life = 0; executed < Instructions; life++)
        {
            string mode = RandomLife.Modes[life % RandomLife.Modes.Length];
            uint seed = (life + 1) * Step;
            (long count, string end) = RandomLife.Run(machine, mode, seed, OneLife, LongestLifeSeconds);
            executed += count;
            output.WriteLine($"{mode} {seed:x8}: {count} instructions, {end}");
        }

        output.WriteLine($"{executed} instructions");
        Heartbeat.AssertSteady(machine, "heartbeat", 1);
    }
}
