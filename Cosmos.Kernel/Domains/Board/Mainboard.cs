using Multicosm.Devices.Apic;
using Multicosm.Devices.Bus;
using Multicosm.Devices.Legacy;
using Multicosm.Devices.Pci;
using Multicosm.Devices.Test;
using Multicosm.Machine;

namespace Multicosm.Domains.Board;

/// <summary>
/// The PC that a fully virtualised domain sees: which devices, at which ports and addresses, on which interrupt lines.
/// Made once per domain slot; <see cref="Reset"/> is its power switch.
/// </summary>
public sealed class Mainboard : DeviceSpace
{
    private const int TimerIrq = 0;
    private const int SerialIrq = 4;
    private const int ClockIrq = 8;

    private readonly GuestConsole _console;
    private readonly Pic8259Pair _pic;
    private readonly Pit8254 _pit;
    private readonly SystemControlPortB _portB;
    private readonly RtcCmos _rtc;
    private readonly Uart16550A _uart;
    private readonly IoApic _ioApic;
    private readonly PciHostBridge _pci;
    private readonly AcpiPm _acpi;
    private readonly ResetPorts _resetPorts;
    private readonly TestDevice _testDevice;
    private readonly TestMemory _testMemory = new();
    private readonly FirmwareConfiguration _firmware = new();

    /// <summary>Makes and wires the devices: the arena must be open.</summary>
    public Mainboard(HostServices host, DomainTimers timers, GuestConsole console)
    {
        _console = console;
        Power = new BoardPower(this);
        ApicBus apicBus = new();
        ApicRegisters registers = host.Backend.TryCreateApicRegisters(out ApicRegisters? shared) ? shared : new ArrayApicRegisters();
        Apic = new LocalApic(0, registers, host.Clock, timers);
        IsWired = apicBus.TryAdd(Apic);
        _ioApic = new IoApic(apicBus);
        _pic = new Pic8259Pair(Apic.ExternalInput);
        Apic.ConnectPic(_pic);
        _pit = new Pit8254(host.Clock, timers, Line(TimerIrq));
        _portB = new SystemControlPortB(_pit, host.Clock);
        _rtc = new RtcCmos(host.Clock, host.WallClock, timers, Line(ClockIrq));
        _uart = new Uart16550A(Line(SerialIrq), console.Sink, console.Source, host.Clock, timers);
        _resetPorts = new ResetPorts(Power);
        _acpi = new AcpiPm(host.Clock, timers, Line(AcpiPm.SciIrq), Power);
        _pci = new PciHostBridge(_resetPorts);
        _testDevice = new TestDevice(TestLines(), console.Sink, Power);
        WirePorts();
        WireMemory();
    }

    /// <summary>The I/O ports.</summary>
    public PortBus Ports { get; } = new();

    /// <summary>The emulated memory.</summary>
    public MmioBus Memory { get; } = new();

    /// <summary>The first processor's local APIC.</summary>
    public LocalApic Apic { get; }

    /// <summary>What the guest asked of the power supply.</summary>
    public BoardPower Power { get; }

    /// <summary>False if two devices claim one port or address: a mistake of ours.</summary>
    public bool IsWired { get; private set; }

    /// <summary>
    /// Brings every device to its power-on state; <paramref name="hasTestDevice"/>: with what test programs ask for, <paramref name="hasTestMemory"/>: a part of
    /// whose memory is a device.
    /// </summary>
    public void Reset(ulong lowMemoryBytes, ulong highMemoryBytes, bool hasTestDevice, bool hasTestMemory = false)
    {
        Power.Clear();
        Apic.Reset();
        Apic.SetVirtualWire();
        _ioApic.Reset();
        _pic.Reset();
        _pit.Reset();
        _portB.Reset();
        _rtc.Reset();
        _rtc.SetMemorySize(lowMemoryBytes, highMemoryBytes);
        _uart.Reset();
        _acpi.Reset();
        _resetPorts.Reset();
        _pci.Reset();
        _testDevice.Reset(hasTestDevice);
        _firmware.Reset(hasTestDevice, lowMemoryBytes + highMemoryBytes);
        _testMemory.Reset(hasTestMemory);
    }

