using Multicosm.Hosting;
using Xunit;

namespace Multicosm.Unit.Hosting;

public sealed class ArgumentReaderTests
{
    [Fact]
    public void OptionsAndWordsAreToldApart()
    {
        ArgumentReader reader = new(["-o", "x", "--limit=7", "a.cfg", "-"]);
        Assert.True(reader.Next() && reader.IsOption && reader.Current == "-o");
        Assert.Equal("x", reader.Value());
        Assert.True(reader.Next() && reader.IsOption && reader.Current == "--limit");
        Assert.Equal(7, reader.Number(1, 9));
        Assert.True(reader.Next() && !reader.IsOption && reader.Current == "a.cfg");
        Assert.True(reader.Next() && !reader.IsOption && reader.Current == "-");
        Assert.False(reader.Next());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("10")]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("99999999999")]
    public void NumbersHaveLimits(string text)
    {
        ArgumentReader reader = new(["--limit", text]);
        Assert.True(reader.Next());
        HostException exception = Assert.Throws<HostException>(() => reader.Number(1, 9));
        Assert.Equal($"--limit wants a number from 1 to 9, not '{text}'", exception.Message);
        Assert.Equal(2, exception.ExitCode);
    }

    [Fact]
    public void AMissingValueAndOneTooManyAreFaults()
    {
        ArgumentReader missing = new(["--limit"]);
        Assert.True(missing.Next());
        Assert.Throws<HostException>(missing.Value);
        ArgumentReader tooMany = new(["--no-start=1", "x"]);
        Assert.True(tooMany.Next());
        Assert.Throws<HostException>(() => tooMany.Next());
    }
}
