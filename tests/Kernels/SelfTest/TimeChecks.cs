using Multicosm.Platform.Boot;
using Multicosm.Platform.Cpu;

namespace Multicosm.SelfTest;

/// <summary>Clocks and the timer that ends the CPU's sleep.</summary>
internal sealed class TimeChecks(HostMachine machine, Report report)
{
    private const ulong Year2020 = 1577836800;
    private const ulong Year2100 = 4102444800;
    private const ulong MicrosecondsPerSecond = 1_000_000;

    /// <summary>All of them.</summary>
    public void Run()
    {
        machine.Line.Flush(); // or the serial interrupt wakes the CPU
        machine.Processor.Poll();
        CheckIdle();
        CheckPast();
        CheckRate();
        ulong seconds = machine.WallClock.UnixSeconds;
        report.Write("selftest unix-seconds "u8);
        report.WriteNumber(seconds);
        report.Write("\r\n"u8);
        report.Check("the year is plausible"u8, seconds is >= Year2020 and < Year2100, "seconds since 1970"u8, seconds);
    }

    private ulong Ticks(ulong microseconds) => machine.Clock.TicksPerSecond * microseconds / MicrosecondsPerSecond;

    private void CheckIdle()
    {
        ulong early = 0;
        ulong late = 0;
        for (ulong microseconds = 100; microseconds <= 6400; microseconds *= 2)
        {
            for (int i = 0; i < 4; i++)
            {
                ulong deadline = machine.Clock.Now + Ticks(microseconds);
                machine.Processor.Idle(deadline);
                ulong now = machine.Clock.Now;
                early = now < deadline && deadline - now > early ? deadline - now : early;
                late = now > deadline && now - deadline > late ? now - deadline : late;
            }
        }

        report.Check("sleep does not end before its deadline"u8, early == 0, "ticks early"u8, early);
        report.Check("sleep ends within 1 ms of its deadline"u8, late < Ticks(1000), "ticks late"u8, late);
    }

    private void CheckPast()
    {
        ulong start = machine.Clock.Now;
        machine.Processor.Idle(start - 1);
        machine.Processor.Idle(0);
        report.Check("sleep until the past ends at once"u8, machine.Clock.Now - start < Ticks(1000), "ticks"u8, machine.Clock.Now - start);
    }

    private void CheckRate()
    {
        ulong wallBefore = WaitForSecond();
        ulong before = machine.Clock.Now;
        ulong wallAfter = WaitForSecond();
        ulong ticks = machine.Clock.Now - before;
        ulong rate = machine.Clock.TicksPerSecond;
        ulong difference = ticks > rate ? ticks - rate : rate - ticks;
        report.Check("a second of the TSC is one of the CMOS clock"u8, difference < rate / 50, "ticks apart"u8, difference);
        report.Check("the time of day goes on"u8, wallAfter - wallBefore is >= 1 and <= 2, "seconds"u8, wallAfter - wallBefore);
    }

    // Until the CMOS clock's seconds change; gives the time of day then.
    private ulong WaitForSecond()
    {
        byte second = Second();
        while (Second() == second)
        {
            machine.Processor.Idle(machine.Clock.Now + Ticks(500));
        }

        return machine.WallClock.UnixSeconds;
    }

    private static byte Second()
    {
        CpuInstructions.Out8(0x70, 0);
        return CpuInstructions.In8(0x71);
    }
}
