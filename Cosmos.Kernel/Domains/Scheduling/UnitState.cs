namespace Multicosm.Domains.Scheduling;

/// <summary>What a scheduling unit does at the moment.</summary>
public enum UnitState : byte
{
    /// <summary>It has nothing to run: blocked, paused, ended or free.</summary>
    Asleep,

    /// <summary>It could run and another one does.</summary>
    Waiting,

    /// <summary>It has the CPU.</summary>
    Running,

    /// <summary>It could run, but has used what its cap allows for now.</summary>
    Parked,
}
