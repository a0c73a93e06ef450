using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>PCs that cannot run the default guest: the prompt comes up all the same and says what is missing.</summary>
public sealed class UnusableMachineTests
{
    [Fact]
    public void APlainPcSaysThatItHasNoVmx() => Check("plain", new EmulatorOptions { Iso = Isos.Default, HasVtx = false }, "no VMX");

    [Fact]
    public void AFirstGenerationPcSaysThatItHasNoEpt()
        => Check("penryn", new EmulatorOptions { Iso = Isos.Default, Model = "core2_penryn_t9600" }, "no EPT");

    [Fact]
    public void APcWithoutUnrestrictedGuestSaysSo()
        => Check("lynnfield", new EmulatorOptions { Iso = Isos.Default, Model = "corei5_lynnfield_750" }, "no unrestricted guest");

    [Fact]
    public void AnAmdPcSaysThatItIsOne() => Check("ryzen", new EmulatorOptions { Iso = Isos.Default, Model = "ryzen" }, "AMD");

    private static void Check(string name, EmulatorOptions options, string reason)
    {
        using TestMachine machine = new(name, options);
        machine.Expect(TestMachine.Prompt, 120);
        string info = machine.Command("info");
        Assert.Matches("(?m)^VT-x: not usable \\(.*" + reason + ".*\\)\r?$", info);
        Assert.Matches("(?m)^debian .*" + reason, machine.Command("list"));
        Assert.Contains(reason, machine.Command("create debian name=again type=hvm"));
        Assert.Contains(reason, machine.Command("create debian name=third"));
        machine.Send("host poweroff -f");
        Assert.Equal(EmulatorEnd.PoweredOff, machine.WaitForEnd(60));
    }
}
