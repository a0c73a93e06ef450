using Multicosm.Domains.Configuration;
using Xunit;

namespace Multicosm.Unit.Configuration;

public sealed class MessageTests
{
    private readonly ParserFixture _fixture = new();

    [Theory]
    [InlineData("\nmemroy = 3", "a.cfg:2: unknown key 'memroy', expected 'memory', which is the nearest\n")]
    [InlineData("Kernel = 'k'", "a.cfg:1: unknown key 'Kernel', expected 'kernel', which is the nearest\n")]
    [InlineData("on_powerof = 'destroy'", "a.cfg:1: unknown key 'on_powerof', expected 'on_poweroff', which is the nearest\n")]
    [InlineData("vcpu = 1", "a.cfg:1: unknown key 'vcpu', expected 'vcpus', which is the nearest\n")]
    [InlineData("\nfrobnicate = 3", "a.cfg:2: unknown key 'frobnicate', expected one of name, type, kernel, ramdisk, extra, cmdline, memory, vcpus, cpu_weight, cap, on_poweroff, on_reboot, on_crash, serial, testdev, cpu, msr_relaxed, viridian, disk, vif, boot, firmware\n")]
    [InlineData("memory = 12x", "a.cfg:1: 'memory': unsuitable number '12x', expected a number from 1 to 1048576\n")]
    [InlineData("name =", "a.cfg:1: 'name': found the end of the line, expected a number, a quoted string or a list\n")]
    [InlineData("name", "a.cfg:1: 'name': found the end of the line, expected '=' and the key's value\n")]
    [InlineData("name = 'a", "a.cfg:1: 'name': unterminated string ''a', expected the closing quote on the same line\n")]
    [InlineData("type = 'xen'", "a.cfg:1: 'type': unknown value 'xen', expected 'hvm', 'pvh', 'pv' or 'auto'\n")]
    [InlineData("on_crash = 'x'", "a.cfg:1: 'on_crash': unknown value 'x', expected 'destroy', 'restart' or 'preserve'\n")]
    [InlineData("name = 'a\u001b[2J'", "a.cfg:1: 'name': control character in ''a?', expected text without control characters\n")]
    public void FaultsAreSaidWithWhatWasExpected(string text, string expected)
    {
        _fixture.Parse(text);
        Assert.Equal(expected, _fixture.Message());
    }

    [Theory]
    [InlineData("kernel='k'", "a.cfg: missing key 'name', expected name = \"...\"\n")]
    [InlineData("name='n'", "a.cfg: missing key 'kernel', expected kernel = \"...\" (starting from a disk is not built yet)\n")]
    [InlineData("name='n';kernel='k'\ntype='pvh'\nvcpus=2", "a.cfg:3: 'vcpus': not built yet, expected 1 (more than one vCPU is built for type 'pv' only)\n")]
    [InlineData("name='n';kernel='k'\ntype='hvm'\nvcpus=2", "a.cfg:3: 'vcpus': not built yet, expected 1 (more than one vCPU is built for type 'pv' only)\n")]
    public void WhatCannotBeDoneIsRefusedByName(string text, string expected)
    {
        Assert.Equal(ConfigurationStatus.Success, _fixture.Parse(text));
        Assert.NotEqual(ConfigurationStatus.Success, _fixture.Check());
        Assert.Equal(expected, _fixture.Message());
    }

    [Fact]
    public void WhatIsIgnoredIsWarnedAboutByName()
    {
        _fixture.Parse("name='n';kernel='k'\ndisk=['a']\nvif=[]\nboot='c'\nfirmware='bios'\nextra='a'\ncmdline='b'");
        Assert.Equal(ConfigurationStatus.Success, _fixture.Check());
        Assert.Equal(
            "a.cfg:2: warning: 'disk' is not built yet: ignored\n"
            + "a.cfg:3: warning: 'vif' is not built yet: ignored\n"
            + "a.cfg:4: warning: 'boot' is not built yet: ignored\n"
            + "a.cfg:5: warning: 'firmware' is not built yet: ignored\n"
            + "a.cfg:6: warning: 'extra' is ignored because 'cmdline' is given\n",
            _fixture.Notes());
    }

    [Theory]
    [InlineData("type='pv'")]
    [InlineData("type='pv';vcpus=2")]
    [InlineData("type='auto';vcpus=2")] // decided where VT-x is known
    public void WhatPvCanDoIsTaken(string text)
    {
        Assert.Equal(ConfigurationStatus.Success, _fixture.Parse("name='n';kernel='k';" + text));
        Assert.Equal(ConfigurationStatus.Success, _fixture.Check());
        Assert.Equal("", _fixture.Message());
    }

    [Fact]
    public void AnAssignmentMakesARefusedFileGood()
    {
        _fixture.Parse("name='n';kernel='k';type='pvh';vcpus=4");
        Assert.Equal(ConfigurationStatus.Success, _fixture.Assign("type=hvm"));
        Assert.Equal(ConfigurationStatus.Success, _fixture.Assign("vcpus=1"));
        Assert.Equal(ConfigurationStatus.Success, _fixture.Check());
        Assert.Equal("", _fixture.Message());
    }

