using System;
using System.Text;
using Multicosm.Domains.Configuration;
using Xunit;

namespace Multicosm.Unit.Configuration;

public sealed class DomainConfigurationParserTests
{
    private readonly ParserFixture _fixture = new();

    private DomainConfiguration Domain => _fixture.Domain;

    [Fact]
    public void AnEmptyFileGivesTheDefaults()
    {
        Assert.Equal(ConfigurationStatus.Success, _fixture.Parse(""));
        Assert.Equal(DomainType.Auto, Domain.Type);
        Assert.Equal(1u, Domain.Vcpus);
        Assert.Equal(128u, Domain.MemoryMiB);
        Assert.Equal(DomainEndAction.Destroy, Domain.OnPoweroff);
        Assert.Equal(DomainEndAction.Restart, Domain.OnReboot);
        Assert.Equal(DomainEndAction.Destroy, Domain.OnCrash);
        Assert.Equal(0, Domain.EffectiveCommandLine.Length);
        Assert.False(Domain.IsGiven(ConfigurationKey.Name));
    }

    [Fact]
    public void AWholeFileIsRead()
    {
        string text = "# a domain\nname = \"debian\"\ntype='hvm'\n\nkernel = \"../k/vmlinuz\" # the kernel\nramdisk=\"r\"\nextra = \"a=1 b\"\n"
            + "memory = 0x100; vcpus = 01\non_poweroff = 'preserve'\non_reboot=\"destroy\"\non_crash = \"restart\"\nserial = \"pty\"\n"
            + "disk = [ 'phy:a,b,w',\n  # one\n  \"file:c\", ]\nvif = [ ]\nboot=\"c\"\nfirmware = \"bios\"\n";
        Assert.Equal(ConfigurationStatus.Success, _fixture.Parse(text));
        Assert.Equal("debian", ParserFixture.TextOf(Domain.Name));
        Assert.Equal(DomainType.Hvm, Domain.Type);
        Assert.Equal("../k/vmlinuz", ParserFixture.TextOf(Domain.Kernel));
        Assert.Equal("r", ParserFixture.TextOf(Domain.Ramdisk));
        Assert.Equal("a=1 b", Encoding.UTF8.GetString(Domain.EffectiveCommandLine));
        Assert.Equal(256u, Domain.MemoryMiB);
        Assert.Equal(1u, Domain.Vcpus);
        Assert.Equal(DomainEndAction.Preserve, Domain.OnPoweroff);
        Assert.Equal(DomainEndAction.Destroy, Domain.OnReboot);
        Assert.Equal(DomainEndAction.Restart, Domain.OnCrash);
        Assert.Equal(2, Domain.DiskCount);
        Assert.Equal(0, Domain.VifCount);
        Assert.True(Domain.IsGiven(ConfigurationKey.Vif));
        Assert.Equal(2, Domain.LineOf(ConfigurationKey.Name));
        Assert.Equal(8, Domain.LineOf(ConfigurationKey.Vcpus));
        Assert.Equal(13, Domain.LineOf(ConfigurationKey.Disk));
        Assert.Equal(16, Domain.LineOf(ConfigurationKey.Vif));
    }

    [Theory]
    [InlineData("name='a'\r\nmemory=64\r\n")]
    [InlineData("name='a'\nmemory=64")]
    [InlineData("name='a';memory=64;;")]
    [InlineData("\tname\t=\t'a'\t;memory='64'#")]
    [InlineData("name='a'\nmemory=1\nmemory=0100")]
    public void LineEndsAndBlanksAreFree(string text)
    {
        Assert.Equal(ConfigurationStatus.Success, _fixture.Parse(text));
        Assert.Equal("a", ParserFixture.TextOf(Domain.Name));
        Assert.Equal(64u, Domain.MemoryMiB);
    }

