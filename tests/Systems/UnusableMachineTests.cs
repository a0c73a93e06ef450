using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>PCs whose VT-x cannot be used: they say what is missing, and the default guest runs as a PV guest.</summary>
public sealed class UnusableMachineTests
{
    [Fact]
    public void AFirstGenerationPcHasNoEpt()
        => Check("penryn", new EmulatorOptions { Iso = Isos.Default, Model = "core2_penryn_t9600" }, "no EPT");

    [Fact]
    public void APcWithoutUnrestrictedGuest()
        => Check("lynnfield", new EmulatorOptions { Iso = Isos.Default, Model = "corei5_lynnfield_750" }, "no unrestricted guest");

    [Fact]
    public void AnAmdPc() => Check("ryzen", new EmulatorOptions { Iso = Isos.Default, Model = "ryzen" }, "AMD");

    private static void Check(string name, EmulatorOptions options, string reason)
    {
        using TestMachine machine = new(name, options, limitSeconds: 480);
        machine.Expect(TestMachine.Prompt, 120);
        string info = machine.Command("info");
        Assert.Matches("(?m)^VT-x: not usable \\(.*" + reason + ".*\\)\r?$", info);
        Assert.Matches("(?m)^PV: usable\r?$", info);
        Assert.Matches("(?m)^debian .* PV \\(VT-x: .*" + reason, machine.Command("list"));
        Assert.Contains(reason, machine.Command("create debian name=again type=hvm"));
        machine.Send("console debian");
        machine.Expect(TestMachine.GuestMarker, 300);
        machine.Expect("# ", 60);
        Assert.Contains("Linux debian 6.1", machine.Shell("uname -a"));
        Assert.Contains("/dev/hvc0", machine.Shell("tty"));
        machine.Send("poweroff");
        Assert.Contains("powered off", machine.Expect(TestMachine.Prompt, 60));
        machine.Send("host poweroff -f");
        Assert.Equal(EmulatorEnd.PoweredOff, machine.WaitForEnd(60));
    }
}
