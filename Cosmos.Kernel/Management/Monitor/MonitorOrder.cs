namespace Multicosm.Management.Monitor;

/// <summary>What the rows of the monitor are sorted by.</summary>
public enum MonitorOrder : byte
{
    /// <summary>CPU time, most first.</summary>
    Cpu,

    /// <summary>Exits, most first.</summary>
    Exits,

    /// <summary>Name.</summary>
    Name,
}
