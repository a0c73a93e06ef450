namespace Multicosm.Machine;

/// <summary>A backend's part of a vCPU: allocated once per slot, reused.</summary>
public abstract class BackendVcpu
{
    /// <summary>Why the last Run returned.</summary>
    public VcpuExit Exit;

    /// <summary>The router's answer to <see cref="Exit"/>, read by Complete.</summary>
    public ExitReply Reply;

    /// <summary>The interrupt controllers that the backend asks before each entry.</summary>
    public required InterruptController Interrupts { get; init; }

    /// <summary>The domain's devices; null if they are reached by other ways.</summary>
    public DeviceSpace? Devices { get; set; }

    /// <summary>What CPUID answers.</summary>
    public required CpuidTable Cpuid { get; init; }

    /// <summary>What MSRs answer.</summary>
    public required MsrTable Msrs { get; init; }

    /// <summary>The last exits.</summary>
    public ExitHistory History { get; } = new();

    /// <summary>Where the backend describes a crash before it hands up <see cref="VcpuExitKind.Crash"/>.</summary>
    public CrashRecord Crash { get; } = new();

    /// <summary>True if it can run now: it is up, and waits for nothing. Only PV domains have processors that are not.</summary>
    public virtual bool IsRunnable => true;

    /// <summary>True while the guest's kernel has it switched on. Only PV domains have processors that are not.</summary>
    public virtual bool IsOnline => true;

    /// <summary>Nanoseconds that it has run since its domain started. Only of PV domains: others have one processor, whose time is the domain's.</summary>
    public virtual ulong RunNanoseconds => 0;

    /// <summary>Lets the guest get an NMI. Only of PV domains: others have a local APIC for it.</summary>
    public virtual void RequestNmi()
    {
    }

    /// <summary>Guest TSC minus host TSC; set at reset so that the guest's TSC starts at 0.</summary>
    public ulong TscOffset { get; set; }
}
