namespace Multicosm.Domains;

/// <summary>Why a vCPU's run ended.</summary>
public enum RunOutcome : byte
{
    /// <summary>Its time is over, or the host has work: it can go on.</summary>
    Exhausted,

    /// <summary>It waits for an interrupt.</summary>
    Blocked,

    /// <summary>The guest asked for its power: see the board.</summary>
    Power,

    /// <summary>It cannot go on: see the crash record.</summary>
    Crashed,
}
