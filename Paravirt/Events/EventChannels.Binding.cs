using Multicosm.Paravirt.Abi;

namespace Multicosm.Paravirt.Events;

/// <content>How ports get their use and lose it. Results are a port, or minus a <see cref="XenError"/>.</content>
internal sealed unsafe partial class EventChannels
{
    /// <summary>Connects a new port to <paramref name="service"/>, for the builder. <see cref="XenError.Exists"/> if it has one, <see cref="XenError.NoSpace"/>.</summary>
    public int BindService(int service)
    {
        if (_servicePorts[service] != 0)
        {
            return -(int)XenError.Exists;
        }

        int port = Allocate(PortState.Service, 0, (byte)service);
        if (port > 0)
        {
            _servicePorts[service] = (ushort)port;
        }

        return port;
    }

    /// <summary>Connects <paramref name="service"/> to a port that the guest has opened for domain 0; false if it is not such a port.</summary>
    public bool TryConnectService(uint port, int service)
    {
        if (!Has(port) || _ports[port].State != PortState.Unbound || _ports[port].RemoteDomain != 0 || _servicePorts[service] != 0)
        {
            return false;
        }

        _ports[port].State = PortState.Service;
        _ports[port].Source = (byte)service;
        _servicePorts[service] = (ushort)port;
        return true;
    }

    /// <summary>EVTCHNOP_bind_virq: <see cref="XenError.Invalid"/>, <see cref="XenError.NoEntry"/>, <see cref="XenError.Exists"/>, <see cref="XenError.NoSpace"/>.</summary>
    public int BindVirq(uint virq, uint vcpu)
    {
        if (virq >= Virq.Count || (!Virq.IsPerVcpu((int)virq) && vcpu != 0))
        {
            return -(int)XenError.Invalid;
        }

        if (vcpu >= (uint)_domain.VcpuCount)
        {
            return -(int)XenError.NoEntry;
        }

        int index = VirqIndex((int)virq, (int)vcpu);
        if (_virqPorts[index] != 0)
        {
            return -(int)XenError.Exists;
        }

        int port = Allocate(PortState.Virq, (byte)vcpu, (byte)virq);
        if (port > 0)
        {
            _virqPorts[index] = (ushort)port;
        }

        return port;
    }

    /// <summary>EVTCHNOP_bind_ipi: <see cref="XenError.NoEntry"/>, <see cref="XenError.NoSpace"/>.</summary>
    public int BindIpi(uint vcpu) =>
        vcpu >= (uint)_domain.VcpuCount ? -(int)XenError.NoEntry : Allocate(PortState.Ipi, (byte)vcpu, 0);

    /// <summary>EVTCHNOP_alloc_unbound: a port that domain <paramref name="remote"/> may connect to; <see cref="XenError.NoSpace"/>.</summary>
    public int AllocateUnbound(ushort remote)
    {
        int port = Allocate(PortState.Unbound, 0, 0);
        if (port > 0)
        {
            _ports[port].RemoteDomain = remote;
        }

        return port;
    }

    /// <summary>EVTCHNOP_bind_interdomain: a new port, connected to <paramref name="remotePort"/> of <paramref name="remote"/>; <see cref="XenError.Invalid"/>, <see cref="XenError.NoSpace"/>.</summary>
    public int BindInterdomain(PvDomain remote, uint remotePort)
    {
        EventChannels other = remote.Events;
        if (!other.Has(remotePort) || other._ports[remotePort].State != PortState.Unbound || other._ports[remotePort].RemoteDomain != _domain.Id)
        {
            return -(int)XenError.Invalid;
        }

        int port = Allocate(PortState.Interdomain, 0, 0);
        if (port > 0)
        {
            Connect(ref _ports[port], remote, (ushort)remotePort);
            Connect(ref other._ports[remotePort], _domain, (ushort)port);
            Raise((uint)port); // what was sent before the port was connected went nowhere: the guest looks once
        }

        return port;
    }

