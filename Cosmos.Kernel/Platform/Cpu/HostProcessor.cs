using System;
using Multicosm.Machine;
using Multicosm.Platform.Interrupts;
using Multicosm.Platform.Screen;
using Multicosm.Platform.Serial;

namespace Multicosm.Platform.Cpu;

/// <summary>The CPU that the host's loop runs on.</summary>
public sealed class HostProcessor(HostInterrupts interrupts, SerialLine line, MonotonicClock clock) : Processor
{
    private const uint PollsPerSecond = 2000; // a 16-byte FIFO fills in 1.4 ms
    private const int CellsPerPoll = 8;
    private const int CellsPerIdle = 64;

    /// <inheritdoc/>
    public override void Idle(ulong deadlineTicks)
    {
        if (HostScreen.IsBehind)
        {
            HostScreen.Paint(CellsPerIdle);
            Poll();
            return;
        }

        // An interrupt that was lost all the same is made up for before the CPU sleeps.
        if (line.HasWork)
        {
            line.Service();
            return;
        }

        ulong wake = interrupts.IsLinePolled ? Math.Min(deadlineTicks, clock.Now + (clock.TicksPerSecond / PollsPerSecond)) : deadlineTicks;
        interrupts.ArmDeadline(wake);
        CpuInstructions.Idle();
        interrupts.DispatchTaken();
        ServeLine();
    }

    /// <inheritdoc/>
    // For who WantsLooks: nothing else tells of a line without an interrupt, of an interrupt that is held back, or of a screen to paint.
    public override bool HasWork => line.HasWork || HostScreen.IsBehind;

    /// <inheritdoc/>
    // Output too: the UART's interrupt does not end every guest's run everywhere (Bochs holds it back while RFLAGS.IF is 0).
    public override bool WantsLooks => interrupts.IsLinePolled || HostScreen.IsBehind || line.OutputQueued > 0;

    /// <inheritdoc/>
    public override void Poll()
    {
        CpuInstructions.TakeInterrupts();
        interrupts.DispatchTaken();
        ServeLine();
        if (HostScreen.IsBehind)
        {
            HostScreen.Paint(CellsPerPoll);
        }
    }

    private void ServeLine()
    {
        if (interrupts.IsLinePolled || line.OutputQueued > 0)
        {
            line.Service();
        }
    }
}
