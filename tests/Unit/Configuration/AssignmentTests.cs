using System.Text;
using Multicosm.Domains.Configuration;
using Xunit;

namespace Multicosm.Unit.Configuration;

public sealed class AssignmentTests
{
    private readonly ParserFixture _fixture = new();

    [Theory]
    [InlineData("memory=0x40")]
    [InlineData("memory='64'")]
    [InlineData("memory=\"64\"")]
    [InlineData("memory=64")]
    public void ANumberReplacesTheFiles(string assignment)
    {
        _fixture.Parse("name='a'\nmemory=32");
        Assert.Equal(ConfigurationStatus.Success, _fixture.Assign(assignment));
        Assert.Equal(64u, _fixture.Domain.MemoryMiB);
        Assert.Equal(0, _fixture.Domain.LineOf(ConfigurationKey.Memory));
        Assert.True(_fixture.Domain.IsGiven(ConfigurationKey.Memory));
        Assert.Equal("a", ParserFixture.TextOf(_fixture.Domain.Name));
        Assert.Equal(0, _fixture.Diagnostics.NoteCount);
    }

    [Theory]
    [InlineData("testdev=0", false, false)]
    [InlineData("testdev=1", true, false)]
    [InlineData("testdev=2", true, true)]
    public void TestDevicesComeInTwoKinds(string assignment, bool hasDevice, bool hasMemory)
    {
        _fixture.Parse("name='a'\nmemory=32\ntestdev=2");
        Assert.Equal(ConfigurationStatus.Success, _fixture.Assign(assignment));
        Assert.Equal((hasDevice, hasMemory), (_fixture.Domain.HasTestDevice, _fixture.Domain.HasTestMemory));
    }

    [Theory]
    [InlineData("extra=console=ttyS0,115200", "console=ttyS0,115200")]
    [InlineData("extra='a b'", "a b")]
    [InlineData("extra=", "")]
    [InlineData("extra=a#b;c", "a#b;c")]
    public void WordsNeedNoQuotes(string assignment, string expected)
    {
        Assert.Equal(ConfigurationStatus.Success, _fixture.Assign(assignment));
        Assert.Equal(expected, Encoding.UTF8.GetString(_fixture.Domain.EffectiveCommandLine));
    }

    [Theory]
    [InlineData("extra", "cmdline")]
    [InlineData("cmdline", "extra")]
    public void ACommandLineReplacesTheOtherNamesToo(string inFile, string assigned)
    {
        _fixture.Parse(inFile + "='old'");
        Assert.Equal(ConfigurationStatus.Success, _fixture.Assign(assigned + "=new"));
        Assert.Equal("new", Encoding.UTF8.GetString(_fixture.Domain.EffectiveCommandLine));
        _fixture.Check();
        Assert.Equal(0, _fixture.Diagnostics.NoteCount);
    }

    [Theory]
    [InlineData("memory", ConfigurationStatus.ExpectedEquals)]
    [InlineData("", ConfigurationStatus.ExpectedEquals)]
    [InlineData("=3", ConfigurationStatus.UnknownKey)]
    [InlineData("memroy=3", ConfigurationStatus.UnknownKey)]
    [InlineData("memory=", ConfigurationStatus.InvalidNumber)]
    [InlineData("memory=many", ConfigurationStatus.InvalidNumber)]
    [InlineData("memory=[3]", ConfigurationStatus.ExpectedString)]
    [InlineData("name=", ConfigurationStatus.EmptyValue)]
    [InlineData("name='a", ConfigurationStatus.UnterminatedString)]
    [InlineData("name='a'b", ConfigurationStatus.ExpectedEndOfStatement)]
    [InlineData("name='a' # b", ConfigurationStatus.Success)]
    [InlineData("extra=a\u0001", ConfigurationStatus.ControlCharacter)]
    [InlineData("disk=[ 'a' ]", ConfigurationStatus.Success)]
    [InlineData("disk=[ 'a' ", ConfigurationStatus.UnterminatedList)]
    [InlineData("disk=[ 'a' ] x", ConfigurationStatus.ExpectedEndOfStatement)]
    [InlineData("type=hvm", ConfigurationStatus.Success)]
    [InlineData("type=xen", ConfigurationStatus.UnknownWord)]
    public void FaultsAreNamed(string assignment, ConfigurationStatus expected)
    {
        Assert.Equal(expected, _fixture.Assign(assignment));
        Assert.Equal(expected, _fixture.Diagnostics.Status);
    }

    [Fact]
    public void AFaultChangesNothing()
    {
        _fixture.Parse("name='a'; extra='e'; memory=9; disk=['x']");
        _fixture.Assign("name='b' c");
        _fixture.Assign("memory='10' 11");
        _fixture.Assign("cmdline='x");
        _fixture.Assign("disk=[ 'a', 'b' ] 3");
        Assert.Equal("a", ParserFixture.TextOf(_fixture.Domain.Name));
        Assert.Equal(9u, _fixture.Domain.MemoryMiB);
        Assert.Equal(1, _fixture.Domain.DiskCount);
        Assert.Equal("e", Encoding.UTF8.GetString(_fixture.Domain.EffectiveCommandLine));
    }
}
