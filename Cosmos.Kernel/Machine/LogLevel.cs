namespace Multicosm.Machine;

/// <summary>How much a line of the host's log matters: the console shows lines up to a level, the log keeps all.</summary>
public enum LogLevel : byte
{
    /// <summary>Something does not work.</summary>
    Error,

    /// <summary>Something works, but not as one would expect.</summary>
    Warning,

    /// <summary>What happens.</summary>
    Info,

    /// <summary>Details for those who look for a fault.</summary>
    Debug,

    /// <summary>Not shown by the console: who writes it tells the operator in another way.</summary>
    Kept,
}
