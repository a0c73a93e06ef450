using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Gives back all that a domain owns, in steps. Its vCPU is detached already.</summary>
public sealed class DestroyDomain(Domain domain) : WorkItem
{
    private bool _isStopped;

    /// <summary>Starts over.</summary>
    public void Begin()
    {
        IsDone = IsWaiting = false;
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

        bool hasWaited = IsWaiting;
        BackendStatus status = domain.Vcpu.Virtualization.DestroyStep(domain.Backend);
        IsWaiting = status == BackendStatus.Waiting;
        IsDone = status is not (BackendStatus.InProgress or BackendStatus.Waiting);
        if (IsWaiting && !hasWaited)
        {
            domain.Reason.Write("; another domain has mapped some of its memory, which is free once that one lets go"u8);
        }
    }
}
