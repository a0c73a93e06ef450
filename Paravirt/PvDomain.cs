using Multicosm.Machine;
using Multicosm.Paravirt.Building;
using Multicosm.Paravirt.Events;
using Multicosm.Paravirt.Grants;
using Multicosm.Paravirt.Hypercalls;
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
        Events = new EventChannels(this);
        Watchdogs = new Watchdogs(this);
    }

    /// <inheritdoc/>
    public override int Slot { get; }

    /// <inheritdoc/>
    public override GuestMemory Memory => Ram.Physical;

    /// <summary>Its RAM, and what each frame of it is used for.</summary>
    public DomainMemory Ram { get; }

    /// <summary>Owner of the domain's frames.</summary>
    public FrameOwner Owner { get; }

    /// <summary>The shared page (shared_info), as the hypervisor sees it; null until the domain is built.</summary>
    public byte* SharedInfo;

    /// <summary>The number by which other domains know it; 0 is the hypervisor's manager.</summary>
    public ushort Id;

    /// <summary>Its event channels.</summary>
    public EventChannels Events { get; }

    /// <summary>Its watchdogs.</summary>
    public Watchdogs Watchdogs { get; }

    /// <summary>What it grants to others.</summary>
    public GrantTable Grants { get; } = new();

    /// <summary>What it has mapped of others' grants.</summary>
    public GrantMappings GrantMappings { get; } = new();

    /// <summary>System time; set once the slot is made, before any vCPU runs.</summary>
    public PvClock? Clock;

    /// <summary>Where its timers wait; set once the slot is made.</summary>
    public TimerQueue? Timers;

    /// <summary>The memory that hypercalls name; set once the slot is made.</summary>
    public GuestArguments? Guest;

    /// <summary>When the run of its vCPU must end, in ticks: Run sets it, and a timer that is armed meanwhile brings it forward.</summary>
    public ulong RunUntilTicks;

    /// <summary>The deadline for which the CPU's timer is armed while its vCPU runs; 0 if it is not.</summary>
    public ulong ArmedTicks;

    /// <summary>What SCHEDOP_shutdown_code has said: it overrides the reason of a later shutdown; -1 if nothing.</summary>
    public int ShutdownCode = -1;

    /// <summary>The guest wants marks around updates of its runstate areas (VMASST_TYPE_runstate_update_flag).</summary>
    public bool MarksRunstateUpdates;

    /// <summary>The guest's stores to its live page tables are done for it (VMASST_TYPE_writable_pagetables).</summary>
    public bool WritesPageTables;

    /// <summary>Frames show the virtual I/O privilege level in RFLAGS (VMASST_TYPE_architectural_iopl).</summary>
    public bool ShowsIoPrivilege;

    /// <summary>Where console_io prints to; set once the slot is made.</summary>
    public CharSink? Text;

    /// <summary>Gives it RAM; set once the slot is made.</summary>
    public RamBuilder? RamBuilder;

#if MULTICOSM_FAULT_DEVICE
    /// <summary>Test builds only: checks the domain's memory when its guest asks for it.</summary>
    public MemoryCheck? Check;
#endif

    /// <summary>Makes what its kernel finds at the start; set once the slot is made.</summary>
    public ImageBuilder? ImageBuilder;

    /// <summary>How far the owner table's sweep has come while the domain is destroyed.</summary>
    public int SweepCursor;

    /// <summary>vCPUs that the domain has.</summary>
    public int VcpuCount { get; set; }

    /// <inheritdoc/>
    public override GuestMemory TableMemory => Ram.Machine;

    /// <summary>vCPU <paramref name="index"/>, below <see cref="VcpuCount"/>.</summary>
    public PvVcpu Vcpu(int index) => _vcpus[index]!;

    /// <summary>vCPU <paramref name="index"/> of the slot, used or not; null if it was never made.</summary>
    public PvVcpu? VcpuOfSlot(int index) => _vcpus[index];

    /// <summary>Adds a vCPU to the slot.</summary>
    public void Add(PvVcpu vcpu)
    {
        _vcpus[vcpu.Index] = vcpu;
        VcpuCount = vcpu.Index + 1;
    }

    /// <inheritdoc/>
    public override Doorbell? DoorbellOf(GuestService service) => Events.DoorbellOf((int)service);

    /// <inheritdoc/>
    public override GuestPhysicalAddress RingOf(GuestService service)
    {
        ref readonly BootLayout layout = ref ImageBuilder!.Layout;
        return new GuestPhysicalAddress((service == GuestService.Console ? layout.ConsoleFrame : layout.StoreFrame) << 12);
    }

    /// <inheritdoc/>
    public override uint PortOf(GuestService service) => Events.PortOf((int)service);

    /// <inheritdoc/>
    public override ushort GuestId => Id;

    /// <inheritdoc/>
    public override ulong MachineFrameOf(GuestPhysicalAddress address) => Ram.FrameAt(address.Value >> 12).Number;

    /// <summary>Forgets the last domain's choices.</summary>
    public void Reset()
    {
        WritesPageTables = false;
        ShowsIoPrivilege = false;
        MarksRunstateUpdates = false;
        ShutdownCode = -1;
        Watchdogs.Reset();
    }
}
