using System;
using Multicosm.Devices.XenPv.Store;
using Multicosm.Domains.Board;
using Multicosm.Domains.Configuration;
using Multicosm.Domains.Inspection;
using Multicosm.Domains.Scheduling;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>
/// A domain slot and the domain that lives in it now. Everything is allocated with the slot and used again by the next domain;
/// whoever keeps a reference compares <see cref="Generation"/>.
/// </summary>
public sealed class Domain
{
    /// <summary>Guest physical address below which a domain's first RAM must end: above it are device windows up to 4 GiB.</summary>
    public const ulong LowMemoryEnd = 3UL << 30;

    /// <summary>The most processors of a PV domain.</summary>
    public const int MaximumParavirtVcpus = 8;

    private const ulong MiB = 1UL << 20;
    private const ulong ParavirtSlotBytes = 2 * MiB; // generously
    private SlotVcpus? _paravirt;

    /// <summary>Allocates slot number <paramref name="slot"/>: the arena must be open.</summary>
    internal Domain(HostServices host, int slot)
    {
        Slot = slot;
        Scheduling = new SchedulingUnit(slot);
        Board = new Mainboard(host, Timers, Console);
        Hardware = new SlotVcpus(host.Backend, this, 1);
        Vcpus = Hardware;
        Backend = Hardware.Domain;
        Vcpu = Hardware[0];
        Build = new BuildDomain(host, this);
        Destroy = new DestroyDomain(this);
    }

    /// <summary>The slot's number, which owns its frames.</summary>
    public int Slot { get; }

    /// <summary>Counts the domains that lived in this slot.</summary>
    public uint Generation { get; internal set; }

    /// <summary>The domain's number: never used twice; a restart gives a new one.</summary>
    public uint Id { get; internal set; }

    /// <summary>Where it is in its life.</summary>
    public DomainState State { get; private set; }

    /// <summary>True while its slot holds more than a memory of it.</summary>
    public bool IsAlive => State is not (DomainState.Free or DomainState.Ended);

    /// <summary>True if no work waits for it: a domain that is not running stays as it is.</summary>
    public bool IsIdle => Work is null;

    /// <summary>Name in UTF-8.</summary>
    public ReadOnlySpan<byte> Name => Configuration.Name.Value;

    /// <summary>What its file and the operator's assignments say.</summary>
    public DomainConfiguration Configuration { get; } = new();

    /// <summary>The domain file.</summary>
    public BootModule? File { get; internal set; }

    /// <summary>Why it ended, cannot start, or waits; empty while all is well.</summary>
    public TextBuffer Reason { get; } = new(400);

    /// <summary>Its memory in bytes: whole 2 MiB pages.</summary>
    public ulong MemoryBytes => ((Configuration.MemoryMiB * MiB) + (2 * MiB) - 1) & ~((2 * MiB) - 1);

    /// <summary>RAM from address 0.</summary>
    public ulong LowMemoryBytes => Math.Min(MemoryBytes, LowMemoryEnd);

    /// <summary>RAM from 4 GiB.</summary>
    public ulong HighMemoryBytes => MemoryBytes - LowMemoryBytes;

    /// <summary>True if it never ran, and ended for that.</summary>
    public bool CouldNotStart { get; internal set; }

    /// <summary>Its part of the CPU: what it may use and what it used, building included.</summary>
    public SchedulingUnit Scheduling { get; }

    /// <summary>Processor time that it used, building included.</summary>
    public ulong CpuTicks => Scheduling.RunTicks;

    /// <summary>When it was created, or restarted.</summary>
    public ulong CreatedTicks { get; internal set; }

    /// <summary>When it began to run; 0 before that.</summary>
    public ulong StartedTicks { get; internal set; }

    /// <summary>When a damped restart is due; 0 if it need not wait.</summary>
    public ulong NotBeforeTicks { get; internal set; }

    /// <summary>The last crash of a domain in this slot, kept until another one is created in it.</summary>
    public VcpuSnapshot Crash { get; } = new();

    /// <summary>The serial port's text side.</summary>
    public GuestConsole Console { get; } = new();

    /// <summary>The devices.</summary>
    public Mainboard Board { get; }

    /// <summary>The devices' deadlines.</summary>
    public DomainTimers Timers { get; } = new();

    /// <summary>The first processor.</summary>
    public Vcpu Vcpu { get; private set; }

    /// <summary>All that it may have; <see cref="VcpuCount"/> of them are used.</summary>
    public SlotVcpus Vcpus { get; private set; }

    /// <summary>Processors that the domain has.</summary>
    public int VcpuCount => IsParavirtual ? (int)Configuration.Vcpus : 1;

    /// <summary>The backend's part.</summary>
    public BackendDomain Backend { get; private set; }

    /// <summary>True if it runs paravirtually: decided when it is built.</summary>
    public bool IsParavirtual => Vcpus != Hardware;

    /// <summary>What a PV domain has in place of a PC's devices; null until one lives in the slot.</summary>
    public ParavirtBoard? Xen { get; private set; }

    /// <summary>Builds it, in steps.</summary>
    internal BuildDomain Build { get; }

    /// <summary>Its processors under hardware virtualization.</summary>
    internal SlotVcpus Hardware { get; }

    /// <summary>Gives its memory back, in steps.</summary>
    internal DestroyDomain Destroy { get; }

    /// <summary>The work that waits for the scheduler; null if none.</summary>
    internal WorkItem? Work
    {
        get;
        set
        {
            field = value;
            Scheduling.SetWork(value is not null);
        }
    }

    /// <summary>True if it is held once it is built.</summary>
    internal bool StartsPaused { get; set; }

    /// <summary>The operator asked it to reboot: if it switches itself off before that, this is what it does.</summary>
    internal ulong RebootAskedUntil { get; set; }

    /// <summary>True if the domain is built again once it is gone.</summary>
    internal bool RestartAfter { get; set; }

    /// <summary>Damps restart loops.</summary>
    internal RestartDamper Damper { get; } = new();

    /// <summary>Rank among the ended: the lowest ended first.</summary>
    internal ulong EndedOrder { get; set; }

    /// <summary>Decides for hardware virtualization.</summary>
    internal void UseHardware() => Use(Hardware);

    /// <summary>Decides for paravirtualization; its part of the slot is allocated the first time. False if the arena has no room for it.</summary>
    internal bool TryUseParavirt(HostServices host)
    {
        if (_paravirt is null)
        {
            if (host.Window.FreeBytes < ParavirtSlotBytes)
            {
                return false;
            }

            host.Window.Open();
            _paravirt = new SlotVcpus(host.Paravirt!, this, MaximumParavirtVcpus);
            host.Store ??= new XenStore();
            Xen = new ParavirtBoard(host.Store, this, _paravirt.Domain);
            host.Window.Seal();
        }

        Use(_paravirt);
        return true;
    }

    private void Use(SlotVcpus vcpus)
    {
        Vcpus = vcpus;
        Vcpu = vcpus[0];
        Backend = vcpus.Domain;
    }

    /// <summary>Takes a legal step of its life; an illegal one is a mistake of ours and is refused.</summary>
    internal bool TryEnter(DomainState next)
    {
        if (!DomainLifecycle.IsLegal(State, next))
        {
            return false;
        }

        State = next;
        return true;
    }
}
