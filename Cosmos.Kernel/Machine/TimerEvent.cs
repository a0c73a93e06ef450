namespace Multicosm.Machine;

/// <summary>A one-shot deadline of a device. Allocated with its device; armed and cancelled through <see cref="TimerQueue"/>.</summary>
public abstract class TimerEvent
{
    /// <summary>When it is due, in ticks of <see cref="MonotonicClock"/>. Valid while armed. Written by the queue.</summary>
    public ulong DeadlineTicks { get; set; }

    /// <summary>Position in the queue that holds it, or -1. Written by the queue.</summary>
    public int QueuePosition { get; set; } = -1;

    /// <summary>True while armed.</summary>
    public bool IsArmed => QueuePosition >= 0;

    /// <summary>Called once, after it was taken from the queue; may arm itself again. Runs inside its domain's containment.</summary>
    public abstract void OnExpired(ulong nowTicks);
}
