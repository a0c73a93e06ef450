using Multicosm.Machine;
using Multicosm.Platform.Memory;
using Multicosm.Vmx.Ept;

namespace Multicosm.Vmx;

/// <summary>VT-x's part of a domain slot.</summary>
internal sealed class VmxDomain : BackendDomain
{
    private const int MaximumVcpus = 8;
    private readonly VmxVcpu?[] _vcpus = new VmxVcpu?[MaximumVcpus];

    /// <summary>The part of slot <paramref name="slot"/>, without memory.</summary>
    public VmxDomain(int slot, FrameAllocator frames)
    {
        Slot = slot;
        Owner = FrameOwner.Domain(slot);
        Tables = new EptTables(frames, Owner);
        Memory = new EptGuestMemory(Tables);
        Builder = new EptBuilder(this, frames);
    }

    /// <inheritdoc/>
    public override int Slot { get; }

    /// <inheritdoc/>
    public override GuestMemory Memory { get; }

    /// <summary>Owner of the domain's frames.</summary>
    public FrameOwner Owner { get; }

    /// <summary>Its EPT.</summary>
    public EptTables Tables { get; }

    /// <summary>Gives it memory.</summary>
    public EptBuilder Builder { get; }

    /// <summary>Its vCPUs.</summary>
    public int VcpuCount { get; private set; }

    /// <summary>How far the owner table's sweep has come while the domain is destroyed.</summary>
    public int SweepCursor { get; set; }

    /// <summary>vCPU <paramref name="index"/>, below <see cref="VcpuCount"/>.</summary>
    public VmxVcpu Vcpu(int index) => _vcpus[index]!;

    /// <summary>Adds a vCPU.</summary>
    public void Add(VmxVcpu vcpu) => _vcpus[VcpuCount++] = vcpu;
}
