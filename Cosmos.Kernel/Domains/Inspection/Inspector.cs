using Multicosm.Machine;

namespace Multicosm.Domains.Inspection;

/// <summary>
/// Looks at vCPUs that do not run. What it reads is the guest's doing, and after a contained fault the backend may be in disorder: so it
/// works in a containment frame, and a fault leaves a snapshot that says less.
/// </summary>
public sealed class Inspector(HostServices host, VcpuAttachment attachment) : ContainedWork
{
    private Domain? _domain;
    private VcpuSnapshot? _into;

    /// <summary>True if <paramref name="domain"/> stands still and its memory is there.</summary>
    public static bool CanInspect(Domain domain) => domain.State is DomainState.Paused or DomainState.ShutDown or DomainState.Crashed && domain.IsIdle;

    /// <summary>Takes a snapshot of a domain that stands still, or has just crashed; false if a fault cut it short.</summary>
    public bool TryTake(Domain domain, VcpuSnapshot into)
    {
        _domain = domain;
        _into = into;
        into.TakeHostSide(domain, host.Clock.Now);
        return host.Containment.TryRun(this);
    }

    /// <inheritdoc/>
    public override void Run()
    {
        Domain domain = _domain!;
        VcpuSnapshot into = _into!;
        attachment.Use(domain.Vcpu);
        domain.Vcpu.Virtualization.ReadState(domain.Vcpu.Backend, out into.State);
        domain.Vcpu.Virtualization.ReadSystemState(domain.Vcpu.Backend, out into.System);
        into.TakeMemory(domain.Backend.TableMemory);
    }
}
