namespace Multicosm.Control;

/// <summary>What mc ends with. <c>mc exec</c> ends with the status of the command instead.</summary>
internal static class ControlExit
{
    /// <summary>The manager did as asked.</summary>
    public const int Success = 0;

    /// <summary>The manager refused, or what was waited for cannot happen any more.</summary>
    public const int Refused = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>There is no line to a manager, or it ended, or loses bytes.</summary>
    public const int NoConnection = 3;

    /// <summary>The time given is over.</summary>
    public const int Timeout = 4;

    /// <summary>Ctrl-C, as a shell says it.</summary>
    public const int Interrupted = 130;
}
