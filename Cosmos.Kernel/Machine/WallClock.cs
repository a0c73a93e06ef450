namespace Multicosm.Machine;

/// <summary>Time of day.</summary>
public abstract class WallClock
{
    /// <summary>Seconds since 1970-01-01T00:00:00Z now.</summary>
    public abstract ulong UnixSeconds { get; }
}
