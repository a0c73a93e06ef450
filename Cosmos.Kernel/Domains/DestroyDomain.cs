using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Gives back all that a domain owns, in steps. Its vCPU is detached already.</summary>
public sealed class DestroyDomain(Domain domain) : WorkItem
{
    private bool _isStopped;

    /// <summary>Starts over.</summary>
    public void Begin()
    {
        IsDone = false;
        _isStopped = false;
    }

    /// <inheritdoc/>
    public override void Step()
    {
        if (!_isStopped)
        {
            _isStopped = true;
            domain.Xen?.Stop();
        }

        IsDone = domain.Vcpu.Virtualization.DestroyStep(domain.Backend) != BackendStatus.InProgress;
    }
}
