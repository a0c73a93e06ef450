namespace Multicosm.Devices.Legacy;

/// <summary>When a clock's alarm rings: a time of day whose parts may be open.</summary>
internal readonly struct RtcAlarm(int hour, int minute, int second)
{
    /// <summary>A part that matches every value.</summary>
    internal const int Any = -1;

    /// <summary>Answer of <see cref="After"/>: it never rings.</summary>
    internal const ulong Never = ulong.MaxValue;

    private readonly int _hour = hour;
    private readonly int _minute = minute;
    private readonly int _second = second;

    /// <summary>The first second after <paramref name="unixSeconds"/> at which it rings, or <see cref="Never"/>.</summary>
    internal ulong After(ulong unixSeconds)
    {
        if (_hour > 23 || _minute > 59 || _second > 59)
        {
            return Never;
        }

        ulong from = unixSeconds + 1;
        ulong midnight = from - (from % CalendarTime.SecondsPerDay);
        int first = (int)(from - midnight);
        ulong found = InDay(midnight, first);
        return found != Never ? found : InDay(midnight + CalendarTime.SecondsPerDay, 0);
    }

    private ulong InDay(ulong midnight, int firstSecond)
    {
        for (int hour = firstSecond / 3600; hour < 24; hour++)
        {
            if (_hour != Any && _hour != hour)
            {
                continue;
            }

            int hourStart = hour * 3600;
            int found = InHour(firstSecond > hourStart ? firstSecond - hourStart : 0);
            if (found >= 0)
            {
                return midnight + (ulong)(hourStart + found);
            }
        }

        return Never;
    }

    private int InHour(int firstSecond)
    {
        for (int minute = firstSecond / 60; minute < 60; minute++)
        {
            if (_minute != Any && _minute != minute)
            {
                continue;
            }

            int earliest = firstSecond > minute * 60 ? firstSecond - (minute * 60) : 0;
            int second = _second == Any ? earliest : _second;
            if (second >= earliest)
            {
                return (minute * 60) + second;
            }
        }

        return -1;
    }
}
