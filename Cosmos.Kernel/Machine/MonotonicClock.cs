namespace Multicosm.Machine;

/// <summary>The PC's monotonic clock: invariant TSC ticks since power-on.</summary>
public abstract class MonotonicClock
{
    /// <summary>Ticks now.</summary>
    public abstract ulong Now { get; }

    /// <summary>Ticks in a second, as measured at boot.</summary>
    public abstract ulong TicksPerSecond { get; }
}
