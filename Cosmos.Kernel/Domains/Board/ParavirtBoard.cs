using Multicosm.Devices.XenPv;
using Multicosm.Machine;

namespace Multicosm.Domains.Board;

/// <summary>What a PV domain has in place of a PC's devices. Made once per domain slot; <see cref="Start"/> is its power switch.</summary>
public sealed class ParavirtBoard
{
    private readonly Domain _domain;
    private readonly BackendDomain _backend;
    private readonly XenConsole _console;

    /// <summary>Makes and wires the devices: the arena must be open.</summary>
    internal ParavirtBoard(Domain domain, BackendDomain backend)
    {
        _domain = domain;
        _backend = backend;
        _console = new XenConsole(backend.Memory, backend.DoorbellOf(GuestService.Console)!, domain.Console.Sink, domain.Console.Source);
    }

    /// <summary>Connects them to a domain that has just been built.</summary>
    public void Start()
    {
        _domain.Board.Power.Clear();
        _console.Reset();
        _console.Connect(_backend.RingOf(GuestService.Console));
    }

    /// <summary>Moves bytes between rings and consoles.</summary>
    public void Service() => _console.Service();

    /// <summary>The guest rang for a device.</summary>
    public void OnNotify(ulong service)
    {
        if (service == (ulong)GuestService.Console)
        {
            _console.Service();
        }
    }

    /// <summary>The guest asks to be switched off or restarted.</summary>
    public void OnPower(ulong reason)
    {
        if (reason == (ulong)GuestPowerReason.Reboot)
        {
            ((GuestPower)_domain.Board.Power).Reset();
        }
        else if (reason is (ulong)GuestPowerReason.PowerOff or (ulong)GuestPowerReason.Suspend)
        {
            ((GuestPower)_domain.Board.Power).PowerOff(); // what cannot be saved yet ends
        }
    }
}
