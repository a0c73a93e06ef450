using Multicosm.Devices.Bus;

namespace Multicosm.Devices.Legacy;

/// <summary>The two cascaded 8259A of a PC: ports 0x20, 0x21 (inputs 0-7), 0xA0, 0xA1 (inputs 8-15) and 0x4D0, 0x4D1 (edge/level control).</summary>
/// <source>Intel 8259A data sheet; 82371AB (PIIX4), "Interrupt Controller"</source>
public sealed class Pic8259Pair : BytePortDevice
{
    /// <summary>Command port of the first controller; its data port follows.</summary>
    public const ushort MasterPort = 0x20;

    /// <summary>Command port of the second controller; its data port follows.</summary>
    public const ushort SlavePort = 0xA0;

    /// <summary>Edge/level control of inputs 0-7; that of 8-15 follows.</summary>
    public const ushort EdgeLevelPort = 0x4D0;

    private const int Cascade = 2;

    private readonly PicOutput _output;
    private readonly Pic8259 _master = new(levelWired: 1 << Cascade, levelSelectable: 0xF8);
    private readonly Pic8259 _slave = new(levelWired: 0, levelSelectable: 0xDE);

    /// <summary>A pair in power-on state whose INTR leads to <paramref name="output"/>.</summary>
    public Pic8259Pair(PicOutput output) => _output = output;

    /// <summary>Power-on state: nothing in service, all inputs masked, wires low.</summary>
    public void Reset()
    {
        _master.Reset();
        _slave.Reset();
        Update();
    }

    /// <summary>Sets the wire of IRQ <paramref name="irq"/>, 0..15; 2 is the cascade and ignored.</summary>
    public void SetInput(int irq, bool asserted)
    {
        if (irq is < 0 or > 15 or Cascade)
        {
            return;
        }

        if ((irq < 8 ? _master : _slave).SetInput(irq & 7, asserted))
        {
            Update();
        }
    }

    /// <summary>The INTA cycle: takes the highest request into service and gives its vector; with none, the spurious vector of input 7 or 15.</summary>
    public byte Acknowledge()
    {
        byte vector = AcknowledgeHighest();
        Update();
        return vector;
    }

    /// <inheritdoc/>
    public override byte ReadByte(ushort port)
    {
        bool polls = _master.IsPolling | _slave.IsPolling;
        byte value = port switch
        {
            MasterPort or MasterPort + 1 => _master.Read((port & 1) != 0),
            SlavePort or SlavePort + 1 => _slave.Read((port & 1) != 0),
            EdgeLevelPort => _master.EdgeLevel,
            EdgeLevelPort + 1 => _slave.EdgeLevel,
            _ => 0xFF,
        };
        if (polls)
        {
            Update(); // a poll takes a request into service
        }

        return value;
    }

    /// <inheritdoc/>
    public override void WriteByte(ushort port, byte value)
    {
        switch (port)
        {
            case MasterPort or MasterPort + 1:
                _master.Write((port & 1) != 0, value);
                break;
            case SlavePort or SlavePort + 1:
                _slave.Write((port & 1) != 0, value);
                break;
            case EdgeLevelPort:
                _master.EdgeLevel = value;
                break;
            case EdgeLevelPort + 1:
                _slave.EdgeLevel = value;
                break;
            default:
                break;
        }

        Update();
    }

    private byte AcknowledgeHighest()
    {
        int input = _master.HighestRequest();
        if (input == Pic8259.NoRequest)
        {
            return _master.VectorOf(7);
        }

        byte vector = _master.Acknowledge(input);
        if (input != Cascade)
        {
            return vector;
        }

        int slaveInput = _slave.HighestRequest();
        return slaveInput == Pic8259.NoRequest ? _slave.VectorOf(7) : _slave.Acknowledge(slaveInput);
    }

    private void Update()
    {
        _ = _master.SetInput(Cascade, _slave.HighestRequest() != Pic8259.NoRequest); // the output is looked at in any case
        _output.SetInterrupt(_master.HighestRequest() != Pic8259.NoRequest);
    }
}
