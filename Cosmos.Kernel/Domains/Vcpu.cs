using Multicosm.Devices.Apic;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>One virtual processor of a domain, and what the scheduler knows of it.</summary>
public sealed class Vcpu
{
    /// <summary>A processor of <paramref name="domain"/>: the arena must be open.</summary>
    public Vcpu(VcpuBackend backend, BackendDomain domain, int index, LocalApic apic, CpuidTable cpuid, MsrTable msrs)
    {
        Index = index;
        Apic = apic;
        Cpuid = cpuid;
        Msrs = msrs;
        Virtualization = backend;
        Backend = backend.CreateVcpu(domain, index, apic, cpuid, msrs);
    }

    /// <summary>Its number in the domain.</summary>
    public int Index { get; }

    /// <summary>The backend that runs it.</summary>
    public VcpuBackend Virtualization { get; }

    /// <summary>The backend's part.</summary>
    public BackendVcpu Backend { get; }

    /// <summary>Its interrupt controller.</summary>
    public LocalApic Apic { get; }

    /// <summary>What CPUID answers.</summary>
    public CpuidTable Cpuid { get; }

    /// <summary>What MSRs answer.</summary>
    public MsrTable Msrs { get; }

    /// <summary>True while it waits in HLT.</summary>
    public bool IsHalted { get; set; }

    /// <summary>True while it waits in HLT with interrupts disabled: only an NMI ends it.</summary>
    public bool IsMasked { get; set; }

    /// <summary>The host's clock just before the domain's first instruction, in ticks; 0 before that.</summary>
    public ulong FirstEntryTicks { get; set; }

    /// <summary>True if an event that ends HLT waits.</summary>
    public bool CanWake => Apic.IsNmiPending || (!IsMasked && Apic.IsDeliverable);

    /// <summary>Forgets what the last domain in this slot did.</summary>
    public void Reset()
    {
        IsHalted = false;
        IsMasked = false;
        FirstEntryTicks = 0;
        Backend.History.Reset();
        Backend.Crash.Reset();
    }
}
