using System;
using FsCheck.Xunit;
using Multicosm.Platform.Cpu;
using Xunit;

namespace Multicosm.Unit.Platform;

/// <summary>Dates as seconds since 1970, against the framework's calendar.</summary>
public sealed class RealTimeClockTests
{
    [Fact]
    public void EveryDayOfTwoCenturiesIsRight()
    {
        for (DateTime day = new(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc); day.Year < 2170; day = day.AddDays(1))
        {
            Assert.Equal(
                (ulong)new DateTimeOffset(day).ToUnixTimeSeconds(),
                RealTimeClock.ToUnixSeconds((uint)day.Year, (uint)day.Month, (uint)day.Day, 0, 0, 0));
        }
    }

    [Property]
    public void EverySecondIsRight(uint small)
    {
        uint seconds = Spread.Over32(small);
        DateTimeOffset time = DateTimeOffset.FromUnixTimeSeconds(seconds);
        Assert.Equal(
            seconds,
            RealTimeClock.ToUnixSeconds((uint)time.Year, (uint)time.Month, (uint)time.Day, (uint)time.Hour, (uint)time.Minute, (uint)time.Second));
    }
}
