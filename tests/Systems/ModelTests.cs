using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>The default guest on every other processor of Bochs that can run it: as far as its marker, and by ./test long with its shell.</summary>
public sealed class ModelTests
{
    /// <summary>All that have VT-x with EPT and unrestricted guests, but for haswell, which most other tests use.</summary>
    public static TheoryData<string> Models =>
        ["corei5_arrandale_m520", "corei7_sandy_bridge_2600k", "corei7_ivy_bridge_3770k", "broadwell_ult", "corei7_skylake_x", "corei3_cnl", "corei7_icelake_u", "tigerlake"];

    [Theory]
    [MemberData(nameof(Models))]
    public void TheDefaultKernelReachesItsMarker(string model)
    {
        using TestMachine machine = new("marker-" + model, new EmulatorOptions { Iso = Isos.Fast, Model = model });
        machine.Expect(TestMachine.Prompt, 120);
        Assert.Contains("VT-x: usable", machine.Command("info"));
        machine.Send("console debian");
        machine.Expect(TestMachine.GuestMarker, 180);
    }

    [Theory(Explicit = true)]
    [MemberData(nameof(Models))]
    public void TheDefaultGuestRuns(string model)
    {
        using TestMachine machine = new("model-" + model, new EmulatorOptions { Iso = Isos.Default, Model = model });
        machine.Expect(TestMachine.Prompt, 120);
        Assert.Contains("VT-x: usable", machine.Command("info"));
        machine.Send("console debian");
        machine.Expect(TestMachine.GuestMarker, 180);
        machine.Expect("# ", 30);
        Assert.Contains("Linux debian 6.1", machine.Shell("uname -a"));
        machine.Send("poweroff");
        Assert.Contains("powered off", machine.Expect(TestMachine.Prompt, 60));
    }
}
