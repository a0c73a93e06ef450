namespace Multicosm.Machine;

/// <summary>Work that acts for one domain and may fault without harm to the host.</summary>
public abstract class ContainedWork
{
    /// <summary>Does the work. May leave by a fault.</summary>
    public abstract void Run();
}