    [Theory]
    [InlineData(@"extra=""a\""b""", "a\"b")]
    [InlineData(@"extra='a\'b""c'", "a'b\"c")]
    [InlineData(@"extra='\\\x41\101\t\x7e'", "\\AA\t~")]
    [InlineData("extra='ä # no comment; no end'", "ä # no comment; no end")]
    [InlineData("extra=''", "")]
    [InlineData("extra=7", "7")]
    public void StringsHaveEscapes(string text, string expected)
    {
        Assert.Equal(ConfigurationStatus.Success, _fixture.Parse(text));
        Assert.Equal(expected, ParserFixture.TextOf(Domain.Extra));
    }

    [Theory]
    [InlineData("name='a'\nfoo = 3", ConfigurationStatus.UnknownKey, 2, 1)]
    [InlineData("Name='a'", ConfigurationStatus.UnknownKey, 1, 1)]
    [InlineData("name 'a'", ConfigurationStatus.ExpectedEquals, 1, 6)]
    [InlineData("name\n='a'", ConfigurationStatus.ExpectedEquals, 1, 5)]
    [InlineData("name +='a'", ConfigurationStatus.ExpectedEquals, 1, 6)]
    [InlineData("name =\n'a'", ConfigurationStatus.ExpectedValue, 1, 7)]
    [InlineData("name = a", ConfigurationStatus.ExpectedValue, 1, 8)]
    [InlineData("memory = -1", ConfigurationStatus.ExpectedValue, 1, 10)]
    [InlineData("name='a' memory=3", ConfigurationStatus.ExpectedEndOfStatement, 1, 10)]
    [InlineData("='a'", ConfigurationStatus.ExpectedKey, 1, 1)]
    [InlineData("7='a'", ConfigurationStatus.ExpectedKey, 1, 1)]
    [InlineData("\n\n  @", ConfigurationStatus.ExpectedKey, 3, 3)]
    [InlineData("name='a\n'", ConfigurationStatus.UnterminatedString, 1, 6)]
    [InlineData("name='a\r\n'", ConfigurationStatus.UnterminatedString, 1, 6)]
    [InlineData("name='a\\'", ConfigurationStatus.UnterminatedString, 1, 6)]
    [InlineData("name=\"a'", ConfigurationStatus.UnterminatedString, 1, 6)]
    [InlineData("extra='\\q'", ConfigurationStatus.UnknownEscape, 1, 7)]
    [InlineData("extra='\\x'", ConfigurationStatus.UnknownEscape, 1, 7)]
    [InlineData("extra='\\777'", ConfigurationStatus.UnknownEscape, 1, 7)]
    [InlineData("extra='\\0'", ConfigurationStatus.ControlCharacter, 1, 7)]
    [InlineData("extra='\\n'", ConfigurationStatus.ControlCharacter, 1, 7)]
    [InlineData("extra='a\0'", ConfigurationStatus.ControlCharacter, 1, 7)]
    [InlineData("# a comment \u001b\n", ConfigurationStatus.ControlCharacter, 1, 13)]
    [InlineData("name='a'\rmemory=3", ConfigurationStatus.ControlCharacter, 1, 9)]
    [InlineData("memory = 0", ConfigurationStatus.InvalidNumber, 1, 10)]
    [InlineData("memory = 12x", ConfigurationStatus.InvalidNumber, 1, 10)]
    [InlineData("memory = 0x", ConfigurationStatus.InvalidNumber, 1, 10)]
    [InlineData("memory = 09", ConfigurationStatus.InvalidNumber, 1, 10)]
    [InlineData("memory = 1048577", ConfigurationStatus.InvalidNumber, 1, 10)]
    [InlineData("memory = 99999999999999999999999", ConfigurationStatus.InvalidNumber, 1, 10)]
    [InlineData("memory = [1]", ConfigurationStatus.ExpectedString, 1, 10)]
    [InlineData("vcpus = 129", ConfigurationStatus.InvalidNumber, 1, 9)]
    [InlineData("disk = 'a'", ConfigurationStatus.ExpectedList, 1, 8)]
    [InlineData("disk = [ 'a'\n", ConfigurationStatus.UnterminatedList, 1, 0)]
    [InlineData("disk = [ 'a'\n 'b' ]", ConfigurationStatus.MalformedList, 2, 2)]
    [InlineData("disk = [ , ]", ConfigurationStatus.MalformedList, 1, 10)]
    [InlineData("disk = [ 'a', , ]", ConfigurationStatus.MalformedList, 1, 15)]
    [InlineData("disk = [ a ]", ConfigurationStatus.MalformedList, 1, 10)]
    [InlineData("disk = [ [ [ [ [ ] ] ] ] ]", ConfigurationStatus.ListTooDeep, 1, 16)]
    [InlineData("type = 'xvm'", ConfigurationStatus.UnknownWord, 1, 8)]
    [InlineData("serial = 'stdio'", ConfigurationStatus.UnknownWord, 1, 10)]
    [InlineData("on_crash = 'rename-restart'", ConfigurationStatus.UnknownWord, 1, 12)]
    [InlineData("kernel = ''", ConfigurationStatus.EmptyValue, 1, 10)]
    [InlineData("name = ''", ConfigurationStatus.EmptyValue, 1, 8)]
    [InlineData("name = 'a b'", ConfigurationStatus.InvalidName, 1, 8)]
    [InlineData("name = '-a'", ConfigurationStatus.InvalidName, 1, 8)]
    public void FaultsHaveAPlace(string text, ConfigurationStatus expected, int line, int column)
    {
        Assert.Equal(expected, _fixture.Parse(text));
        Assert.Equal(expected, _fixture.Diagnostics.Status);
        Assert.Equal(line, _fixture.Diagnostics.Line);
        Assert.Equal(column, _fixture.Diagnostics.Column);
    }

    [Theory]
    [InlineData("name", 63)]
    [InlineData("kernel", 255)]
    [InlineData("ramdisk", 255)]
    [InlineData("extra", 2047)]
    [InlineData("cmdline", 2047)]
    public void LengthsAreLimited(string key, int limit)
    {
        Assert.Equal(ConfigurationStatus.Success, _fixture.Parse(key + "='" + new string('a', limit) + "'"));
        Assert.Equal(ConfigurationStatus.ValueTooLong, _fixture.Parse(key + "='" + new string('a', limit + 1) + "'"));
        Assert.Contains("at most " + limit + " bytes", _fixture.Message());
        Assert.Equal(ConfigurationStatus.ValueTooLong, _fixture.Parse(key + "='" + new string('a', 60000) + "'"));
    }

    [Fact]
    public void TheLaterOfTwoHoldsAndIsTold()
    {
        Assert.Equal(ConfigurationStatus.Success, _fixture.Parse("memory=1\nmemory=2"));
        Assert.Equal(2u, Domain.MemoryMiB);
        Assert.Equal("a.cfg:2: warning: 'memory' was given before: this one holds\n", _fixture.Notes());
    }

    [Fact]
    public void AConfigurationIsUsedAgain()
    {
        Assert.Equal(ConfigurationStatus.Success, _fixture.Parse("name='a'; kernel='k'; type='pv'; memory=7; disk=['x']; vcpus=3; on_crash='preserve'; memory=8"));
        Assert.Equal(ConfigurationStatus.UnknownKey, _fixture.Parse("x=1"));
        Assert.Equal(ConfigurationStatus.Success, _fixture.Parse("name='b'"));
        Assert.Equal("b", ParserFixture.TextOf(Domain.Name));
        Assert.Equal(0, Domain.Kernel.Value.Length);
        Assert.False(Domain.IsGiven(ConfigurationKey.Kernel));
        Assert.Equal(DomainType.Auto, Domain.Type);
        Assert.Equal(128u, Domain.MemoryMiB);
        Assert.Equal(0, Domain.DiskCount);
        Assert.Equal(DomainEndAction.Destroy, Domain.OnCrash);
        Assert.Equal(0, _fixture.Diagnostics.NoteCount);
        Assert.Equal("", _fixture.Message());
    }

    [Fact]
    public void ParsingAllocatesNothing()
    {
        byte[] text = Encoding.UTF8.GetBytes("name='a'\ndisk=[ 'x', [ 1 ] ]\nextra=\"\\x41\"\nmemory=3; memory=4\nfoo=1");
        DomainConfigurationParser.Parse(text, Domain, _fixture.Diagnostics);
        long before = GC.GetAllocatedBytesForCurrentThread();
        DomainConfigurationParser.Parse(text, Domain, _fixture.Diagnostics);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
