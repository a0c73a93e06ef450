using System.Text;
using Multicosm.Machine;
using Multicosm.Platform.Boot;
using Multicosm.Unit.Configuration;
using Xunit;

namespace Multicosm.Unit.Platform;

/// <summary>The hypervisor's command line.</summary>
public sealed class HypervisorOptionsTests
{
    [Fact]
    public void WithoutOptionsTheDefaultsStand()
    {
        HypervisorOptions options = Parse("   ", "");
        Assert.True(options.Autostart && options.UsesVtx && !options.UsesApicv);
        Assert.False(options.ResetsAfterPanic);
        Assert.Equal(LogLevel.Warning, options.ConsoleLevel);
        Assert.Equal(0x3F8, options.Serial.Port);
        Assert.Equal(115200u, options.Serial.Baud);
    }

    [Fact]
    public void AllOfThemAreRead()
    {
        HypervisorOptions options = Parse("autostart=no vtx=off  apicv=off loglevel=debug reboot=panic serial=com2,9600", "");
        Assert.False(options.Autostart || options.UsesVtx || options.UsesApicv);
        Assert.True(options.ResetsAfterPanic);
        Assert.Equal(LogLevel.Debug, options.ConsoleLevel);
        Assert.Equal(0x2F8, options.Serial.Port);
        Assert.Equal(12, options.Serial.Divisor);
    }

    [Fact]
    public void TheLastOfTwoStands()
    {
        HypervisorOptions options = Parse("vtx=off loglevel=error vtx=on loglevel=info reboot=panic reboot=never autostart=no autostart=yes", "");
        Assert.True(options.UsesVtx && options.Autostart);
        Assert.False(options.ResetsAfterPanic);
        Assert.Equal(LogLevel.Info, options.ConsoleLevel);
    }

    [Theory]
    [InlineData("vtx=maybe", "hypervisor option ignored: vtx=maybe: expected on or off\n")]
    [InlineData("apicv=", "hypervisor option ignored: apicv=: expected on or off\n")]
    [InlineData("autostart=1", "hypervisor option ignored: autostart=1: expected yes or no\n")]
    [InlineData("loglevel=loud", "hypervisor option ignored: loglevel=loud: expected error, warning, info or debug\n")]
    [InlineData("loglevel=kept", "hypervisor option ignored: loglevel=kept: expected error, warning, info or debug\n")]
    [InlineData("reboot=now", "hypervisor option ignored: reboot=now: expected panic or never\n")]
    [InlineData("serial=com5", "hypervisor option ignored: serial=com5: expected com1, com2, 0xPORT, pci or pci:BB:DD.F, and then ,BAUD if it is not 115200 but a divisor of it\n")]
    [InlineData("quiet", "unknown hypervisor option ignored: quiet: expected serial=, autostart=, vtx=, apicv=, loglevel= or reboot=\n")]
    [InlineData("vtx", "unknown hypervisor option ignored: vtx: expected serial=, autostart=, vtx=, apicv=, loglevel= or reboot=\n")]
    [InlineData("=off", "unknown hypervisor option ignored: =off: expected serial=, autostart=, vtx=, apicv=, loglevel= or reboot=\n")]
    public void WhatIsWrongIsReportedAndTheRestStands(string wrong, string problem)
    {
        HypervisorOptions options = Parse("loglevel=info " + wrong + " reboot=panic", problem);
        Assert.Equal(LogLevel.Info, options.ConsoleLevel);
        Assert.True(options.ResetsAfterPanic && options.UsesVtx && options.Autostart);
        Assert.Equal(0x3F8, options.Serial.Port);
    }

    [Fact]
    public void NobodyNeedsToHearOfProblems() => Assert.False(HypervisorOptions.Parse("x vtx=off"u8, null).UsesVtx);

    private static HypervisorOptions Parse(string commandLine, string problems)
    {
        TextCollector collector = new();
        HypervisorOptions options = HypervisorOptions.Parse(Encoding.UTF8.GetBytes(commandLine), collector);
        Assert.Equal(problems, collector.Text);
        return options;
    }
}
