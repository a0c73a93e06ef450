using Multicosm.Machine;
using Multicosm.Platform.Acpi;

namespace Multicosm.Platform.Cpu;

/// <summary>The time-stamp counter as the host's clock, its rate measured against the ACPI PM timer or the PIT.</summary>
public sealed class TimeStampClock : MonotonicClock
{
    private const uint PmTimerHertz = 3_579_545;
    private const uint PitHertz = 1_193_182;
    private const uint MeasureFraction = 100; // measure for 10 ms
    private const ulong AssumedHertz = 2_000_000_000;
    private const int MaximumReads = 1_000_000; // a read takes a microsecond or so: a PIT that never ends is not there

    private TimeStampClock(ulong ticksPerSecond) => TicksPerSecond = ticksPerSecond;

    /// <inheritdoc/>
    public override ulong Now => CpuInstructions.ReadTimeStamp();

    /// <inheritdoc/>
    public override ulong TicksPerSecond { get; }

    /// <summary>Measures the TSC's rate. CPUID's own figure is not believed: several machines state a rate that their TSC does not have.</summary>
    public static TimeStampClock Calibrate(AcpiTables acpi, HostLog log)
    {
        ulong byTimer = acpi.Fadt.PmTimerPort != 0 ? MeasureByPmTimer(acpi.Fadt.PmTimerPort) : 0;
        ulong byPit = byTimer == 0 ? MeasureByPit() : 0;
        bool measured = (byTimer | byPit) != 0;
        ulong rate = measured ? byTimer | byPit : AssumedHertz;
        log.At(measured ? LogLevel.Info : LogLevel.Error).Write("TSC: "u8);
        log.WriteNumber(rate / 1000);
        log.WriteLine(byTimer != 0 ? " kHz, measured by the ACPI PM timer"u8
            : byPit != 0 ? " kHz, measured by the PIT"u8
            : " kHz assumed: this PC has neither a PM timer nor a PIT to measure it by"u8);
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

    // 0 if there is no PIT.
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
        int reads = 0;
        while ((CpuInstructions.In8(Control) & 0x20) == 0 && ++reads < MaximumReads)
        {
            CpuInstructions.Pause();
        }

        ulong ticks = CpuInstructions.ReadTimeStamp() - start;
        return reads is 0 or MaximumReads ? 0 : new TickScale(count, PitHertz).Convert(ticks);
    }
}
