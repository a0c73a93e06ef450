namespace Multicosm.Platform.Serial;

/// <summary>How long a device is waited for that may never answer: once for some seconds, then no more until it has answered.</summary>
internal struct BoundedWait
{
    /// <summary>Looks in vain after which it is given up; each takes about a microsecond, as reads of I/O ports do.</summary>
    public const int MaximumLooks = 10_000_000;

    private int _looks;

    /// <summary>To be asked after each look in vain: true if another one is worth while.</summary>
    public bool TryAgain()
    {
        bool isWorthwhile = _looks < MaximumLooks;
        _looks += isWorthwhile ? 1 : 0;
        return isWorthwhile;
    }

    /// <summary>The device has answered: the next wait is a whole one.</summary>
    public void Answered() => _looks = 0;
}
