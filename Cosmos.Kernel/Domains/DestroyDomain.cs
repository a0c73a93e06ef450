using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Gives back all that a domain owns, in steps. Its vCPU is detached already.</summary>
public sealed class DestroyDomain(Domain domain) : WorkItem
{
    /// <summary>Starts over.</summary>
    public void Begin() => IsDone = false;

    /// <inheritdoc/>
    public override void Step() => IsDone = domain.Vcpu.Virtualization.DestroyStep(domain.Backend) != BackendStatus.InProgress;
}
