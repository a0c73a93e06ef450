namespace Multicosm.Machine;

/// <summary>The deadlines of one domain's devices.</summary>
public abstract class TimerQueue
{
    /// <summary>The earliest deadline in ticks, or the maximum when none is armed.</summary>
    public ulong NextDeadline { get; protected set; } = ulong.MaxValue;

    /// <summary>Arms or re-arms <paramref name="timer"/>. A deadline in the past expires at the next chance.</summary>
    public abstract void Arm(TimerEvent timer, ulong deadlineTicks);

    /// <summary>Disarms <paramref name="timer"/>; nothing if it is not armed.</summary>
    public abstract void Cancel(TimerEvent timer);
}
