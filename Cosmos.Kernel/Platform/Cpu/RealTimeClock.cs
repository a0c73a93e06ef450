using Multicosm.Machine;

namespace Multicosm.Platform.Cpu;

/// <summary>Time of day: the CMOS clock read once at boot, carried on by the TSC.</summary>
public sealed class RealTimeClock : WallClock
{
    private readonly MonotonicClock _clock;
    private readonly ulong _bootSeconds;
    private readonly ulong _bootTicks;

    /// <summary>Reads the CMOS clock. <paramref name="centuryRegister"/> is 0 where the PC has none.</summary>
    public RealTimeClock(MonotonicClock clock, byte centuryRegister)
    {
        _clock = clock;
        _bootSeconds = ReadStable(centuryRegister);
        _bootTicks = clock.Now;
    }

    /// <inheritdoc/>
    public override ulong UnixSeconds => _bootSeconds + ((_clock.Now - _bootTicks) / _clock.TicksPerSecond);

    /// <summary>Seconds since 1970 of a date of the Gregorian calendar, UTC.</summary>
    public static ulong ToUnixSeconds(uint year, uint month, uint day, uint hour, uint minute, uint second)
    {
        // Days since 0000-03-01, with years that begin in March.
        ulong y = month <= 2 ? year - 1 : year;
        ulong m = month <= 2 ? month + 9 : month - 3;
        ulong days = (y * 365) + (y / 4) - (y / 100) + (y / 400) + (((m * 153) + 2) / 5) + day - 1;
        return ((days - 719468) * 86400) + (hour * 3600) + (minute * 60) + second;
    }

    // Reads until two reads agree, so that no update falls in between.
    private static ulong ReadStable(byte centuryRegister)
    {
        ulong last = Read(centuryRegister);
        for (int i = 0; i < 8; i++)
        {
            ulong next = Read(centuryRegister);
            if (next == last)
            {
                break;
            }

            last = next;
        }

        return last;
    }

    private static ulong Read(byte centuryRegister)
    {
        byte status = Register(0xB);
        bool binary = (status & 4) != 0;
        byte rawHour = Register(4);
        uint hour = Number((byte)(rawHour & 0x7F), binary);
        if ((status & 2) == 0)
        {
            hour = (hour % 12) + ((rawHour & 0x80) != 0 ? 12u : 0u); // 12-hour mode
        }

        uint century = centuryRegister != 0 ? Number(Register(centuryRegister), binary) : 20;
        uint year = (century is >= 19 and < 30 ? century : 20) * 100;
        return ToUnixSeconds(year + Number(Register(9), binary), Number(Register(8), binary), Number(Register(7), binary), hour, Number(Register(2), binary), Number(Register(0), binary));
    }

    private static uint Number(byte raw, bool binary) => binary ? raw : (uint)(((raw >> 4) * 10) + (raw & 15));

    private static byte Register(byte index)
    {
        CpuInstructions.Out8(0x70, index);
        return CpuInstructions.In8(0x71);
    }
}