    /// <inheritdoc/>
    public override uint ReadPort(ushort port, int sizeBytes) => Ports.Read(port, sizeBytes);

    /// <inheritdoc/>
    public override void WritePort(ushort port, int sizeBytes, uint value) => Ports.Write(port, sizeBytes, value);

    /// <inheritdoc/>
    public override ulong ReadMemory(GuestPhysicalAddress address, int sizeBytes) => Memory.Read(address, sizeBytes);

    /// <inheritdoc/>
    public override void WriteMemory(GuestPhysicalAddress address, int sizeBytes, ulong value) => Memory.Write(address, sizeBytes, value);

    /// <summary>Moves bytes between the UART and the console, and tells of the power button: inside a run that follows <see cref="GuestConsole.NeedsService"/>, since it acts for the guest.</summary>
    public void Service()
    {
        _console.NeedsService = false;
        _uart.Service();
        _acpi.TellButton();
    }

    /// <summary>Presses the ACPI power button, which the next <see cref="Service"/> tells the guest; true if the guest has asked to be told.</summary>
    public bool PressPowerButton()
    {
        _console.NeedsService = true;
        return _acpi.PressPowerButton();
    }

    private IsaInterruptLine Line(int irq) => new(_pic, _ioApic, irq);

    // IRQ 2 is the cascade: it and what is above 15 end at the I/O APIC alone.
    private InterruptLine[] TestLines()
    {
        InterruptLine[] lines = new InterruptLine[TestDevice.Lines];
        for (int i = 0; i < lines.Length; i++)
        {
            lines[i] = i is < 16 and not 2 ? Line(i) : new IoApicLine(_ioApic, i);
        }

        return lines;
    }

    private void WirePorts()
    {
        SilentPort silent = new();
        Wire(0x20, 2, _pic);
        Wire(0xA0, 2, _pic);
        Wire(0x4D0, 2, _pic);
        Wire(0x40, 4, _pit);
        Wire(0x61, 1, _portB);
        Wire(0x70, 2, _rtc);
        Wire(Uart16550A.Com1Port, Uart16550A.PortCount, _uart);
        Wire(ResetPorts.KeyboardCommandPort, 1, _resetPorts);
        Wire(ResetPorts.SystemControlPort, 1, _resetPorts);
        Wire(PciHostBridge.AddressPort, PciHostBridge.PortCount, _pci);
        Wire(AcpiPm.PmBase, AcpiPm.PmLength, _acpi);
        Wire(AcpiPm.GpeBase, AcpiPm.GpeLength, _acpi);
        Wire(TestDevice.DataPort, TestDevice.DataPorts / 2, _testDevice);
        Wire(TestDevice.DataPort + (TestDevice.DataPorts / 2), TestDevice.DataPorts / 2, _testDevice);
        Wire(TestDevice.FlushPort, 1, _testDevice);
        Wire(TestDevice.TextPort, 1, _testDevice);
        Wire(TestDevice.ExitPort, TestDevice.ExitPorts, _testDevice);
        Wire(TestDevice.LinePort, TestDevice.Lines, _testDevice);
        Wire(FirmwareConfiguration.SelectorPort, FirmwareConfiguration.PortCount, _firmware);
        Wire(0x80, 1, silent);
        Wire(0xED, 1, silent);
#if MULTICOSM_FAULT_DEVICE
        Wire(FaultDevice.Port, 1, new FaultDevice());
#endif
    }

    private void WireMemory()
    {
        IsWired &= Memory.TryAdd(IoApic.BaseAddress, IoApic.RangeBytes, _ioApic);
        IsWired &= Memory.TryAdd(LocalApic.BaseAddress, LocalApic.PageBytes, Apic.Page);
        IsWired &= Memory.TryAdd(TestDevice.MemoryAddress, TestDevice.EmulatedBytes, _testMemory);
        Apic.ConnectMemory(Memory);
    }

    private void Wire(ushort first, int count, PortDevice device) => IsWired &= Ports.TryAdd(first, count, device);
}
