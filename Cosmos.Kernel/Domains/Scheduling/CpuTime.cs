namespace Multicosm.Domains.Scheduling;

/// <summary>What a physical CPU's time went into, since the first run of the scheduler; the rest was the domains'.</summary>
public sealed class CpuTime
{
    /// <summary>Ticks of the host's own: the operator's shell, the serial line, choosing who runs.</summary>
    public ulong HostTicks { get; internal set; }

    /// <summary>Ticks asleep.</summary>
    public ulong IdleTicks { get; internal set; }
}
