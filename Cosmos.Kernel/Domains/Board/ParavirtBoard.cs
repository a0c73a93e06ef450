using Multicosm.Devices.XenPv;
using Multicosm.Devices.XenPv.Store;
using Multicosm.Machine;

namespace Multicosm.Domains.Board;

/// <summary>What a PV domain has in place of a PC's devices: console and store. Made once per domain slot; <see cref="Start"/> and <see cref="Stop"/> are its power switch.</summary>
public sealed class ParavirtBoard
{
    private const ulong KiB = 1024;

    private readonly Domain _domain;
    private readonly BackendDomain _backend;
    private readonly XenStore _store;
    private readonly XenConsole _console;
    private readonly XenStoreConnection _connection;

    /// <summary>Makes and wires the devices: the arena must be open.</summary>
    internal ParavirtBoard(XenStore store, Domain domain, BackendDomain backend)
    {
        _domain = domain;
        _backend = backend;
        _store = store;
        _console = new XenConsole(backend.Memory, backend.DoorbellOf(GuestService.Console)!, domain.Console.Sink, domain.Console.Source);
        _connection = new XenStoreConnection(store, domain.Slot, backend.Memory, backend.DoorbellOf(GuestService.Store)!);
    }

    /// <summary>Connects them to a domain that has just been built.</summary>
    public void Start()
    {
        _domain.Board.Power.Clear();
        _console.Connect(_backend.RingOf(GuestService.Console));
        _connection.Open(_backend.GuestId);
        _ = _store.Describe(new StoreDomain // a name is never too long
        {
            Number = _backend.GuestId,
            Name = _domain.Name,
            MemoryKilobytes = _domain.MemoryBytes / KiB,
            VcpuCount = _domain.VcpuCount,
            ConsoleFrame = _backend.MachineFrameOf(_backend.RingOf(GuestService.Console)),
            ConsolePort = _backend.PortOf(GuestService.Console),
            StoreFrame = _backend.MachineFrameOf(_backend.RingOf(GuestService.Store)),
            StorePort = _backend.PortOf(GuestService.Store),
        });
        _connection.Connect(_backend.RingOf(GuestService.Store));
    }

    /// <summary>Takes them away from a domain that ends.</summary>
    public void Stop()
    {
        _connection.Close();
        _console.Reset();
    }

    /// <summary>Moves what waits between rings, console and store.</summary>
    public void Service()
    {
        _console.Service();
        _connection.Service();
    }

    /// <summary>The guest rang for a device.</summary>
    public void OnNotify(ulong service)
    {
        if (service == (ulong)GuestService.Console)
        {
            _console.Service();
        }
        else if (service == (ulong)GuestService.Store)
        {
            _connection.Service();
        }
    }

    /// <summary>Asks the guest's kernel to switch off or restart; false if it does not listen (yet).</summary>
    public bool RequestPower(GuestPowerReason reason)
    {
        bool isHeard = _store.RequestShutdown(_backend.GuestId, reason);
        _domain.Console.NeedsService = true; // its next run tells it
        return isHeard;
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
