using System;

namespace Multicosm.Domains;

/// <summary>The legal steps of a domain's life, as a table.</summary>
public static class DomainLifecycle
{
    /// <summary>Number of members of <see cref="DomainState"/>.</summary>
    public const int States = 9;

    // How a domain that has a say stops: the operator holds it; it asks for its power; it or we fail; the operator destroys it.
    private const int Stopped = (1 << (int)DomainState.Paused) | (1 << (int)DomainState.ShutDown) | (1 << (int)DomainState.Crashed) | (1 << (int)DomainState.Dying);

    // Row = from; bit n = may become the state with number n.
    private static readonly ushort[] s_next =
    [
        1 << (int)DomainState.Building,                                   // Free: created
        (1 << (int)DomainState.Running) | (1 << (int)DomainState.Paused) | (1 << (int)DomainState.Dying), // Building: built; built and held; failed, or destroyed while building
        (1 << (int)DomainState.Blocked) | Stopped,                        // Running: waits for an interrupt
        (1 << (int)DomainState.Running) | Stopped,                        // Blocked: got one
        (1 << (int)DomainState.Running) | (1 << (int)DomainState.Blocked) | (1 << (int)DomainState.Dying), // Paused: the operator
        1 << (int)DomainState.Dying,                                      // ShutDown: on_poweroff, on_reboot, or destroyed when preserved
        1 << (int)DomainState.Dying,                                      // Crashed: on_crash, or destroyed when preserved
        (1 << (int)DomainState.Building) | (1 << (int)DomainState.Ended), // Dying: restarted; gone
        1 << (int)DomainState.Free,                                       // Ended: its name is used again, or destroyed, or its slot is needed
    ];

    /// <summary>True if a domain may go from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public static bool IsLegal(DomainState from, DomainState to) => (s_next[(int)from] & (1 << (int)to)) != 0;

    /// <summary>The state's name for people.</summary>
    public static ReadOnlySpan<byte> NameOf(DomainState state) => state switch
    {
        DomainState.Free => "free"u8,
        DomainState.Building => "building"u8,
        DomainState.Running => "running"u8,
        DomainState.Blocked => "blocked"u8,
        DomainState.Paused => "paused"u8,
        DomainState.ShutDown => "shutdown"u8,
        DomainState.Crashed => "crashed"u8,
        DomainState.Dying => "dying"u8,
        DomainState.Ended => "ended"u8,
        _ => "?"u8, // a state is one of the members above
    };
}
