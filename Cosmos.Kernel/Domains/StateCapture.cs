using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>Reads a crashed vCPU's registers into its crash record; contained, since its backend may be what faulted.</summary>
internal sealed class StateCapture(VcpuBackend backend) : ContainedWork
{
    private Vcpu? _vcpu;

    /// <summary>Sets whose registers are read; it is attached.</summary>
    public void Prepare(Vcpu vcpu) => _vcpu = vcpu;

    /// <inheritdoc/>
    public override void Run() => backend.ReadState(_vcpu!.Backend, out _vcpu.Backend.Crash.State);
}
