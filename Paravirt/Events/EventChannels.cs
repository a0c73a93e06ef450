using System.Numerics;
using System.Threading;
using Multicosm.Machine;

namespace Multicosm.Paravirt.Events;

/// <summary>
/// The event channels of one domain, with 2-level delivery: the ports and how events reach vCPUs. Each method needs the domain's event
/// lock, those that connect two domains both, the lower slot's first. The guest changes the shared bits at any time, so they are never
/// believed: the table here says what a port is.
/// </summary>
/// <source>Xen headers "event_channel.h"</source>
internal sealed unsafe partial class EventChannels
{
    /// <summary>Rows of the table, port 0 among them, which nobody uses: the quota of a domain.</summary>
    public const int PortCount = 1024;

    /// <summary>Devices of the hypervisor that a domain may be connected to.</summary>
    public const int ServiceCount = 64;

    private readonly EventPort[] _ports = new EventPort[PortCount];
    private readonly ushort[] _virqPorts = new ushort[PvDomain.MaximumVcpus * Virq.Count];
    private readonly ushort[] _servicePorts = new ushort[ServiceCount];
    private readonly ServiceDoorbell[] _doorbells = new ServiceDoorbell[ServiceCount];
    private readonly PvDomain _domain;
    private int _lowestFree = 1;

    /// <summary>A domain slot's table: the arena must be open.</summary>
    public EventChannels(PvDomain domain)
    {
        _domain = domain;
        for (int i = 0; i < ServiceCount; i++)
        {
            _doorbells[i] = new ServiceDoorbell(this, i);
        }
    }

    /// <summary>A bit for each service that the guest rang for and that <see cref="TryTakeRung"/> has not yet given.</summary>
    public ulong Rung { get; private set; }

    /// <summary>The port <paramref name="port"/>, if the table has it.</summary>
    public bool Has(uint port) => port is > 0 and < PortCount;

    /// <summary>A copy of row <paramref name="port"/>.</summary>
    public EventPort this[uint port] => _ports[port];

    /// <summary>What port <paramref name="port"/> is used for.</summary>
    public PortState StateOf(uint port) => _ports[port].State;

    /// <summary>How many of the domain's vCPUs wait by SCHEDOP_poll.</summary>
    public int Pollers { get; set; }

    /// <summary>How <paramref name="service"/> rings for this domain's guest.</summary>
    public Doorbell DoorbellOf(int service) => _doorbells[service];

    /// <summary>The port of <paramref name="service"/>; 0 if it has none.</summary>
    public uint PortOf(int service) => _servicePorts[service];

    /// <summary>Gives a service that the guest rang for, the lowest number first; false if there is none.</summary>
    public bool TryTakeRung(out int service)
    {
        service = BitOperations.TrailingZeroCount(Rung);
        Rung &= Rung - 1;
        return service < ServiceCount;
    }

    /// <summary>Makes an event pending at <paramref name="port"/>: the guest learns of it unless it has masked the port.</summary>
    public void Raise(uint port)
    {
        byte* shared = _domain.SharedInfo;
        if (shared == null || LockedBits.TestAndSet(shared + SharedLayout.Pending, (int)port))
        {
            return;
        }

        if (!LockedBits.IsSet(shared + SharedLayout.Mask, (int)port))
        {
            Select(port);
        }

        if (Pollers != 0)
        {
            WakePollers(port);
        }
    }

    /// <summary>Raises virtual interrupt <paramref name="virq"/> of <paramref name="vcpu"/>; nothing if the guest has not bound it.</summary>
    public void RaiseVirq(PvVcpu vcpu, int virq)
    {
        uint port = _virqPorts[VirqIndex(virq, vcpu.Index)];
        if (port != 0)
        {
            Raise(port);
        }
    }

    /// <summary>Rings for the guest on the port of <paramref name="service"/>; nothing if it is not connected.</summary>
    public void RaiseService(int service)
    {
        uint port = _servicePorts[service];
        if (port != 0)
        {
            Raise(port);
        }
    }

    /// <summary>EVTCHNOP_unmask: clears the mask; an event that has become pending meanwhile is delivered.</summary>
    public void Unmask(uint port)
    {
        byte* shared = _domain.SharedInfo;
        if (LockedBits.TestAndClear(shared + SharedLayout.Mask, (int)port) && LockedBits.IsSet(shared + SharedLayout.Pending, (int)port))
        {
            Select(port);
        }
    }

    /// <summary>True if an event is pending at <paramref name="port"/>, masked or not.</summary>
    public bool IsPending(uint port) => LockedBits.IsSet(_domain.SharedInfo + SharedLayout.Pending, (int)port);

    /// <summary>Makes a vCPU that waits for an event ready again.</summary>
    public static void Wake(PvVcpu vcpu)
    {
        if (vcpu.IsBlocked)
        {
            vcpu.IsBlocked = false;
            vcpu.Domain.IsWoken = true;
            vcpu.Timers.EndPoll();
            vcpu.Runstate.OnWake();
        }
    }

    /// <summary>Tells <paramref name="vcpu"/> to look for events.</summary>
    public static void Notify(PvVcpu vcpu)
    {
        Volatile.Write(ref vcpu.Info[SharedLayout.UpcallPending], 1);
        Wake(vcpu);
    }

    // The order matters: port, word, vCPU. The guest takes them back in the opposite order.
    private void Select(uint port)
    {
        PvVcpu vcpu = _domain.Vcpu(_ports[port].Vcpu);
        if (vcpu.Info != null && !LockedBits.TestAndSet(vcpu.Info + SharedLayout.PendingSelector, (int)(port >> 6)))
        {
            Notify(vcpu);
        }
    }

    private void WakePollers(uint port)
    {
        for (int i = 0; i < _domain.VcpuCount; i++)
        {
            PvVcpu vcpu = _domain.Vcpu(i);
            if (vcpu.Timers.IsPolling(port))
            {
                Wake(vcpu);
            }
        }
    }

    // The domain's own virtual interrupts are kept in vCPU 0's row, wherever they are delivered.
    private static int VirqIndex(int virq, int vcpu) => (Virq.IsPerVcpu(virq) ? vcpu * Virq.Count : 0) + virq;
}
