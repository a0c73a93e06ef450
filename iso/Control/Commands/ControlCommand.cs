namespace Multicosm.Control.Commands;

/// <summary>What mc was asked to do, its arguments checked.</summary>
internal abstract class ControlCommand
{
    /// <summary>Does it; the exit code.</summary>
    public abstract int Run(ManagerLink link, ControlConsole console);
}
