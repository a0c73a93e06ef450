namespace Multicosm.Domains;

/// <summary>The most that one domain can take of what all domains share. CPU time is shared by weight and cap, not by a quota.</summary>
public static class Quotas
{
    /// <summary>
    /// Bytes of console output kept, a power of two: two screens a second for a minute. What comes after pushes the oldest out, or waits for
    /// who looks.
    /// </summary>
    public const int ConsoleBytes = 256 * 1024;

    /// <summary>Bytes of console input that wait for a guest that does not read, a power of two: a paste of two screens. Who types waits then.</summary>
    public const int InputBytes = 4096;

    /// <summary>Armed timers: more than the board's devices have, so that none of them is ever refused.</summary>
    public const int Timers = 64;

    /// <summary>
    /// Timer expiries served in one run. A periodic timer with a period shorter than its own service never catches up: the rest waits for the
    /// next run, and the time that the service takes is charged to the domain, so it only takes from its own guest.
    /// </summary>
    public const int ExpiriesPerRun = 64;

    /// <summary>Bytes of memory: what the domain file says, which is all that the guest sees, and the most that its tables can take beside it.</summary>
    public static ulong MemoryBytes(Domain domain) => domain.MemoryBytes + domain.Vcpu.Virtualization.OverheadBytes(domain.Backend, domain.MemoryBytes);
}
