using Multicosm.Machine;

namespace Multicosm.SelfTest;

/// <summary>Contained work that contains work of its own.</summary>
internal sealed class NestedWork(Containment containment) : ContainedWork
{
    private readonly FaultingWork _inner = new();

    /// <summary>True if it faults after its inner work did.</summary>
    public bool FaultsItself { get; set; }

    /// <summary>How often the inner work faulted.</summary>
    public int InnerFaults { get; private set; }

    /// <inheritdoc/>
    public override void Run()
    {
        for (Fault fault = Fault.Bounds; fault <= Fault.Overflow; fault++)
        {
            _inner.Fault = fault;
            InnerFaults += containment.TryRun(_inner) ? 0 : 1;
        }

        if (FaultsItself)
        {
            _inner.Fault = Fault.Throw;
            _inner.Run();
        }
    }
}
