using Multicosm.Harness;
using Multicosm.Hosting.Emulation;
using Xunit;

namespace Multicosm.Systems;

/// <summary>What <c>create</c> refuses, and that the prompt survives it; domains that do not start by themselves.</summary>
public sealed class CreateTests
{
    [Fact]
    public void WhatIsWrongIsSaid()
    {
        string iso = TestFiles.ComposeIso("no-start", "autostart=no", TestFiles.DebianDomain);
        using TestMachine machine = new("create", new EmulatorOptions { Iso = iso });
        machine.Expect(TestMachine.Prompt, 120);
        Assert.DoesNotMatch("(?m)^debian ", machine.Command("list"));
        Assert.Contains("nosuch", machine.Command("create nosuch"));
        Assert.Contains("debian", machine.Command("create nosuch")); // what there is
        Assert.Contains("a number from 1 to", machine.Command("create debian memory=many"));
        Assert.Contains("unknown key 'memroy'", machine.Command("create debian memroy=3"));
        Assert.Contains("not built yet", machine.Command("create debian type=pv"));
        Assert.Contains("not built yet", machine.Command("create debian type=pvh"));
        Assert.Contains("not built yet", machine.Command("create debian vcpus=2"));
        Assert.Contains("'pty'", machine.Command("create debian serial=stdio"));
        Assert.Contains("nix", machine.Command("create debian kernel=nix"));
        Assert.Contains("MiB", machine.Command("create debian name=huge memory=500000"));
        Assert.Contains("nobody", machine.Command("console nobody"));
        Assert.Contains("nobody", machine.Command("destroy nobody"));
        Assert.Contains("help", machine.Command("frobnicate"));
        machine.Command("create iso/domains/debian.cfg name=mine extra=console=ttyS0", 60);
        Assert.Matches("(?m)^mine .*(building|running|blocked)", machine.Command("list"));
        machine.Command("destroy mine", 60);
        Assert.DoesNotMatch("(?m)^mine .*(building|running|blocked)", machine.Command("list"));
        machine.Command("dmesg", 60);
    }

    [Fact]
    public void WhatIsTypedWhileACommandRunsIsKept()
    {
        string iso = TestFiles.ComposeIso("typed-ahead", "autostart=no", TestFiles.DebianDomain);
        using TestMachine machine = new("typed-ahead", new EmulatorOptions { Iso = iso });
        machine.Expect(TestMachine.Prompt, 120);
        machine.Send("create debian\rlist\rdestroy debian\rinfo");
        machine.Expect("VT-x: usable", 120);
        machine.Expect(TestMachine.Prompt, 30);
        machine.Press("up");
        machine.Expect("info", 30);
        machine.Press("ctrl-U");
        machine.Send("help");
        machine.Expect("console", 30);
        machine.Expect(TestMachine.Prompt, 30);
    }
}