    [Fact]
    public void AKeyOfXlThatIsNotSupportedIsWarnedAboutByName()
    {
        Assert.Equal(ConfigurationStatus.Success, _fixture.Parse("name='n'\nmaxmem = 512\nvfb=['all',\n'!stimer']\nkernel='k'\nvncpasswd=''\nacpi=1\nxend_suspend_evtchn_compat=1"));
        Assert.Equal(ConfigurationStatus.Success, _fixture.Assign("hap=0"));
        Assert.Equal(ConfigurationStatus.Success, _fixture.Check());
        string[] expected = ["2: warning: 'maxmem'", "3: warning: 'vfb'", "6: warning: 'vncpasswd'", "7: warning: 'acpi'", "8: warning: 'xend_suspend_evtchn_compat'", " warning: 'hap'"];
        Assert.Equal(string.Concat(System.Linq.Enumerable.Select(expected, start => $"a.cfg:{start} is a key of xl that is not supported: ignored\n")), _fixture.Notes());
    }

    [Theory]
    [InlineData("viridian=['all',\n'!stimer']", true)]
    [InlineData("viridian=1", true)]
    [InlineData("viridian=0", false)]
    [InlineData("msr_relaxed=1", false)]
    public void ViridianIsToldApartFromWhatItImplies(string line, bool isWarned)
    {
        Assert.Equal(ConfigurationStatus.Success, _fixture.Parse("name='n'\nkernel='k'\n" + line));
        Assert.Equal(ConfigurationStatus.Success, _fixture.Check());
        Assert.Equal(isWarned ? "a.cfg:3: warning: 'viridian' does no more than 'msr_relaxed = 1' yet: the interfaces for Windows are not built\n" : "", _fixture.Notes());
        Assert.Equal(isWarned || line.StartsWith("msr", System.StringComparison.Ordinal), _fixture.Domain.IgnoresUnknownMsrs);
    }

    [Theory]
    [InlineData("cpu='penryn'", "a.cfg:1: 'cpu': unknown value 'penryn', expected 'host', 'arrandale', 'sandybridge', 'ivybridge', 'haswell', 'broadwell', 'skylake', 'cannonlake', 'icelake' or 'tigerlake'\n")]
    [InlineData("msr_relaxed=2", "a.cfg:1: 'msr_relaxed': unsuitable number '2', expected a number from 0 to 1\n")]
    public void ValuesThatAreNone(string text, string expected)
    {
        Assert.NotEqual(ConfigurationStatus.Success, _fixture.Parse(text));
        Assert.Equal(expected, _fixture.Message());
    }

    [Theory]
    [InlineData("maxmem = ", "a.cfg:1: found the end of the line, expected a number, a quoted string or a list\n")]
    [InlineData("maxmem 3", "a.cfg:1: found '3', expected '=' and the key's value\n")]
    [InlineData("vfb = ['a'", "a.cfg:1: unterminated list, expected ']'\n")]
    public void AlsoTheValueOfSuchAKeyMustBeOne(string text, string expected)
    {
        _fixture.Parse(text);
        Assert.Equal(expected, _fixture.Message());
    }

    [Theory]
    [InlineData("\uFEFFname='n'\r\nkernel='k'\r\n", "")]
    [InlineData("name='n'\n\uFEFFkernel='k'", "a.cfg:2: found '")]
    [InlineData("name='n'\rkernel='k'", "a.cfg:1: ")]
    [InlineData("name='n\0'", "a.cfg:1: 'name': control character in ''n?', expected text without control characters\n")]
    [InlineData("name='n'\0", "a.cfg:1: ")]
    public void BytesThatEditorsLeaveAreTakenOrNamed(string text, string expected)
    {
        ConfigurationStatus status = _fixture.Parse(text);
        Assert.Equal(expected.Length == 0, status == ConfigurationStatus.Success);
        Assert.StartsWith(expected, _fixture.Message());
    }

    [Fact]
    public void NamesOfBothListsAreDistinct()
    {
        for (int i = 1; i < ConfigurationKeys.Count; i++)
        {
            Assert.Equal(-1, XenKeys.Find(ConfigurationKeys.NameOf((ConfigurationKey)i)));
        }

        Assert.Equal(-1, XenKeys.Find(""u8));
        Assert.Equal(-1, XenKeys.Find("max"u8));
    }

    [Fact]
    public void WarningsAreLimited()
    {
        string text = "";
        for (int i = 0; i < 100; i++)
        {
            text += "memory=1\n";
        }

        Assert.Equal(ConfigurationStatus.Success, _fixture.Parse(text));
        Assert.Equal(32, _fixture.Diagnostics.NoteCount);
    }
}
