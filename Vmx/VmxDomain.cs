using Multicosm.Machine;
using Multicosm.Platform.Memory;
using Multicosm.Vmx.Emulation;
using Multicosm.Vmx.Ept;

namespace Multicosm.Vmx;

/// <summary>VT-x's part of a domain slot.</summary>
internal sealed class VmxDomain : BackendDomain
{
    /// <summary>Guest physical address of the local APIC.</summary>
    public const ulong ApicBase = 0xFEE00000;

    private const int MaximumVcpus = 8;
    private readonly VmxVcpu?[] _vcpus = new VmxVcpu?[MaximumVcpus];

    /// <summary>The part of slot <paramref name="slot"/>, without memory; <paramref name="apicAccess"/> is frame 0 without APIC virtualization, <paramref name="step"/> the CPU's.</summary>
    public VmxDomain(int slot, FrameAllocator frames, TimerQueue timers, HostFrame apicAccess, GuestStep step)
    {
        Slot = slot;
        Timers = timers;
        ApicAccess = apicAccess;
        Step = step;
        Owner = FrameOwner.Domain(slot);
        Tables = new EptTables(frames, Owner);
        Memory = new EptGuestMemory(Tables);
        Builder = new EptBuilder(this, frames);
    }

    /// <inheritdoc/>
    public override int Slot { get; }

    /// <inheritdoc/>
    public override GuestMemory Memory { get; }

    /// <summary>Deadlines of the domain's devices.</summary>
    public TimerQueue Timers { get; }

    /// <summary>The page whose accesses the CPU takes for the local APIC's; all domains share it, and none sees what is in it.</summary>
    public HostFrame ApicAccess { get; }

    /// <summary>Has a vCPU execute an instruction on what is not RAM.</summary>
    public GuestStep Step { get; }

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

    /// <summary>Makes the tables for the APIC-access page; false if there is no frame for them.</summary>
    public bool TryMapApicAccess() => ApicAccess.Number == 0 || Tables.TrySetDevice(new GuestPhysicalAddress(ApicBase), ApicAccess, isMapped: false);

    /// <summary>Shows or hides that page: where it is hidden, an access is an EPT violation.</summary>
    public void MapApicAccess(bool isMapped) => _ = Tables.TrySetDevice(new GuestPhysicalAddress(ApicBase), ApicAccess, isMapped); // the tables are there
}
