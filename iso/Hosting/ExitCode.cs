namespace Multicosm.Hosting;

/// <summary>What the commands end with.</summary>
public static class ExitCode
{
    /// <summary>All went as asked.</summary>
    public const int Success = 0;

    /// <summary>An expectation of the script was missed; or, of the composer, the ISO cannot be made.</summary>
    public const int Failure = 1;

    /// <summary>Wrong usage, or something to build or set up is missing.</summary>
    public const int Usage = 2;

    /// <summary>The emulator or the hypervisor died.</summary>
    public const int Died = 3;

    /// <summary>The limit of the whole run is over, as timeout(1) says it.</summary>
    public const int TimeLimit = 124;
}
