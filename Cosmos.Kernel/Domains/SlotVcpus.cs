using Multicosm.Domains.Policy;
using Multicosm.Machine;

namespace Multicosm.Domains;

/// <summary>What a domain slot has of one backend: the domain's part and its processors, used again by each domain in the slot.</summary>
public sealed class SlotVcpus
{
    private readonly Vcpu[] _vcpus;

    /// <summary>Allocates it: the arena must be open.</summary>
    internal SlotVcpus(VcpuBackend backend, Domain domain, int count)
    {
        Domain = backend.CreateDomain(domain.Slot, domain.Timers, domain.Console.Sink);
        Msrs = new MsrTable(MsrRules.Rows);
        _vcpus = new Vcpu[count];
        for (int i = 0; i < count; i++)
        {
            _vcpus[i] = new Vcpu(backend, Domain, i, domain.Board.Apic, new CpuidTable(), Msrs);
            _vcpus[i].Backend.Devices = domain.Board;
        }
    }

    /// <summary>The backend's part of the domain.</summary>
    public BackendDomain Domain { get; }

    /// <summary>What MSRs answer on all of them.</summary>
    public MsrTable Msrs { get; }

    /// <summary>How many there are.</summary>
    public int Count => _vcpus.Length;

    /// <summary>Processor <paramref name="index"/>, below <see cref="Count"/>.</summary>
    public Vcpu this[int index] => _vcpus[index];
}
