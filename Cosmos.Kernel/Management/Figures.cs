using System;
using Multicosm.Machine;

namespace Multicosm.Management;

/// <summary>Writes numbers as people read them.</summary>
public static class Figures
{
    private const ulong SecondsPerMinute = 60;
    private const ulong SecondsPerHour = 3600;
    private const ulong SecondsPerDay = 86400;
    private const ulong Thousand = 1000;

    /// <summary>Writes <paramref name="tenths"/> with its decimal point, right-aligned in <paramref name="width"/> columns (at most 20).</summary>
    public static void WriteTenths(TextOutput output, ulong tenths, int width)
    {
        output.WriteNumber(tenths / 10, width - 2);
        output.Write("."u8);
        output.WriteNumber(tenths % 10);
    }

    /// <summary>Tenths of a second of ticks.</summary>
    public static ulong ToTenths(ulong ticks, ulong ticksPerSecond)
        => (ticks / ticksPerSecond * 10) + (ticks % ticksPerSecond * 10 / ticksPerSecond);

    /// <summary><paramref name="part"/> of <paramref name="whole"/> in tenths of a percent; 0 of nothing is 0.</summary>
    public static ulong ToPerMille(ulong part, ulong whole)
        => whole == 0 ? 0 : (ulong)((UInt128)part * Thousand / whole);

    /// <summary>How often in a second, for a count in <paramref name="ticks"/>.</summary>
    public static ulong ToRate(ulong count, ulong ticks, ulong ticksPerSecond)
        => ticks == 0 ? 0 : (ulong)((UInt128)count * ticksPerSecond / ticks);

    /// <summary>Writes a time as "1 day, 2:03:04".</summary>
    /// <source>xl(1) "uptime"</source>
    public static void WriteTime(TextOutput output, ulong seconds)
    {
        ulong days = seconds / SecondsPerDay;
        if (days > 0)
        {
            output.WriteNumber(days);
            output.Write(days == 1 ? " day, "u8 : " days, "u8);
        }

        output.WriteNumber(seconds % SecondsPerDay / SecondsPerHour);
        output.Write(":"u8);
        WriteTwo(output, seconds % SecondsPerHour / SecondsPerMinute);
        output.Write(":"u8);
        WriteTwo(output, seconds % SecondsPerMinute);
    }

    /// <summary>Writes a number right-aligned in <paramref name="width"/> columns, in thousands (k), millions (M) or more where it does not fit.</summary>
    public static void WriteScaled(TextOutput output, ulong value, int width)
    {
        ReadOnlySpan<byte> units = "kMGTP"u8;
        int unit = -1;
        while (!Fits(value, unit < 0 ? width : width - 1) && unit + 1 < units.Length)
        {
            value /= Thousand;
            unit++;
        }

        output.WriteNumber(value, unit < 0 ? width : width - 1);
        output.Write(unit < 0 ? ""u8 : units.Slice(unit, 1));
    }

    private static bool Fits(ulong value, int digits)
    {
        for (int i = 0; i < digits; i++)
        {
            value /= 10;
        }

        return value == 0;
    }

    private static void WriteTwo(TextOutput output, ulong value)
    {
        output.Write(value < 10 ? "0"u8 : ""u8);
        output.WriteNumber(value);
    }
}
