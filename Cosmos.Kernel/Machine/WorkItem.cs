namespace Multicosm.Machine;

/// <summary>Work longer than 100 us, cut into steps that run beside vCPUs and are charged to the domain they serve.</summary>
public abstract class WorkItem : ContainedWork
{
    /// <summary>True when there is nothing left to do.</summary>
    public bool IsDone { get; protected set; }

    /// <summary>True while a step makes sense only once the domain's <see cref="BackendDomain.IsWoken"/> is set.</summary>
    public bool IsWaiting { get; protected set; }

    /// <summary>Does at most 10,000 ticks of work.</summary>
    public abstract void Step();

    /// <inheritdoc/>
    public sealed override void Run() => Step();
}
