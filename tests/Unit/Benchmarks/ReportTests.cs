using System;
using System.Linq;
using System.Text.Json;
using Multicosm.Benchmarks;
using Xunit;

namespace Multicosm.Unit.Benchmarks;

public sealed class ReportTests
{
    private static readonly Row s_cpuid = new("cpuid exit", 163) { Goal = 170, Kvm = 976, Xen = 1078 };

    [Fact]
    public void TheJsonIsExactlyTheSchema() => Assert.Equal(
        """{"schema":1,"machine":"bochs corei7_haswell_4770","rows":[{"name":"cpuid exit","ticks":163,"goal":170,"bare":null,"kvm":976,"xen":1078,"ok":true}]}""" + "\n",
        new Report([s_cpuid]).ToJson());

    [Fact]
    public void ARowThatIsNotInTicksSaysItsUnit()
    {
        string json = new Report([s_cpuid, new Row("time + space", 3) { Goal = 2, Unit = "percent" }]).ToJson();
        Assert.Contains("""{"name":"time + space","ticks":3,"goal":2,"bare":null,"kvm":null,"xen":null,"ok":false,"unit":"percent"}""", json);
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal(2, document.RootElement.GetProperty("rows").GetArrayLength());
    }

    [Fact]
    public void NamesAreUnique() => Assert.Throws<ArgumentException>(() => new Report([s_cpuid, new Row("cpuid exit", 1)]));

    [Theory]
    [InlineData(170, true)]
    [InlineData(171, false)]
    public void AGoalIsReachedByAsMuch(ulong ticks, bool ok)
    {
        Row row = s_cpuid with { Ticks = ticks };
        Assert.Equal(ok, row.Ok);
        Assert.Equal(ok, new Report([row, new Row("another", ulong.MaxValue)]).Ok);
    }

    [Theory]
    [InlineData(1_000_000_000, 1_050_000_000)]
    [InlineData(542_357_900, 569_475_795)]
    [InlineData(19, 19)] // 19.95
    [InlineData(21, 22)] // 22.05
    public void AGoalOfTimesBareIsRoundedDown(ulong bare, ulong goal)
    {
        Row row = Row.AgainstBare("boot", goal, 1.05m, bare);
        Assert.Equal(goal, row.Goal);
        Assert.Equal(bare, row.Bare);
        Assert.True(row.Ok);
        Assert.False((row with { Ticks = goal + 1 }).Ok);
    }

    [Fact]
    public void TheTableHasALineForEachRowAndForEachPart()
    {
        string table = new Report([s_cpuid with { Ticks = 1171, Details = ["part 1", "part 2"] }, new Row("other", 5)]).ToTable();
        string[] lines = table.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, lines.Length);
        Assert.Matches("^cpuid exit +1,171 +170 +- +976 +1,078  MISSED$", lines[1]);
        Assert.Equal(["    part 1", "    part 2"], lines.Skip(2).Take(2));
        Assert.Matches("^other +5( +-){4}$", lines[4]);
    }
}