    /// <summary>EVTCHNOP_bind_vcpu: later events of the port go to <paramref name="vcpu"/>; <see cref="XenError.NoEntry"/>, <see cref="XenError.Invalid"/>.</summary>
    public XenError BindVcpu(uint port, uint vcpu)
    {
        if (vcpu >= (uint)_domain.VcpuCount)
        {
            return XenError.NoEntry;
        }

        if (!Has(port))
        {
            return XenError.Invalid;
        }

        ref EventPort row = ref _ports[port];
        bool isFixed = row.State is PortState.Closed or PortState.Ipi || (row.State == PortState.Virq && Virq.IsPerVcpu(row.Source));
        if (isFixed)
        {
            return XenError.Invalid;
        }

        row.Vcpu = (byte)vcpu;
        return XenError.None;
    }

    /// <summary>EVTCHNOP_send: <see cref="XenError.Invalid"/> if the port is not one to send on. What is sent on an unbound port is lost.</summary>
    public XenError Send(DomainDirectory domains, uint port)
    {
        if (!Has(port))
        {
            return XenError.Invalid;
        }

        ref readonly EventPort row = ref _ports[port];
        switch (row.State)
        {
            case PortState.Interdomain:
                domains.InSlot(row.RemoteSlot)?.Events.Raise(row.RemotePort);
                return XenError.None;
            case PortState.Ipi:
                Raise(port);
                return XenError.None;
            case PortState.Service:
                Rung |= 1UL << row.Source;
                return XenError.None;
            case PortState.Unbound:
                return XenError.None;
            default:
                return XenError.Invalid;
        }
    }

    /// <summary>EVTCHNOP_close: <see cref="XenError.Invalid"/> if it is not open. The other end of a connection waits for a new one.</summary>
    public XenError Close(DomainDirectory domains, uint port)
    {
        if (!Has(port) || _ports[port].State == PortState.Closed)
        {
            return XenError.Invalid;
        }

        EventPort row = _ports[port];
        switch (row.State)
        {
            case PortState.Virq:
                _virqPorts[VirqIndex(row.Source, Virq.IsPerVcpu(row.Source) ? row.Vcpu : 0)] = 0;
                break;
            case PortState.Service:
                _servicePorts[row.Source] = 0;
                break;
            case PortState.Interdomain:
                domains.InSlot(row.RemoteSlot)?.Events.Disconnect(row.RemotePort);
                break;
            default:
                break;
        }

        Free(port);
        return XenError.None;
    }

    /// <summary>Closes all ports: EVTCHNOP_reset, and before the domain is destroyed.</summary>
    public void CloseAll(DomainDirectory domains)
    {
        for (uint port = 1; port < PortCount; port++)
        {
            _ = Close(domains, port); // those that are not open are to be closed
        }

        Rung = 0;
    }

    private static void Connect(ref EventPort row, PvDomain remote, ushort port)
    {
        row.State = PortState.Interdomain;
        row.RemoteSlot = (byte)remote.Slot;
        row.RemoteDomain = remote.Id;
        row.RemotePort = port;
    }

    // RemoteDomain stays: the domain that was connected may connect again.
    private void Disconnect(uint port) => _ports[port].State = PortState.Unbound;

    private int Allocate(PortState state, byte vcpu, byte source)
    {
        for (int port = _lowestFree; port < PortCount; port++)
        {
            if (_ports[port].State == PortState.Closed)
            {
                _lowestFree = port + 1;
                _ports[port] = new EventPort { State = state, Vcpu = vcpu, Source = source };
                return port;
            }
        }

        _lowestFree = PortCount;
        return -(int)XenError.NoSpace;
    }

    // A port that is used again must not begin with an old event.
    private void Free(uint port)
    {
        _ports[port] = default;
        if (_domain.SharedInfo != null)
        {
            _ = LockedBits.TestAndClear(_domain.SharedInfo + SharedLayout.Pending, (int)port); // either way it is clear now
        }

        if (port < _lowestFree)
        {
            _lowestFree = (int)port;
        }
    }
}
