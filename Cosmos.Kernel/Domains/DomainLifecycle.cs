using System;

namespace Multicosm.Domains;

/// <summary>The legal steps of a domain's life, as a table.</summary>
public static class DomainLifecycle
{
    /// <summary>Number of members of <see cref="DomainState"/>.</summary>
    public const int States = 7;

    // Row = from; bit n = may become the state with number n.
    private static readonly byte[] s_next =
    [
        1 << (int)DomainState.Building,                                  // Free: created
        (1 << (int)DomainState.Running) | (1 << (int)DomainState.Dying), // Building: built; failed, or destroyed while building
        (1 << (int)DomainState.ShutDown) | (1 << (int)DomainState.Crashed) | (1 << (int)DomainState.Dying), // Running: itself; we; the operator
        1 << (int)DomainState.Dying,                                     // ShutDown: on_poweroff, on_reboot, or destroyed when preserved
        1 << (int)DomainState.Dying,                                     // Crashed: on_crash, or destroyed when preserved
        (1 << (int)DomainState.Building) | (1 << (int)DomainState.Ended), // Dying: restarted; gone
        1 << (int)DomainState.Free,                                      // Ended: its name is used again, or destroyed, or the 17th
    ];

    /// <summary>True if a domain may go from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public static bool IsLegal(DomainState from, DomainState to) => (s_next[(int)from] & (1 << (int)to)) != 0;

    /// <summary>The state's name for people.</summary>
    public static ReadOnlySpan<byte> NameOf(DomainState state) => state switch
    {
        DomainState.Free => "free"u8,
        DomainState.Building => "building"u8,
        DomainState.Running => "running"u8,
        DomainState.ShutDown => "shutdown"u8,
        DomainState.Crashed => "crashed"u8,
        DomainState.Dying => "dying"u8,
        DomainState.Ended => "ended"u8,
        _ => "?"u8, // a state is one of the members above
    };
}
