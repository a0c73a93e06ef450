using Multicosm.Machine;
using Multicosm.Paravirt.Memory;
using Multicosm.Platform.Memory;

namespace Multicosm.Paravirt;

/// <summary>The PV backend's part of a domain slot.</summary>
internal sealed unsafe class PvDomain : BackendDomain
{
    /// <summary>vCPUs that a PV domain may have: the shared page has room for 32, a slot of ours for these.</summary>
    public const int MaximumVcpus = 8;

    private readonly PvVcpu?[] _vcpus = new PvVcpu?[MaximumVcpus];

    /// <summary>The part of slot <paramref name="slot"/>, without memory.</summary>
    public PvDomain(int slot, DomainMemory ram)
    {
        Slot = slot;
        Ram = ram;
        Owner = FrameOwner.Domain(slot);
    }

    /// <inheritdoc/>
    public override int Slot { get; }

    /// <inheritdoc/>
    public override GuestMemory Memory => Ram.Physical;

    /// <summary>Its RAM, and what each frame of it is used for.</summary>
    public DomainMemory Ram { get; }

    /// <summary>Its number, as it and its neighbours know it.</summary>
    public ushort DomainId;

    /// <summary>Owner of the domain's frames.</summary>
    public FrameOwner Owner { get; }

    /// <summary>The shared page (shared_info), as the hypervisor sees it; null until the domain is built.</summary>
    public byte* SharedInfo;

    /// <summary>vCPUs that the domain has.</summary>
    public int VcpuCount { get; private set; }

    /// <summary>vCPU <paramref name="index"/>, below <see cref="VcpuCount"/>.</summary>
    public PvVcpu Vcpu(int index) => _vcpus[index]!;

    /// <summary>Adds a vCPU.</summary>
    public void Add(PvVcpu vcpu) => _vcpus[VcpuCount++] = vcpu;
}
