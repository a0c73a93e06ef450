using System.Globalization;
using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>Figures, by ./test bench: ticks of Bochs' default model, where a tick is an instruction. Not pass or fail.</summary>
public sealed class Figures
{
    private readonly ITestOutputHelper _output;

    public Figures(ITestOutputHelper output) => _output = output;

    [Fact(Explicit = true)]
    public void BootOfTheDefaultGuest()
    {
        ulong prompt = TicksTo("bench-prompt", Isos.Default, TestMachine.Prompt, null);
        ulong marker = TicksTo("bench-marker", Isos.Default, TestMachine.Prompt, TestMachine.GuestMarker);
        ulong bare = TicksTo("bench-bare", TestFiles.ComposeBareIso("bench-bare", TestFiles.FastCommandLine), TestMachine.GuestMarker, null);
        Report("power-on to the first prompt, when the domain is registered", prompt);
        Report("power-on to the guest's marker", marker);
        Report("debian boot: first prompt to the guest's marker", marker - prompt);
        Report("the same guest on the bare machine, power-on to its marker", bare);
    }

    // Stopping takes the host a moment, less than a thousandth of what is measured.
    private static ulong TicksTo(string name, string iso, string first, string? inConsole)
    {
        using TestMachine machine = new(name, new EmulatorOptions { Iso = iso });
        machine.Expect(first, 120);
        if (inConsole != null)
        {
            machine.Send("console debian");
            machine.Expect(inConsole, 180);
        }

        return machine.StopAndCountTicks();
    }

    private void Report(string what, ulong ticks)
        => _output.WriteLine("{0,-64}{1,8} M ticks", what, (ticks / 1_000_000).ToString(CultureInfo.InvariantCulture));
}
