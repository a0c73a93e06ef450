namespace Multicosm.Devices.Legacy;

/// <summary>A point in time as a calendar and a clock on the wall show it (Gregorian, UTC).</summary>
internal struct CalendarTime
{
    /// <summary>Seconds in a day.</summary>
    internal const ulong SecondsPerDay = 86_400;

    private const int DaysTo1970 = 719_468; // from 1 March of the year 0
    private const int DaysPerEra = 146_097; // 400 years

    /// <summary>1970..9999.</summary>
    internal int Year;

    /// <summary>1..12.</summary>
    internal int Month;

    /// <summary>1..31.</summary>
    internal int Day;

    /// <summary>1 = Sunday .. 7 = Saturday.</summary>
    internal int WeekDay;

    /// <summary>0..23.</summary>
    internal int Hour;

    /// <summary>0..59.</summary>
    internal int Minute;

    /// <summary>0..59.</summary>
    internal int Second;

    /// <summary>The calendar time <paramref name="unixSeconds"/> after 1970-01-01T00:00:00Z.</summary>
    internal static CalendarTime FromUnixSeconds(ulong unixSeconds)
    {
        ulong day = unixSeconds / SecondsPerDay;
        int second = (int)(unixSeconds % SecondsPerDay);

        // Years begin in March here, so that the leap day is the last one.
        int shifted = (int)(day % (DaysPerEra * 20u)) + DaysTo1970;
        int era = shifted / DaysPerEra;
        int dayOfEra = shifted % DaysPerEra;
        int yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        int dayOfYear = dayOfEra - ((yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100));
        int month = ((dayOfYear * 5) + 2) / 153;

        CalendarTime time = default;
        time.Day = dayOfYear - (((month * 153) + 2) / 5) + 1;
        time.Month = month < 10 ? month + 3 : month - 9;
        time.Year = yearOfEra + (era * 400) + (time.Month <= 2 ? 1 : 0);
        time.WeekDay = (int)((day + 4) % 7) + 1; // 1970 began on a Thursday
        time.Hour = second / 3600;
        time.Minute = second / 60 % 60;
        time.Second = second % 60;
        return time;
    }

    /// <summary>Seconds since 1970-01-01T00:00:00Z. Any values give a result: what is too large carries into the next field, times before 1970 give 0.</summary>
    internal readonly ulong ToUnixSeconds()
    {
        int months = Month < 1 ? 0 : Month - 1;
        long year = Year + (months / 12);
        int month = (months % 12) + 1;
        year -= month <= 2 ? 1 : 0;
        int fromMarch = month > 2 ? month - 3 : month + 9;
        long days = (year * 365) + (year / 4) - (year / 100) + (year / 400) + (((fromMarch * 153) + 2) / 5) + Day - 1 - DaysTo1970;
        long seconds = (days * (long)SecondsPerDay) + (Hour * 3600L) + (Minute * 60L) + Second;
        return seconds < 0 ? 0 : (ulong)seconds;
    }
}
