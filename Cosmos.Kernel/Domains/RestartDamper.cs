namespace Multicosm.Domains;

/// <summary>Keeps a domain that ends again and again soon after its start from using up the PC: waits longer each time, then gives up.</summary>
public sealed class RestartDamper
{
    /// <summary>A life shorter than this counts as a quick one.</summary>
    public const ulong QuickLifeSeconds = 10;

    /// <summary>After so many quick lives in a row there is no further restart.</summary>
    public const int MaximumQuickLives = 5;

    /// <summary>Quick lives in a row.</summary>
    public int QuickLives { get; private set; }

    /// <summary>
    /// Takes note of a life; false if the domain should not be restarted any more, else <paramref name="delaySeconds"/> says how
    /// long to wait: nothing after a long life or the first quick one, then 1, 2, 4 seconds.
    /// </summary>
    public bool TryRestart(ulong lifeTicks, ulong ticksPerSecond, out ulong delaySeconds)
    {
        QuickLives = lifeTicks / ticksPerSecond < QuickLifeSeconds ? QuickLives + 1 : 0;
        delaySeconds = QuickLives < 2 ? 0 : 1UL << (QuickLives - 2);
        return QuickLives < MaximumQuickLives;
    }

    /// <summary>Forgets: another domain.</summary>
    public void Reset() => QuickLives = 0;
}
