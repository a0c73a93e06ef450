using Multicosm.Machine;
using Multicosm.Platform.Acpi;

namespace Multicosm.Platform.Cpu;

/// <summary>The time-stamp counter as the host's clock, its rate measured against the ACPI PM timer or the PIT.</summary>
public sealed class TimeStampClock : MonotonicClock
{
    private const uint PmTimerHertz = 3_579_545;
    private const uint PitHertz = 1_193_182;
    private const uint MeasureFraction = 100; // measure for 10 ms

    private TimeStampClock(ulong ticksPerSecond) => TicksPerSecond = ticksPerSecond;

    /// <inheritdoc/>
    public override ulong Now => CpuInstructions.ReadTimeStamp();

    /// <inheritdoc/>
    public override ulong TicksPerSecond { get; }

    /// <summary>Measures the TSC's rate. CPUID's own figure is not believed: several machines state a rate that their TSC does not have.</summary>
    public static TimeStampClock Calibrate(AcpiTables acpi, TextOutput log)
    {
        bool hasPmTimer = acpi.Fadt.PmTimerPort != 0;
        ulong rate = hasPmTimer ? MeasureByPmTimer(acpi.Fadt.PmTimerPort) : 0;
        bool byPit = rate == 0;
        if (byPit)
        {
            rate = MeasureByPit();
        }

        log.Write("TSC: "u8);
        log.WriteNumber(rate / 1000);
        log.WriteLine(byPit ? " kHz, measured by the PIT"u8 : " kHz, measured by the ACPI PM timer"u8);
        return new TimeStampClock(rate);
    }

    // 0 if the timer stands still.
    private static ulong MeasureByPmTimer(ushort port)
    {
        const uint Mask = 0xFFFFFF;
        uint wanted = PmTimerHertz / MeasureFraction;
        uint first = CpuInstructions.In32(port) & Mask;
        ulong start = CpuInstructions.ReadTimeStamp();
        uint elapsed = 0;
        for (uint reads = 0; elapsed < wanted; reads++)
        {
            elapsed = ((CpuInstructions.In32(port) & Mask) - first) & Mask;
            if (reads > 1000 && elapsed == 0)
            {
                return 0;
            }
        }

        ulong ticks = CpuInstructions.ReadTimeStamp() - start;
        return new TickScale(elapsed, PmTimerHertz).Convert(ticks);
    }

    private static ulong MeasureByPit()
    {
        const ushort Control = 0x61;
        uint count = PitHertz / MeasureFraction;
        byte gate = (byte)((CpuInstructions.In8(Control) & ~2) | 1); // speaker off, gate 2 on
        CpuInstructions.Out8(Control, gate);
        CpuInstructions.Out8(0x43, 0xB0); // channel 2, both bytes, mode 0: output rises at the end
        CpuInstructions.Out8(0x42, (byte)count);
        CpuInstructions.Out8(0x42, (byte)(count >> 8));
        ulong start = CpuInstructions.ReadTimeStamp();
        while ((CpuInstructions.In8(Control) & 0x20) == 0)
        {
            CpuInstructions.Pause();
        }

        ulong ticks = CpuInstructions.ReadTimeStamp() - start;
        return new TickScale(count, PitHertz).Convert(ticks);
    }
}
