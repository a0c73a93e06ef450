using System;
using Multicosm.Domains;
using Multicosm.Machine;

namespace Multicosm.Management.Monitor;

/// <summary>Looks at all domains and at the CPU from time to time, and tells what happened in between, and in which order to show it.</summary>
public sealed class DomainMonitor
{
    private readonly DomainManager _manager;
    private readonly HostServices _host;
    private readonly DomainSample[] _samples = new DomainSample[DomainTable.Capacity];
    private readonly bool[] _isShown = new bool[DomainTable.Capacity];
    private readonly ExitClass[] _classes = new ExitClass[ExitHistory.Reasons];
    private ulong _hostSeen;
    private ulong _idleSeen;
    private ulong _seenTicks;
    private int _looked;

    /// <summary>A monitor of the manager's domains: the arena must be open.</summary>
    public DomainMonitor(DomainManager manager, HostServices host)
    {
        _manager = manager;
        _host = host;
        for (int i = 0; i < _samples.Length; i++)
        {
            _samples[i] = new DomainSample();
        }
    }

    /// <summary>Living domains at the last look.</summary>
    public int Living { get; private set; }

    /// <summary>Ticks between the last two looks.</summary>
    public ulong Ticks { get; private set; }

    /// <summary>Ticks of them that the host used itself.</summary>
    public ulong HostTicks { get; private set; }

    /// <summary>Ticks of them that the CPU slept.</summary>
    public ulong IdleTicks { get; private set; }

    /// <summary>Forgets what was seen: rates begin at the next look but one.</summary>
    public void Begin()
    {
        for (int i = 0; i < _samples.Length; i++)
        {
            _samples[i].Reset();
        }

        for (int i = 0; i < _classes.Length; i++)
        {
            _classes[i] = ExitClasses.Of(_host.Backend.ExitName((uint)i));
        }

        Living = 0;
        Remember();
    }

    /// <summary>Starts to look: at the CPU now, at the domains by <see cref="TryLook"/>.</summary>
    public void BeginLook()
    {
        ulong now = _host.Clock.Now;
        Ticks = now - _seenTicks;
        HostTicks = _manager.CpuTime.HostTicks - _hostSeen;
        IdleTicks = _manager.CpuTime.IdleTicks - _idleSeen;
        Living = 0;
        _looked = 0;
        Remember();
    }

    /// <summary>Looks at the next domain; false if all were looked at.</summary>
    public bool TryLook()
    {
        if (_looked >= _manager.Domains.Count)
        {
            return false;
        }

        Domain domain = _manager.Domains[_looked];
        _isShown[_looked] = domain.IsAlive;
        Living += domain.IsAlive ? 1 : 0;
        _samples[_looked].Update(domain, _classes, _host.Clock.Now);
        _looked++;
        return true;
    }

    /// <summary>What the domain in a slot did.</summary>
    public DomainSample this[int slot] => _samples[slot];

    /// <summary>Exits of a class, of all domains.</summary>
    public ulong ExitsOf(ExitClass value)
    {
        ulong sum = 0;
        for (int i = 0; i < _looked; i++)
        {
            sum += _isShown[i] ? _samples[i].ExitsOf(value) : 0;
        }

        return sum;
    }

    /// <summary>
    /// The slot of the living domain that comes after <paramref name="after"/> in the order (-1 for the first); -1 if there is none. The
    /// order does not change before the next look.
    /// </summary>
    public int Next(int after, MonitorOrder order)
    {
        int next = -1;
        for (int i = 0; i < _looked; i++)
        {
            bool isBehind = _isShown[i] && i != after && (after < 0 || ComesBefore(after, i, order));
            if (isBehind && (next < 0 || ComesBefore(i, next, order)))
            {
                next = i;
            }
        }

        return next;
    }

    private bool ComesBefore(int one, int other, MonitorOrder order)
    {
        int difference = order switch
        {
            MonitorOrder.Cpu => _samples[other].CpuTicks.CompareTo(_samples[one].CpuTicks),
            MonitorOrder.Exits => _samples[other].Exits.CompareTo(_samples[one].Exits),
            _ => _manager.Domains[one].Name.SequenceCompareTo(_manager.Domains[other].Name),
        };
        return difference < 0 || (difference == 0 && one < other);
    }

    private void Remember()
    {
        _hostSeen = _manager.CpuTime.HostTicks;
        _idleSeen = _manager.CpuTime.IdleTicks;
        _seenTicks = _host.Clock.Now;
    }
}
